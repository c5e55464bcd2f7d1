using System.Collections.Immutable;
using HaActors.Domain;

namespace HaActors.Actors.Protocol;

// What the edge (HTTP) asks of the actors; the only place where Ask is used.

/// <summary>What an operator may do to one hypervisor.</summary>
public enum OperatorVerb
{
    /// <summary>Probe it now, beside the tick.</summary>
    Probe,
    /// <summary>Read its power now, through every device, and ask each who it is.</summary>
    TestIpmi,
    /// <summary>The same, and a person says that these devices are this hypervisor's: identities as they are told now, contradictions taken back.</summary>
    AcceptDevices,
    MaintenanceOn,
    MaintenanceOff,
    /// <summary>Cut its power and prove it, whatever the storm says.</summary>
    Fence,
    /// <summary>Sign that it runs nothing.</summary>
    ConfirmFenced,
    /// <summary>Out of quarantine, before its time is over.</summary>
    Release,
    /// <summary>Power on. Never automatic.</summary>
    PowerOn,
    /// <summary>End its open incident: what waits ends as cancelled.</summary>
    CancelIncident,
    /// <summary>May it be deleted? Refused in an incident; the answer's code says <c>acknowledged</c> when a signature that it is off stands.</summary>
    Delete,
    /// <summary>Its address, agent URL or BMC address was changed in the inventory.</summary>
    IdentityChanged,
}

/// <summary>The edge to HypervisorActor. Answered with <see cref="OperatorAnswer"/>, after what it changed is stored.</summary>
/// <param name="TypedId">With <see cref="OperatorVerb.ConfirmFenced"/>: the id typed again. With <see cref="OperatorVerb.CancelIncident"/>: the incident.</param>
public sealed record OperatorRequest(HypervisorId HypervisorId, OperatorVerb Verb, string Who, string Reason, string? TypedId) : IWithHypervisorId, IWireMessage;

/// <summary>Done, under way, or refused with a sentence that says why and what to do.</summary>
/// <param name="Code">On refusal: <c>conflict</c>, <c>open-incident</c>, <c>invalid</c>, <c>unavailable</c>.</param>
public sealed record OperatorAnswer(HypervisorId HypervisorId, bool Accepted, string Code, string Message) : IWithHypervisorId, IWireMessage;

/// <summary>The edge to HypervisorActor: why is it as it is, and what happens next?</summary>
public sealed record ExplainHypervisor(HypervisorId HypervisorId) : IWithHypervisorId, IWireMessage;

/// <summary>Sentences, in order, and the facts they are made from: the same on which it decides.</summary>
/// <param name="LastPower">The last power reading as text.</param>
/// <param name="Check">The check that withholds its fence, by the gate's last answer; null while none does.</param>
/// <param name="CheckSince">Since when that check holds it.</param>
/// <param name="AskedAt">When the gate last answered.</param>
/// <param name="NextAt">When something is tried or looked at again by itself; null: nothing is.</param>
/// <param name="Waits">Instances of the open incident that have no end, up to 50.</param>
/// <param name="Waiting">How many there are.</param>
public sealed record HypervisorExplained(
    HypervisorId HypervisorId, HypervisorView View, ImmutableArray<string> Sentences, string? LastPower, string? Check, DateTimeOffset? CheckSince, DateTimeOffset? AskedAt,
    DateTimeOffset? NextAt, ImmutableArray<DeviceExplained> Devices, ImmutableArray<InstanceWaits> Waits, int Waiting) : IWithHypervisorId, IWireMessage;

/// <summary>What is known of one fence device.</summary>
/// <param name="Reads">The last reading, typed; null: none in this master's life.</param>
/// <param name="Contradicted">Why its readings prove nothing now; null if they do.</param>
public sealed record DeviceExplained(string Name, string? Reads, string? Detail, DateTimeOffset? ReadAt, string? Contradicted) : IWireMessage;

/// <summary>The edge to HaMonitor: up to 100 views after an id, and the summary.</summary>
public sealed record GetFleet(string? After) : IWireMessage;

/// <summary>One page; <paramref name="Next"/> is null on the last.</summary>
public sealed record FleetPage(ImmutableArray<HypervisorView> Hypervisors, string? Next, SweepSummary? LastSweep, DateTimeOffset MonitorSince, string? InventoryProblem) : IWireMessage;

/// <summary>How the last whole sweep went.</summary>
public sealed record SweepSummary(long Sweep, DateTimeOffset At, long TookMs, int Probed, int Missed);

/// <summary>The edge to HaMonitor: live views of up to 100 instances after an id.</summary>
public sealed record GetInstances(string? After) : IWireMessage;

public sealed record InstancesPage(ImmutableArray<InstanceView> Instances, string? Next) : IWireMessage;

/// <summary>The edge to FenceGateActor: stop or start acting.</summary>
public sealed record SetArmed(bool Armed, string Who, string Reason) : IWireMessage;

/// <summary>The edge to FenceGateActor.</summary>
public sealed record GetArmed : IWireMessage;

/// <summary><paramref name="State"/>: <c>armed</c>, <c>disarming</c> (what was issued is followed to its answer) or <c>disarmed</c>.</summary>
public sealed record ArmedAnswer(string State, string? Who, string? Reason, DateTimeOffset? Since) : IWireMessage;

/// <summary>The edge to FenceGateActor: storms of a location withhold nothing until then. Answered with <see cref="StormOverrideAnswer"/> after it is stored.</summary>
/// <param name="Until">Null: take the override back.</param>
public sealed record OverrideStorm(LocationId Location, string Who, string Reason, DateTimeOffset? Until) : IWireMessage;

/// <summary>Done, or refused with a sentence that says why.</summary>
public sealed record StormOverrideAnswer(LocationId Location, bool Accepted, string Message) : IWireMessage;

/// <summary>The edge to FenceGateActor: what is so for the whole fleet?</summary>
public sealed record GetGate : IWireMessage;

/// <summary>Storms, overrides, witnesses, open windows and lost ways to fence devices, as the gate has them now.</summary>
public sealed record GateView(
    ImmutableArray<StormView> Storms, ImmutableArray<StormOverrideView> Overrides, ImmutableArray<WitnessView> Witnesses, ImmutableArray<FenceWindowView> Windows, ImmutableArray<PathLostView> PathsLost)
    : IWireMessage;

/// <summary>The way to the fence devices of a location is broken.</summary>
/// <param name="Silent">Of the <paramref name="Counted"/> that were asked when it was found.</param>
public sealed record PathLostView(LocationId Location, DateTimeOffset Since, ImmutableArray<HypervisorId> Silent, int Counted);

/// <summary>A storm that is not over.</summary>
/// <param name="OverAt">When the cool-down ends, if they stay few; null while they are many.</param>
public sealed record StormView(LocationId Location, DateTimeOffset Since, int Failing, int Counted, DateTimeOffset? OverAt);

public sealed record StormOverrideView(LocationId Location, string Who, string Reason, DateTimeOffset Since, DateTimeOffset Until);

/// <summary>A configured witness and its last answer.</summary>
/// <param name="Answered">Null: not asked yet.</param>
public sealed record WitnessView(string Name, bool? Answered, string? Detail, DateTimeOffset? At);

/// <summary>How many hypervisors of a location were fenced in the window, and who waits for it, oldest first.</summary>
public sealed record FenceWindowView(LocationId Location, int Fenced, int Limit, ImmutableArray<HypervisorId> Queue);

/// <summary>A persistent actor, an InstanceActor or EventLogProjection to FenceGateActor: the journal holds less than it did. Repeated every 10 s until it is taken.</summary>
/// <param name="Key">Names the finding; in the answer again.</param>
/// <param name="Detail">Who remembers what, in one sentence without a full stop.</param>
public sealed record JournalWentBack(string Key, string Detail) : IWireMessage;

/// <summary>FenceGateActor: HA is disarmed, stored.</summary>
public sealed record WentBackTaken(string Key) : IWireMessage;

/// <summary>The edge to HaMonitor: the inventory was changed; read it again now rather than at the next tick.</summary>
public sealed record InventoryChanged : IWireMessage;
