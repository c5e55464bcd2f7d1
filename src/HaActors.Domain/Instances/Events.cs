using System.Collections.Immutable;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;

namespace HaActors.Domain.Instances;

/// <summary>A stored fact about one instance.</summary>
public interface IInstanceEvent : IDomainEvent, IWithInstanceId;

/// <summary>Its name or its policy is now this.</summary>
public sealed record InstancePolicySet(InstanceId InstanceId, string Name, LocationId Location, InstancePolicy Policy, DateTimeOffset At) : IInstanceEvent;

/// <summary>An agent reports it otherwise than before.</summary>
/// <param name="Wanted">Whether it is wanted, this sighting included.</param>
/// <param name="Transient">Its hypervisor keeps no definition of it: a boot takes it away.</param>
public sealed record InstanceSighted(
    InstanceId InstanceId, HypervisorId Hypervisor, bool Present, InstanceState State, bool UserStopped, long Epoch, string BootId, bool Wanted, DateTimeOffset At, bool Transient = false) : IInstanceEvent;

/// <summary>It is elsewhere, and not by us: an operator migrated or started it.</summary>
/// <param name="IsNews">False: the end of an incident is told with it and says the same.</param>
public sealed record PlaceMoved(InstanceId InstanceId, HypervisorId? From, HypervisorId To, string Reason, DateTimeOffset At, bool IsNews = true) : IInstanceEvent;

/// <summary>It was wanted, its place does not have it any more, and for a while nobody reported it running: deleted, or lost on a way that we did not see.</summary>
/// <param name="Hypervisor">Its place.</param>
/// <param name="ShutOffOn">Who has it, shut off: moved there, or a remainder of earlier.</param>
public sealed record InstanceGone(InstanceId InstanceId, HypervisorId Hypervisor, ImmutableArray<HypervisorId> ShutOffOn, DateTimeOffset At) : IInstanceEvent;

/// <summary>Agents that were asked at the same time report it running. Nothing is killed.</summary>
public sealed record DuplicateSeen(InstanceId InstanceId, ImmutableArray<HypervisorId> Hypervisors, DateTimeOffset At) : IInstanceEvent;

/// <summary>At most one reports it running again.</summary>
public sealed record DuplicateEnded(InstanceId InstanceId, HypervisorId Place, DateTimeOffset At) : IInstanceEvent;

/// <summary>An incident concerns it, or asks otherwise than before; its end is owed from now on.</summary>
/// <param name="Since">When the incident first asked.</param>
public sealed record RecoveryRequested(
    InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, RecoveryKind Kind, ProofKind? Proof, DateTimeOffset Since, DateTimeOffset At) : IInstanceEvent;

/// <summary>No start now. With <see cref="InstanceWait.Person"/> nothing is tried until somebody acts.</summary>
/// <param name="IsNews">It was not told in this form within 15 min: a start that is tried each minute and refused each minute is one wait.</param>
public sealed record WaitBegan(InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, InstanceWait Wait, string Reason, bool IsNews, DateTimeOffset At) : IInstanceEvent;

/// <summary>It waits for 15 min, whatever for: told once until somebody has it tried again.</summary>
public sealed record WaitOverdue(InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, InstanceWait Wait, string Reason, DateTimeOffset Since, DateTimeOffset At) : IInstanceEvent;

/// <summary>Intent: stored before <c>run</c> is sent. From now on the destination may run it.</summary>
/// <param name="Attempt">Number of this start in its incident, from 1.</param>
/// <param name="Proofs">How each other member of the may-run set was proved when it was asked for this start.</param>
/// <param name="BootId">Of the destination, when its list was asked for; a later boot ends what this start began.</param>
public sealed record StartRequested(
    InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, long Epoch, HypervisorId Destination, int Attempt, ImmutableArray<MemberProof> Proofs, string? BootId, DateTimeOffset At) : IInstanceEvent;

/// <summary>The destination answered no; its durable cancel is asked for before anything else.</summary>
public sealed record StartRefused(InstanceId InstanceId, long Epoch, HypervisorId Destination, string Code, string Message, string? Holder, DateTimeOffset At) : IInstanceEvent;

/// <summary>The destination did not answer: it may run it until it says durably that it doesn't, or is proved off.</summary>
public sealed record StartUnanswered(InstanceId InstanceId, long Epoch, HypervisorId Destination, string Message, DateTimeOffset At) : IInstanceEvent;

/// <summary>Proof (c): not present there, and refused up to that epoch.</summary>
public sealed record MemberRemoved(InstanceId InstanceId, HypervisorId Hypervisor, long RefusedUpTo, string BootId, DateTimeOffset At) : IInstanceEvent;

/// <summary>Proof (a) or (b): its power is off, held.</summary>
public sealed record MemberSuspended(InstanceId InstanceId, HypervisorId Hypervisor, ProofKind Proof, DateTimeOffset At) : IInstanceEvent;

/// <summary>It answers again, so it may run it again.</summary>
public sealed record MemberRevived(InstanceId InstanceId, HypervisorId Hypervisor, DateTimeOffset At) : IInstanceEvent;

/// <summary>The open attempt came to nothing, and its destination surely does not run it.</summary>
/// <param name="IsTry">It counts: the destination answered no, and not for a reason that passes.</param>
/// <param name="LockedSince">First refusal of this incident in a row because the disk image is locked.</param>
public sealed record AttemptEnded(
    InstanceId InstanceId, IncidentId Incident, long Epoch, HypervisorId Destination, bool IsTry, int AttemptsUsed, string Reason, DateTimeOffset? LockedSince, DateTimeOffset At) : IInstanceEvent;

/// <summary>It runs on the destination: the end of its part in the incident.</summary>
/// <param name="TookMs">From the incident's first question to the destination's yes.</param>
/// <param name="How">One clause: what said so.</param>
public sealed record InstanceStarted(
    InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, HypervisorId Destination, long Epoch, int Attempt, InstanceEnd End, long TookMs, string How, DateTimeOffset At) : IInstanceEvent;

/// <summary>The end of its part in the incident, without a start of this incident.</summary>
/// <param name="Destination">Of <see cref="InstanceEnd.HandedOver"/>: the hypervisor whose incident takes it.</param>
public sealed record RecoveryEnded(
    InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, InstanceEnd End, HypervisorId? Destination, string Reason, DateTimeOffset At) : IInstanceEvent;

/// <summary>An incident asked, and another one already looks after it: for that incident it is <see cref="InstanceEnd.Left"/>.</summary>
public sealed record RecoveryNotConcerned(InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, string Reason, DateTimeOffset At) : IInstanceEvent;

/// <summary>All attempts are used up; a person must look.</summary>
public sealed record EvacuationFailed(InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, int Attempts, string Reason, DateTimeOffset At) : IInstanceEvent;

/// <summary>What waited for a person is tried again, from the first attempt on.</summary>
/// <param name="Who">The operator who asked for it; null: a policy was changed, or a lock is looked at again.</param>
/// <param name="StillLocked">Only whether its image is still locked is looked at: the first refusal leads back to the person.</param>
public sealed record RecoveryResumed(InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, string Why, string? Who, DateTimeOffset At, bool StillLocked = false) : IInstanceEvent;

/// <summary>An operator ends it; the open attempt is followed to its answer first.</summary>
public sealed record CancelOrdered(InstanceId InstanceId, IncidentId Incident, string Who, string Reason, DateTimeOffset At) : IInstanceEvent;

/// <summary>The agent has taken the opt-in or opt-out.</summary>
public sealed record ManagedTold(InstanceId InstanceId, HypervisorId Hypervisor, bool Managed, bool MayStart, DateTimeOffset At) : IInstanceEvent;

/// <summary>The hypervisor may start it by itself at its next boot: the agent is about to be told that it may, or was seen to have forgotten that it must not.</summary>
public sealed record GuardReleased(InstanceId InstanceId, HypervisorId Hypervisor, DateTimeOffset At) : IInstanceEvent;

/// <summary>An operator's word that a hypervisor without a guard can't start it by itself; good until that hypervisor has it again or answers.</summary>
public sealed record GuardWaived(InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, HypervisorId Hypervisor, string Who, string Why, DateTimeOffset At) : IInstanceEvent;

/// <summary>Place, epoch and may-run set as they are after what was stored with it; for the read model.</summary>
/// <param name="Runs">It was just started there: should its hypervisor die before its next report, it counts as running.</param>
public sealed record PlaceRecorded(InstanceId InstanceId, HypervisorId Place, long Epoch, ImmutableArray<HypervisorId> MayRun, DateTimeOffset At, bool Runs = false) : IInstanceEvent;
