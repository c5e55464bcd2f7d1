using System.Collections.Immutable;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Hypervisors;

/// <summary>What somebody wants of a hypervisor's state machine. Time comes with it and is never read.</summary>
public interface IHypervisorCommand
{
    DateTimeOffset At { get; }
}

/// <summary>A probe passed.</summary>
/// <param name="PingGone">Ping is thought to be evidence, and it did not work in any of the last 20 passes.</param>
/// <param name="HaActs">HA is on for it and does not only observe; if not, a new boot is noted and nothing else.</param>
public sealed record RecordPass(string? HypervisorUuid, string? BootId, bool PingWorked, bool PingGone, bool HaActs, DateTimeOffset At) : IHypervisorCommand
{
    /// <summary>The agent's own version; null if it does not tell.</summary>
    public string? AgentVersion { get; init; }

    /// <summary>The probe was begun after the notice of shutdown came: the host has thought better of it.</summary>
    public bool AfterNotice { get; init; }

    /// <summary>Since an operator ordered its fence, on the actor's own monotonic clock; means nothing without an order.</summary>
    public TimeSpan SinceOrder { get; init; }
}

/// <summary>A probe missed, and it counts (<see cref="MissPacing"/>).</summary>
public sealed record RecordMiss(MissClass Class, string Detail, HaPolicy Policy, DateTimeOffset At) : IHypervisorCommand
{
    /// <summary>Since the first miss of this row, on the counter's own monotonic clock.</summary>
    public TimeSpan Silence { get; init; }

    /// <summary>Never declared down sooner than this after the first miss, however many there are; zero without a confirm interval.</summary>
    public TimeSpan MinSilence { get; init; }
}

/// <summary>The gate's permit for this attempt, in time.</summary>
/// <param name="Peers">Hypervisors of the location that pass now.</param>
/// <param name="ProvedOff">Hypervisors of the location that were powered off by their own device and are proved off now.</param>
/// <param name="Excluded">Devices that the attempt must not use.</param>
public sealed record GrantPermit(
    int Attempt, ImmutableArray<HypervisorId> Peers, ImmutableArray<HypervisorId> ProvedOff, ImmutableArray<ExcludedDevice> Excluded, DateTimeOffset At, bool OnlyIfOff = false) : IHypervisorCommand;

/// <summary>The gate's no.</summary>
public sealed record WithholdPermit(string Check, string Reason, DateTimeOffset At) : IHypervisorCommand;

/// <summary>The fence wants to send an off command: store that first.</summary>
public sealed record IssueOff(int Attempt, string Device, DateTimeOffset At) : IHypervisorCommand;

/// <summary>After recovery: look at what was found and go on, or not (SAFETY 12).</summary>
/// <param name="Answers">A probe since passed, or found what the failure was not: a notice of shutdown, or any answer of what was unreachable.</param>
public sealed record ResumeFence(int Attempt, bool Answers, TimeSpan SinceRecovery, DateTimeOffset At) : IHypervisorCommand;

/// <summary>All devices of a level read off twice, nothing of it answers, and every other one still does.</summary>
public sealed record ProveOff(int Attempt, ProofKind Proof, ImmutableArray<string> Devices, string Evidence, DateTimeOffset At) : IHypervisorCommand;

/// <summary>The attempt is over without a proof.</summary>
/// <param name="Devices">Each device with its cause, in the order in which they were tried.</param>
public sealed record FailFence(int Attempt, FenceFailure Cause, ImmutableArray<DeviceFailure> Devices, DateTimeOffset At) : IHypervisorCommand;

/// <summary>A device read off and the world says otherwise.</summary>
/// <param name="Attempt">Null: found by a check.</param>
public sealed record ContradictDevice(int? Attempt, string Device, string Detail, ImmutableArray<HypervisorId> By, DateTimeOffset At) : IHypervisorCommand;

/// <summary>A device was asked who it is and answered.</summary>
/// <param name="Identity">Null: it has none.</param>
public sealed record RecordIdentity(string Device, string? Identity, DateTimeOffset At) : IHypervisorCommand;

/// <summary>A device was checked.</summary>
/// <param name="Cause">Null: its power can be read, and it told who it is.</param>
public sealed record RecordCheck(string Device, FenceFailure? Cause, string Detail, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Whether a device of another hypervisor tells the same identity.</summary>
public sealed record RecordShared(string Device, HypervisorId? With, DateTimeOffset At) : IHypervisorCommand;

/// <summary>An operator has looked and says that this device is this hypervisor's: its identity as it is now, and no contradiction any more.</summary>
public sealed record AcceptDevice(string Device, string? Identity, OperatorAct By, DateTimeOffset At) : IHypervisorCommand;

/// <summary>These are registered, and no others.</summary>
public sealed record KeepDevices(ImmutableArray<string> Devices, DateTimeOffset At) : IHypervisorCommand;

/// <summary>The policy is to power it on again, and nothing speaks against it on the side of whoever asks.</summary>
public sealed record SendPowerOn(DateTimeOffset At) : IHypervisorCommand;

/// <summary>Nothing was sent and nothing will be: HA was disarmed meanwhile, or an off did not leave in time.</summary>
public sealed record ExpireFence(int Attempt, string Reason, DateTimeOffset At) : IHypervisorCommand;

/// <summary>A device was read on, whatever for.</summary>
public sealed record SeeDeviceOn(string Device, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Start to move what is there.</summary>
public sealed record StartEvacuation(DateTimeOffset At) : IHypervisorCommand;

/// <summary>Every instance of the incident has an end or waits.</summary>
public sealed record SettleEvacuation(IncidentId Incident, int Total, int Waiting, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Every instance of the incident has an end.</summary>
public sealed record CloseIncident(IncidentId Incident, DateTimeOffset At, int Total = 0) : IHypervisorCommand;

/// <summary>What holds or breaks the proof of power-off.</summary>
public enum ProofSign
{
    /// <summary>A fresh reading says off.</summary>
    Off,
    /// <summary>No reading for a minute.</summary>
    UnknownForLong,
    /// <summary>A reading says on, or the host answered ping or /health.</summary>
    On,
}

/// <summary>The held proof was looked at.</summary>
public sealed record ObserveProof(ProofSign Sign, string Evidence, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Five minutes after power returned the host has not come back cleanly.</summary>
public sealed record VoidProof(string Reason, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Power returned, and its agent answers with a new boot, guarded by the hook, with none of the waiting instances running.</summary>
public sealed record AcceptReturn(string? HypervisorUuid, string? BootId, DateTimeOffset At) : IHypervisorCommand;

/// <summary>After two passes in FenceFailed: may it be taken back? Only when nothing of the fence can still happen.</summary>
/// <param name="ReadsOff">A device (other than a contradicted one) reads off, and none of its level reads on.</param>
/// <param name="QuietSinceOff">No command is in flight and the deadline since the last off has passed.</param>
public sealed record TakeBack(bool ReadsOff, bool QuietSinceOff, string? BootId, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Every instance is settled for this boot and the agent was told.</summary>
public sealed record ConfirmCleared(string BootId, DateTimeOffset At) : IHypervisorCommand;

/// <summary>An operator asks for a fence.</summary>
public sealed record OrderFence(OperatorAct By, DateTimeOffset At) : IHypervisorCommand;

/// <summary>An operator signs that it runs nothing (SAFETY 16).</summary>
/// <param name="Contradiction">What says otherwise now: a device that reads on, an answer to ping or /health; null if nothing does.</param>
public sealed record Acknowledge(OperatorAct By, string? Contradiction, DateTimeOffset At) : IHypervisorCommand;

/// <summary>An operator ends the open incident: what waits ends as cancelled, and no fence comes by itself any more. What was issued is followed to its answer.</summary>
public sealed record CancelIncident(IncidentId Incident, OperatorAct By, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Its instances wait for a fence or a permit: is it time to tell that somebody should look?</summary>
/// <param name="DownFor">Since the declaration, on the actor's own monotonic clock.</param>
public sealed record RemindOfFence(InstanceWait Wait, string Reason, TimeSpan DownFor, DateTimeOffset At) : IHypervisorCommand;

/// <summary>It answers, and is not back in service: is it time to tell that somebody should look?</summary>
/// <param name="For">Since it returned, on the actor's own monotonic clock.</param>
public sealed record RemindOfReturn(string Reason, TimeSpan For, DateTimeOffset At) : IHypervisorCommand;

public sealed record SetMaintenance(bool On, OperatorAct By, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Another host answers at its agent's address: no pass, and nothing is known of this one.</summary>
public sealed record SeeWrongHost(string Detail, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Its agent says that the host is being shut down or rebooted in order.</summary>
public sealed record TakeNotice(string HypervisorUuid, string BootId, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Out of quarantine.</summary>
/// <param name="By">Null: its time is over.</param>
public sealed record Release(OperatorAct? By, DateTimeOffset At) : IHypervisorCommand;

/// <summary>Its address, agent URL or BMC address was changed.</summary>
public sealed record ForgetIdentity(string Reason, DateTimeOffset At) : IHypervisorCommand;
