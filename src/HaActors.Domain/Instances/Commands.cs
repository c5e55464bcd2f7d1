using System.Collections.Immutable;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;

namespace HaActors.Domain.Instances;

/// <summary>What somebody wants of an instance's state machine. Time comes with it and is never read.</summary>
public interface IInstanceCommand
{
    DateTimeOffset At { get; }
}

/// <summary>The inventory's word: its name and its policy.</summary>
public sealed record SetPolicy(string Name, LocationId Location, InstancePolicy Policy, DateTimeOffset At) : IInstanceCommand;

/// <summary>An agent's list has it, or has it no more.</summary>
/// <param name="Transient">A boot takes it away; of one that is not there: it was so, and was there shortly before.</param>
public sealed record RecordSight(HypervisorId Hypervisor, bool Present, InstanceState State, bool UserStopped, long Epoch, string BootId, DateTimeOffset At, bool Transient = false) : IInstanceCommand;

/// <summary>Agents were asked for their lists just now, all at once, because two of them may run it.</summary>
/// <param name="Incident">The incident that was open when they were asked; a look begun before it tells nothing about it.</param>
/// <param name="PlaceIsLongMute">Its place has not been heard for long.</param>
public sealed record RecordLook(IncidentId? Incident, ImmutableArray<LookFinding> Found, DateTimeOffset At, bool PlaceIsLongMute = false) : IInstanceCommand;

/// <summary>One agent's answer to a look.</summary>
/// <param name="Sight">Null: it could not be asked.</param>
public sealed record LookFinding(HypervisorId Hypervisor, RecordSight? Sight);

/// <summary>An incident asks for its end.</summary>
/// <param name="CancelledBy">An operator ended the incident (who: why): what it would begin ends at once.</param>
/// <param name="BootId">Of <see cref="RecoveryKind.Restart"/>: the boot that ended what ran there.</param>
public sealed record Recover(
    IncidentId Incident, HypervisorId Failed, RecoveryKind Kind, ProofKind? Proof, bool EvacuationEnabled, DateTimeOffset At, string? CancelledBy = null, string? BootId = null) : IInstanceCommand;

/// <summary>It can't be started now; what for, and who must act.</summary>
public sealed record WaitFor(InstanceWait Wait, string Reason, DateTimeOffset At) : IInstanceCommand;

/// <summary>There is room, nobody reports it, and every other member of the may-run set is proved.</summary>
/// <param name="Proofs">One for each other member.</param>
/// <param name="BootId">In which the destination was, when its list was asked for.</param>
public sealed record RequestStart(HypervisorId Destination, ImmutableArray<MemberProof> Proofs, DateTimeOffset At, string? BootId = null) : IInstanceCommand;

/// <summary><c>run</c> was answered with yes.</summary>
public sealed record RecordRunYes(long Epoch, InstanceState State, bool Already, DateTimeOffset At) : IInstanceCommand;

/// <summary><c>run</c> was answered with no: <see cref="RunRefusals"/>.</summary>
public sealed record RecordRunNo(long Epoch, string Code, string Message, string? Holder, DateTimeOffset At) : IInstanceCommand;

/// <summary><c>run</c> was not answered, so it may have worked.</summary>
public sealed record RecordRunUnknown(long Epoch, string Message, DateTimeOffset At) : IInstanceCommand;

/// <summary>The durable answer of an agent to <c>cancel</c>, its host's identity checked: proof (c) if it is not present.</summary>
public sealed record RecordCancel(HypervisorId Hypervisor, bool Present, long RefusedUpTo, string BootId, DateTimeOffset At) : IInstanceCommand;

/// <summary>The destination of the open attempt is proved off, and no incident of its own has asked for this instance.</summary>
public sealed record RecordDestinationOff(HypervisorId Hypervisor, ProofKind Proof, DateTimeOffset At) : IInstanceCommand;

/// <summary>A hypervisor answers again; its instances are being settled.</summary>
public sealed record SettleReturn(HypervisorId Hypervisor, string BootId, DateTimeOffset At) : IInstanceCommand;

/// <summary>The agent has taken the opt-in or opt-out.</summary>
public sealed record RecordManaged(HypervisorId Hypervisor, bool Managed, bool MayStart, DateTimeOffset At) : IInstanceCommand;

/// <summary>An operator ends its part in an incident.</summary>
public sealed record OrderCancel(IncidentId Incident, string Who, string Reason, DateTimeOffset At) : IInstanceCommand;

/// <summary>It has had no end for a while: is it time to tell that somebody should look?</summary>
/// <param name="Live">What it waits for at this moment, in its words; null: what was stored last.</param>
public sealed record RemindOfWait(DateTimeOffset At, (InstanceWait Wait, string Reason)? Live = null) : IInstanceCommand;

/// <summary>It may be gone for so long that a person must know.</summary>
public sealed record TellGone(DateTimeOffset At) : IInstanceCommand;

/// <summary>Try again what waits for a person: an operator asked for it, or a lock is old enough to be looked at again.</summary>
/// <param name="Who">The operator; null if nobody asked.</param>
/// <param name="StillLocked">Only whether its image is still locked is looked at.</param>
public sealed record Retry(string Why, DateTimeOffset At, string? Who = null, bool StillLocked = false) : IInstanceCommand;

/// <summary>The opt-out is about to be told, and with it the agent gives back the start at boot: from now on it may have.</summary>
public sealed record ReleaseGuard(HypervisorId Hypervisor, DateTimeOffset At) : IInstanceCommand;

/// <summary>An operator says that a hypervisor whose agent was never told of it can't start it by itself.</summary>
public sealed record WaiveGuard(HypervisorId Hypervisor, string Who, string Why, DateTimeOffset At) : IInstanceCommand;

/// <summary>The agent's codes that decide what a refusal means; the same words as in its API.</summary>
public static class RunRefusals
{
    public const string EpochOld = "epoch-old";
    public const string EpochsUnknown = "epochs-unknown";
    public const string ImageLocked = "image-locked";
    public const string Present = "present";
    public const string NotCleared = "not-cleared";
    public const string NoRoom = "no-room";
    public const string LibvirtDown = "libvirt-down";

    /// <summary>Refusals that say nothing about the instance on that destination: they use up no attempt.</summary>
    public static bool IsTry(string? code) => code is not (EpochOld or EpochsUnknown or ImageLocked or Present or NotCleared or NoRoom or LibvirtDown);
}
