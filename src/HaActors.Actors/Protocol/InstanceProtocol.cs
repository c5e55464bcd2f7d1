using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;

namespace HaActors.Actors.Protocol;

// What is said to and by InstanceActor. Who, how often and why a repeat is harmless: the table in ../README.md.

/// <summary>HaMonitor, at each sweep whose inventory lists it: be awake, and this is your policy.</summary>
/// <param name="Location">The location of the hypervisor that has it.</param>
/// <param name="ObserveOnly">The policy of that hypervisor.</param>
public sealed record WakeInstance(
    InstanceId InstanceId, string Name, LocationId Location, HypervisorId Place, bool HaEnabled, int MaxRestartAttempts, int Priority, bool ObserveOnly = false) : IWithInstanceId, IWireMessage;

/// <summary>HypervisorActor: this is how the agent of a hypervisor reports it (also its disappearance: <see cref="Present"/> false).</summary>
/// <param name="BootId">Boot during which it was seen.</param>
/// <param name="Managed">Whether the agent remembers that it was opted in.</param>
/// <param name="Transient">A boot takes it away; of one that is not there: it was so, and in the list before this one, shortly before.</param>
public sealed record RecordSighting(
    InstanceId InstanceId, HypervisorId Hypervisor, bool Present, InstanceState State, bool UserStopped, long Epoch, string BootId, DateTimeOffset At, bool? Managed = null, bool Transient = false) : IWithInstanceId, IWireMessage;

/// <summary>EvacuationActor: its hypervisor failed; tell your end. Repeated every 10 s until an answer that is an end.</summary>
/// <param name="Cancelled">An operator ended the incident: what waits ends, a start is followed to its answer first.</param>
/// <param name="BootId">Of a restart: the boot that ended what ran there.</param>
public sealed record RecoverInstance(
    InstanceId InstanceId, IncidentId Incident, HypervisorId Failed, RecoveryKind Kind, ProofKind? Proof, bool EvacuationEnabled, OperatorAct? Cancelled = null, string? BootId = null) : IWithInstanceId, IWireMessage;

/// <summary>InstanceActor to whoever sent <see cref="RecoverInstance"/>: the end; repeated as answer to each repeat.</summary>
public sealed record InstanceEnded(InstanceId InstanceId, IncidentId Incident, InstanceEnd End, HypervisorId? Destination, string Reason) : IWithInstanceId, IWireMessage;

/// <summary>InstanceActor: no end yet; what it waits for.</summary>
/// <param name="Since">Since when it waits for anything.</param>
/// <param name="NextAt">Next try by itself; null: nobody tries before somebody acts.</param>
public sealed record InstanceWaits(InstanceId InstanceId, IncidentId Incident, InstanceWait Wait, string Reason, DateTimeOffset? Since = null, DateTimeOffset? NextAt = null) : IWithInstanceId, IWireMessage;

/// <summary>InstanceActor to the HypervisorActor of each other member of its may-run set, right before a start: is that hypervisor still proved off?</summary>
/// <param name="Question">Grows with each question of this actor's life; an answer to an older one is dropped.</param>
public sealed record AskStillOff(HypervisorId HypervisorId, InstanceId InstanceId, long Question) : IWithHypervisorId, IWireMessage;

/// <summary>HypervisorActor: yes only from a reading begun at most 10 s ago (or under an acknowledgement that nothing contradicts). Counts within 5 s of the question.</summary>
/// <param name="HypervisorUuid">The host that it is known to be: an answer of its agent counts as proof only from that one.</param>
/// <param name="BootId">Its current boot, if it answers.</param>
public sealed record StillOffAnswer(
    InstanceId InstanceId, HypervisorId Hypervisor, long Question, bool Off, ProofKind? Proof, string Reason, string? HypervisorUuid = null, string? BootId = null) : IWithInstanceId, IWireMessage;

/// <summary>
/// HypervisorActor in Down or FenceFailed, before it asks for a permit, to the InstanceActor of each instance that ran there, is being started there or asked for its proof: is anything
/// gained for you by its being off, and may it start you by itself when it boots? Then nothing is, either.
/// </summary>
/// <param name="Question">Grows with each question of the asker's life; an answer to an older one is dropped.</param>
public sealed record AskGuard(InstanceId InstanceId, HypervisorId Hypervisor, long Question) : IWithInstanceId, IWireMessage;

/// <summary>InstanceActor: counts within 2 s of its question. One that was reported by nobody yet does not answer.</summary>
/// <param name="MayStart">The agent there was never told of it, and no operator says that it can't start it.</param>
/// <param name="Gains">It ran there, or an end is owed to it; and there is no start elsewhere without a proof for this hypervisor.</param>
public sealed record GuardTold(HypervisorId HypervisorId, InstanceId InstanceId, long Question, bool MayStart, bool Gains = true) : IWithHypervisorId, IWireMessage;

/// <summary>InstanceActor with an open attempt to the HypervisorActor of its destination, every 10 s: should you fail, I am yours too.</summary>
public sealed record ClaimPlace(HypervisorId HypervisorId, InstanceId InstanceId, long Epoch) : IWithHypervisorId, IWireMessage;

/// <summary>InstanceActor to PlacementActor: where is room, and where was it seen? Repeated every 10 s while it waits for room.</summary>
/// <param name="NotThere">Destinations that answered no in this incident, and the failed hypervisor.</param>
/// <param name="MayRun">Its may-run set: used for the look around the fleet.</param>
/// <param name="InPlace">The failed hypervisor has booted anew: it may start there again.</param>
public sealed record FindRoom(
    InstanceId InstanceId, long Question, LocationId Location, HypervisorId Failed, ImmutableArray<HypervisorId> NotThere, ImmutableArray<HypervisorId> MayRun, int Priority, bool InPlace = false) : IWithInstanceId, IWireMessage;

/// <summary>PlacementActor: a reservation, with the look around the fleet that SAFETY demands before each start.</summary>
/// <param name="PresentAt">Hypervisors whose agent, asked within the last 10 s, has it in any state but shut off.</param>
/// <param name="Unasked">Hypervisors, not proved off, that could not be asked in the last 10 s.</param>
/// <param name="BootId">Of the destination, as its agent told with its list; null if it could not be asked for that.</param>
public sealed record RoomFound(
    InstanceId InstanceId, long Question, HypervisorId Destination, ImmutableArray<HypervisorId> PresentAt, ImmutableArray<HypervisorId> Unasked, string? BootId, DateTimeOffset LookedAt) : IWithInstanceId, IWireMessage;

/// <summary>PlacementActor: no destination now; each candidate's reason in one sentence. Or its disks are out of reach (<paramref name="OutOfReach"/>).</summary>
/// <param name="Disarmed">HA is disarmed, or it isn't known yet that it is armed: nothing is started.</param>
public sealed record NoRoom(InstanceId InstanceId, long Question, string Reason, bool OutOfReach, bool Disarmed = false) : IWithInstanceId, IWireMessage;

/// <summary>InstanceActor to PlacementActor, when the look that came with its room is too old for its stored start: who has it now, and may its destination still receive it?</summary>
/// <param name="InPlace">It starts again where it was: only maintenance and a shutdown speak against that.</param>
public sealed record LookAround(InstanceId InstanceId, long Question, HypervisorId Destination, bool InPlace = false) : IWithInstanceId, IWireMessage;

/// <summary>PlacementActor: as in <see cref="RoomFound"/>.</summary>
/// <param name="Unfit">Why its destination may not receive it any more; null if it may.</param>
public sealed record LookedAround(InstanceId InstanceId, long Question, ImmutableArray<HypervisorId> PresentAt, ImmutableArray<HypervisorId> Unasked, bool Armed, string? Unfit = null) : IWithInstanceId, IWireMessage;

/// <summary>The edge: an operator has done what an instance waited for; try again from the first attempt on. Answered with <see cref="InstanceAnswer"/>.</summary>
/// <param name="CannotStartOn">The operator's word that this hypervisor, whose agent was never told of it, can't start it by itself.</param>
public sealed record RetryRecovery(InstanceId InstanceId, string Who, string Reason, HypervisorId? CannotStartOn = null) : IWithInstanceId, IWireMessage;

/// <summary>To the edge: done (stored), or refused with a sentence that says why and what to do.</summary>
/// <param name="Code">On refusal: <c>conflict</c>.</param>
public sealed record InstanceAnswer(InstanceId InstanceId, bool Accepted, string Code, string Message) : IWithInstanceId, IWireMessage;

/// <summary>InstanceActor to PlacementActor: the start has an end; let the reservation and the start slot go.</summary>
public sealed record ReleaseRoom(InstanceId InstanceId, HypervisorId Destination, bool Started) : IWithInstanceId, IWireMessage;

/// <summary>ReturnActor: that hypervisor answers again (this boot); should what it has of you stay there? Repeated every 10 s.</summary>
/// <param name="Present">Its agent has it in this boot, running or not.</param>
/// <param name="Transient">It had no definition there, and was seen there shortly before this boot.</param>
public sealed record HypervisorReturned(InstanceId InstanceId, HypervisorId Hypervisor, string BootId, bool Present = true, bool Transient = false) : IWithInstanceId, IWireMessage;

/// <summary>InstanceActor: not settled there yet, and why not; the question is to be repeated.</summary>
public sealed record ReturnUnsettled(InstanceId InstanceId, HypervisorId Hypervisor, string BootId, string Reason) : IWithInstanceId, IWireMessage;

/// <summary>InstanceActor: settled there. <paramref name="Removed"/>: it moved away, its definition there is gone; else it stays and may start there.</summary>
public sealed record ReturnSettled(InstanceId InstanceId, HypervisorId Hypervisor, string BootId, bool Removed) : IWithInstanceId, IWireMessage;

/// <summary>The edge to InstanceActor: why is it as it is, and what happens next?</summary>
public sealed record ExplainInstance(InstanceId InstanceId) : IWithInstanceId, IWireMessage;

/// <summary>Sentences, in order, and the facts they are made from.</summary>
/// <param name="Phase">Resting, Recovering, Starting, Cancelling or Stuck.</param>
/// <param name="Who">Who must act; null while it waits for nothing.</param>
/// <param name="MayRun">Who may run it; nothing is started elsewhere before each other one is proved.</param>
public sealed record InstanceExplained(
    InstanceId InstanceId, string Phase, HypervisorId? Place, IncidentId? Incident, InstanceWait? Wait, string? Reason, string? Who, DateTimeOffset? Since, DateTimeOffset? NextAt,
    HypervisorId? Destination, ImmutableArray<MemberExplained> MayRun, ImmutableArray<string> Sentences) : IWithInstanceId, IWireMessage;

/// <summary>A member of the may-run set.</summary>
/// <param name="Proof">How it is proved not to run it; null: it may run it.</param>
/// <param name="Missing">What its actor last answered when a proof was asked for; null if nothing is missing.</param>
public sealed record MemberExplained(HypervisorId Hypervisor, ProofKind? Proof, string? Missing) : IWireMessage;

/// <summary>InstanceActor to PlacementActor and the master's live view, at each change: place, epoch, end or wait.</summary>
/// <param name="Guarded">The agent of its place has it durably written down that a boot must not start it.</param>
public sealed record InstanceView(
    InstanceId InstanceId, string Name, HypervisorId Place, InstanceState State, bool Wanted, bool HaEnabled, long Epoch, ImmutableArray<HypervisorId> MayRun,
    IncidentId? Incident, InstanceWait? Wait, string? Reason, HypervisorId? Destination, int AttemptsUsed, bool Guarded = false) : IWithInstanceId, IWireMessage;
