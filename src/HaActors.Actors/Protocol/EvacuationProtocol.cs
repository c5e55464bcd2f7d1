using Akka.Actor;
using HaActors.Domain;

namespace HaActors.Actors.Protocol;

// Between a HypervisorActor and its children EvacuationActor and ReturnActor: these never leave the process.

/// <summary>HypervisorActor to its EvacuationActor: this instance has claimed the hypervisor as its place, whatever the inventory says yet.</summary>
public sealed record AddInstance(InstanceId Instance) : INoSerializationVerificationNeeded;

/// <summary>EvacuationActor to HypervisorActor, on each change once all instances are known.</summary>
/// <param name="Waiting">Have no end, and wait for something that may take long.</param>
/// <param name="Starting">Have no end, and are on their way.</param>
public sealed record EvacuationProgress(IncidentId Incident, int Total, int Ended, int Waiting, int Starting) : INoSerializationVerificationNeeded;

/// <summary>EvacuationActor to HypervisorActor: every instance has an end. Repeated until the actor is stopped.</summary>
public sealed record EvacuationOver(IncidentId Incident, int Total, int Evacuated, int Restarted, int HandedOver, int Left, int Cancelled) : INoSerializationVerificationNeeded;

/// <summary>HypervisorActor to its EvacuationActor: add who waits, and answer whoever asked.</summary>
public sealed record ExplainWaits(HypervisorExplained Explained, IActorRef Asker) : INoSerializationVerificationNeeded;

/// <summary>ReturnActor to HypervisorActor: this boot is not settled yet; why not, in one clause. Repeated until it is.</summary>
public sealed record ReturnWaits(string BootId, string Reason) : INoSerializationVerificationNeeded;

/// <summary>ReturnActor to HypervisorActor: every instance is settled for this boot, and the agent was told. Repeated until the actor is stopped.</summary>
public sealed record ReturnCleared(string BootId) : INoSerializationVerificationNeeded;
