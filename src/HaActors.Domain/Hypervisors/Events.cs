using System.Collections.Immutable;
using HaActors.Domain.Fencing;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Hypervisors;

/// <summary>A stored fact about one hypervisor. Results, not reasons to compute again: <c>Apply</c> does no arithmetic that a policy could change.</summary>
public interface IHypervisorEvent : IDomainEvent, IWithHypervisorId;

/// <summary>The first pass since it was registered or its address changed.</summary>
/// <param name="AgentVersion">Null if its agent does not tell.</param>
public sealed record FirstSeen(HypervisorId HypervisorId, string? HypervisorUuid, string? BootId, DateTimeOffset At, string? AgentVersion = null) : IHypervisorEvent;

/// <summary>Its agent is another version than before: upgraded, or taken back.</summary>
public sealed record AgentChanged(HypervisorId HypervisorId, string? From, string To, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Ping began, or ceased, to work: only where it works is a lost ping evidence.</summary>
public sealed record PingEvidenceChanged(HypervisorId HypervisorId, bool IsEvidence, DateTimeOffset At) : IHypervisorEvent;

/// <summary>A counted miss.</summary>
/// <param name="Misses">In a row, this one included.</param>
/// <param name="UnreachableInARow">How many of the last ones in a row were <see cref="MissClass.Unreachable"/>.</param>
/// <param name="Failing">How the hypervisor as a whole is read now.</param>
public sealed record ProbeMissed(HypervisorId HypervisorId, int Misses, int UnreachableInARow, MissClass Failing, string Detail, DateTimeOffset At) : IHypervisorEvent;

/// <summary>A pass that is one of several in a row that a state waits for.</summary>
public sealed record ProbePassed(HypervisorId HypervisorId, int Passes, DateTimeOffset At) : IHypervisorEvent;

/// <summary>A suspect answered before the threshold.</summary>
public sealed record Recovered(HypervisorId HypervisorId, int AfterMisses, DateTimeOffset At) : IHypervisorEvent;

/// <summary>No probe has ever passed, and the threshold is reached: told once, never acted upon.</summary>
public sealed record NeverSeen(HypervisorId HypervisorId, string Detail, DateTimeOffset At) : IHypervisorEvent;

/// <summary>The threshold is reached, or an operator asked for the fence of a hypervisor that answers (<paramref name="By"/>).</summary>
public sealed record DeclaredDown(
    HypervisorId HypervisorId, IncidentId Incident, int Number, int Misses, MissClass Failing, string Detail, DateTimeOffset FirstMissAt, OperatorAct? By, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Who did it and why, as given.</summary>
public sealed record OperatorAct(string Who, string Reason, DateTimeOffset At);

/// <summary>An operator asked for the fence of a hypervisor that is down already.</summary>
public sealed record FenceOrdered(HypervisorId HypervisorId, OperatorAct By, DateTimeOffset At) : IHypervisorEvent;

/// <summary>The gate said no; stored when the check that says so, or its reason's key, changed.</summary>
public sealed record FenceWithheld(HypervisorId HypervisorId, IncidentId Incident, string Check, string Reason, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Intent: a permit is in hand and the attempt is open. Stored before anything is asked of a device.</summary>
/// <param name="Peers">Hypervisors of the location that passed when the permit was given: each must still pass after the off, or the BMC is another machine's.</param>
/// <param name="ProvedOff">Hypervisors of the location that had been powered off by their own device and were proved off then: of them no answer is expected.</param>
/// <param name="Excluded">Devices that this attempt must not use.</param>
/// <param name="OnlyIfOff">It may only be proved off: an off would gain nothing. Rows from before this was known have it not.</param>
public sealed record FenceRequested(
    HypervisorId HypervisorId, IncidentId Incident, int Attempt, ImmutableArray<HypervisorId> Peers, ImmutableArray<HypervisorId> ProvedOff,
    ImmutableArray<ExcludedDevice> Excluded, DateTimeOffset At, bool OnlyIfOff = false) : IHypervisorEvent;

/// <summary>The next off command of this attempt leaves within 10 s of this, or not at all.</summary>
/// <param name="Number">Counts the off commands of the attempt to this device.</param>
public sealed record FenceOffIssued(HypervisorId HypervisorId, int Attempt, string Device, int Number, DateTimeOffset At) : IHypervisorEvent;

/// <summary>After a restart of the master the attempt goes on: it is recent, and nothing passed meanwhile or an off may have left.</summary>
public sealed record FenceResumed(HypervisorId HypervisorId, int Attempt, DateTimeOffset At) : IHypervisorEvent;

/// <summary>The request is too old to be acted upon; a new permit is needed.</summary>
public sealed record FenceExpired(HypervisorId HypervisorId, int Attempt, string Reason, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Proved off. The evidence is one sentence: devices, readings, what was probed again.</summary>
/// <param name="Devices">All devices of the level that proved it: each must go on reading off. Empty with an acknowledgement.</param>
/// <param name="TookMs">From the declaration to the proof.</param>
public sealed record Fenced(
    HypervisorId HypervisorId, IncidentId Incident, int Attempt, ProofKind Proof, ImmutableArray<string> Devices, string Evidence, OperatorAct? By, long TookMs, DateTimeOffset At) : IHypervisorEvent;

/// <summary>The attempt ended without a proof: nothing is moved.</summary>
/// <param name="Cause">The cause of the last level that was tried, for whoever wants one word.</param>
/// <param name="Devices">Each device that failed, with its own cause; empty if there is none.</param>
/// <param name="FailuresInARow">Of this incident; sets the pause before the next attempt.</param>
/// <param name="IsNews">A device or its cause differs from the last failure of this incident.</param>
public sealed record FenceFailed(
    HypervisorId HypervisorId, IncidentId Incident, int Attempt, FenceFailure Cause, ImmutableArray<DeviceFailure> Devices, int FailuresInARow, bool IsNews,
    DateTimeOffset At) : IHypervisorEvent;

/// <summary>A device read off and the world says otherwise: it is no fence path until that is over.</summary>
/// <param name="Incident">Null: found by a check, not by a fence.</param>
/// <param name="By">Who answers though it should be off, or ceased to answer though it should not.</param>
/// <param name="IsNews">Not remembered yet in this form.</param>
public sealed record DeviceContradicted(
    HypervisorId HypervisorId, IncidentId? Incident, int Attempt, string Device, string Detail, ImmutableArray<HypervisorId> By, bool IsNews, DateTimeOffset At) : IHypervisorEvent;

/// <summary>It reads on, or a person has looked at it: it tells the truth again.</summary>
public sealed record ContradictionCleared(HypervisorId HypervisorId, string Device, OperatorAct? By, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Who this device is, from now on: told at its first check, or accepted by an operator.</summary>
/// <param name="Identity">Null: it answered that it has none.</param>
public sealed record DeviceIdentified(HypervisorId HypervisorId, string Device, string? Identity, OperatorAct? By, DateTimeOffset At) : IHypervisorEvent;

/// <summary>A check of a device failed, for another reason than before.</summary>
/// <param name="Identity">With <see cref="FenceFailure.IdentityChanged"/>: what it tells now.</param>
public sealed record DeviceCheckFailed(HypervisorId HypervisorId, string Device, FenceFailure Cause, string Detail, string? Identity, DateTimeOffset At) : IHypervisorEvent;

/// <summary>A check of a device passes again.</summary>
public sealed record DeviceCheckRecovered(HypervisorId HypervisorId, string Device, DateTimeOffset At) : IHypervisorEvent;

/// <summary>A device of another hypervisor tells the same identity, or does so no more.</summary>
public sealed record DeviceIdentityShared(HypervisorId HypervisorId, string Device, HypervisorId? With, DateTimeOffset At) : IHypervisorEvent;

/// <summary>It is registered no more: should one of this name be registered again, it is a new one.</summary>
public sealed record DeviceForgotten(HypervisorId HypervisorId, string Device, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Its location's policy is to power it on once its instances have an end. Stored before the command leaves.</summary>
/// <param name="Number">Counts the on commands of this incident.</param>
public sealed record PowerOnSent(HypervisorId HypervisorId, IncidentId Incident, int Number, ImmutableArray<string> Devices, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Instances are being asked for their end.</summary>
public sealed record EvacuationStarted(HypervisorId HypervisorId, IncidentId Incident, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Every instance has an end or waits.</summary>
public sealed record EvacuationCompleted(HypervisorId HypervisorId, IncidentId Incident, int Total, int Waiting, long TookMs, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Every instance of the incident has an end.</summary>
/// <param name="Waited">Some were told to wait when the evacuation was told as completed: the end of the last one is news.</param>
/// <param name="TookMs">From the declaration.</param>
public sealed record IncidentClosed(HypervisorId HypervisorId, IncidentId Incident, DateTimeOffset At, int Total = 0, bool Waited = false, long TookMs = 0) : IHypervisorEvent;

/// <summary>An operator ended the open incident: each instance of it is asked to end, and no fence follows unless one is ordered.</summary>
public sealed record IncidentCancelled(HypervisorId HypervisorId, IncidentId Incident, OperatorAct By, DateTimeOffset At) : IHypervisorEvent;

/// <summary>For 15 min it has been answering, and some of its instances are not settled, so it is not back in service: told once in a return.</summary>
/// <param name="Incident">The last one; null if it never had any.</param>
public sealed record ReturnOverdue(HypervisorId HypervisorId, IncidentId? Incident, string Reason, DateTimeOffset Since, DateTimeOffset At) : IHypervisorEvent;

/// <summary>For 15 min nothing has been proved, and its instances wait: told once in an incident.</summary>
public sealed record FenceOverdue(HypervisorId HypervisorId, IncidentId Incident, InstanceWait Wait, string Reason, DateTimeOffset Since, DateTimeOffset At) : IHypervisorEvent;

/// <summary>The power could not be read for a minute while starts were to come: they pause.</summary>
public sealed record ProofLost(HypervisorId HypervisorId, IncidentId Incident, string Reason, DateTimeOffset At) : IHypervisorEvent;

/// <summary>The power reads off again, and nothing answered meanwhile.</summary>
public sealed record ProofRegained(HypervisorId HypervisorId, IncidentId Incident, DateTimeOffset At) : IHypervisorEvent;

/// <summary>A device reads on, or the host answered, while its instances are moved: no further start under this proof.</summary>
/// <param name="StartsPending">The incident is open, so a start may wait for the proof; else it is only that the host comes back.</param>
public sealed record PowerReturned(HypervisorId HypervisorId, IncidentId Incident, string Evidence, bool StartsPending, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Power is back and the host did not come back cleanly in time: the proof is void, and a new attempt goes through the gate.</summary>
public sealed record ProofVoided(HypervisorId HypervisorId, IncidentId Incident, string Reason, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Its instances ended with its last boot, though nobody fenced it.</summary>
/// <param name="Incident">The open one, or a new one with <paramref name="Number"/>.</param>
public sealed record Rebooted(HypervisorId HypervisorId, IncidentId Incident, int Number, string? OldBootId, string NewBootId, DateTimeOffset At) : IHypervisorEvent;

/// <summary>It booted anew while HA is off for it, or only observes: known, and nothing is done about it.</summary>
public sealed record BootNoted(HypervisorId HypervisorId, string? OldBootId, string BootId, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Answers again after its instances were moved: each is settled before it may start anything.</summary>
public sealed record ReturnStarted(HypervisorId HypervisorId, string? HypervisorUuid, string? BootId, DateTimeOffset At) : IHypervisorEvent;

/// <summary>For this boot, every instance is settled and the agent was told.</summary>
public sealed record Cleared(HypervisorId HypervisorId, string BootId, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Back in service.</summary>
/// <param name="DownMs">From the declaration (or the reboot) to now.</param>
/// <param name="ClosesIncident">Nothing was moved, so nothing is left to do.</param>
public sealed record CameUp(HypervisorId HypervisorId, IncidentId? Incident, string? BootId, long DownMs, bool ClosesIncident, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Another host answers at its agent's address: it is not seen, and would not be found dead. Told once, until it passes.</summary>
public sealed record WrongHostSeen(HypervisorId HypervisorId, string Detail, DateTimeOffset At) : IHypervisorEvent;

/// <summary>The host that is known answers there again.</summary>
public sealed record WrongHostGone(HypervisorId HypervisorId, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Its agent told that the host is being shut down or rebooted in order; what it stops answering for is not a failure for a while.</summary>
/// <param name="BootId">The boot that ends.</param>
public sealed record ShutdownNoticed(HypervisorId HypervisorId, string BootId, DateTimeOffset At) : IHypervisorEvent;

/// <summary>It passes again in the boot that was to end.</summary>
public sealed record NoticeWithdrawn(HypervisorId HypervisorId, DateTimeOffset At) : IHypervisorEvent;

/// <summary>It went down again and again: no destination until <paramref name="Until"/>, or until it is released.</summary>
/// <param name="Downs">Failures within an hour.</param>
/// <param name="IsNews">False: it is in quarantine already, which goes on for longer.</param>
public sealed record Quarantined(HypervisorId HypervisorId, IncidentId Incident, int Downs, bool IsNews, DateTimeOffset Until, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Out of quarantine.</summary>
/// <param name="By">Null: by itself, its time being over.</param>
public sealed record Released(HypervisorId HypervisorId, OperatorAct? By, DateTimeOffset At) : IHypervisorEvent;

public sealed record MaintenanceOn(HypervisorId HypervisorId, OperatorAct By, DateTimeOffset At) : IHypervisorEvent;

public sealed record MaintenanceOff(HypervisorId HypervisorId, OperatorAct By, DateTimeOffset At) : IHypervisorEvent;

/// <summary>Its address, agent URL or BMC address changed: whatever was known was of something else.</summary>
public sealed record BecameUnknown(HypervisorId HypervisorId, string Reason, DateTimeOffset At) : IHypervisorEvent;
