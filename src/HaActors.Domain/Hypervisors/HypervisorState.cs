using System.Collections.Immutable;
using HaActors.Domain.Fencing;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Hypervisors;

/// <summary>Everything that is remembered of one hypervisor. Changed only by <see cref="Apply"/>, which is the other half of this record.</summary>
public sealed partial record HypervisorState
{
    private static readonly ImmutableSortedDictionary<string, int> NoOffs = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);
    private static readonly ImmutableSortedDictionary<string, DeviceMemory> NoDevices = ImmutableSortedDictionary.Create<string, DeviceMemory>(StringComparer.Ordinal);

    public required HypervisorId Id { get; init; }

    public HypervisorPhase Phase { get; init; }

    /// <summary>When this phase was entered.</summary>
    public DateTimeOffset? Since { get; init; }

    public bool Maintenance { get; init; }

    /// <summary>Counted misses in a row.</summary>
    public int Misses { get; init; }

    public int UnreachableInARow { get; init; }

    /// <summary>How the misses are read; null without one.</summary>
    public MissClass? Failing { get; init; }

    public DateTimeOffset? FirstMissAt { get; init; }

    public string? LastMiss { get; init; }

    public bool NeverSeenTold { get; init; }

    /// <summary>Passes in a row, where a state waits for some.</summary>
    public int Passes { get; init; }

    public bool PingIsEvidence { get; init; }

    public string? HypervisorUuid { get; init; }

    /// <summary>The boot of the last pass that was taken over.</summary>
    public string? BootId { get; init; }

    /// <summary>Version of its agent when it last passed; null if it never told.</summary>
    public string? AgentVersion { get; init; }

    /// <summary>When that changed.</summary>
    public DateTimeOffset? AgentChangedAt { get; init; }

    /// <summary>Number of the last incident; 0 before the first.</summary>
    public int IncidentNumber { get; init; }

    public bool IncidentOpen { get; init; }

    /// <summary>When the open incident was declared.</summary>
    public DateTimeOffset? DownAt { get; init; }

    /// <summary>The open incident began with a reboot, not with a fence.</summary>
    public bool ByReboot { get; init; }

    /// <summary>Something may have moved away, or the host booted anew: each instance is settled before it is healthy again.</summary>
    public bool NeedsClearing { get; init; }

    /// <summary>Number of the last attempt; grows for ever.</summary>
    public int Attempt { get; init; }

    /// <summary>Off commands issued in the last attempt, to all devices.</summary>
    public int OffsIssued { get; init; }

    /// <summary>The same for each device.</summary>
    public ImmutableSortedDictionary<string, int> OffsTo { get; init; } = NoOffs;

    /// <summary>When the last off command was issued.</summary>
    public DateTimeOffset? LastOffAt { get; init; }

    /// <summary>Of this incident.</summary>
    public int FailuresInARow { get; init; }

    public FenceFailure? LastFailure { get; init; }

    /// <summary>Each device of the last failed attempt with its cause.</summary>
    public ImmutableArray<DeviceFailure> LastFailures { get; init; } = [];

    /// <summary>What is remembered of its fence devices, by name: identity, last check, contradiction. It outlives attempts and incidents.</summary>
    public ImmutableSortedDictionary<string, DeviceMemory> Devices { get; init; } = NoDevices;

    /// <summary>Devices that the open attempt must not use: those that its permit names, and those against which it found something itself.</summary>
    public ImmutableArray<ExcludedDevice> Excluded { get; init; } = [];

    /// <summary>The open attempt was permitted because its power was off anyway.</summary>
    public bool OnlyIfOff { get; init; }

    /// <summary>No off leaves in it, unless an operator orders it.</summary>
    public bool MayOnlyBeProved => OnlyIfOff && Order is null;

    /// <summary>Devices of the level that proved it off; empty with an acknowledgement.</summary>
    public ImmutableArray<string> ProvedBy { get; init; } = [];

    /// <summary>Others of its location that had been powered off by their own device, and were proved off when the open attempt was permitted.</summary>
    public ImmutableArray<HypervisorId> OthersOff { get; init; } = [];

    /// <summary>On commands that its policy sent in this incident.</summary>
    public int PowerOns { get; init; }

    /// <summary>When its incident ended; null while one is open, or none was.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Who passed before the incident's first off command, and must pass after each, but for whom a person has excused.</summary>
    public ImmutableArray<HypervisorId> Peers { get; init; } = [];

    public ProofKind? Proof { get; init; }

    /// <summary>When it was proved: an answer to a probe that was begun before says nothing about it.</summary>
    public DateTimeOffset? ProvedAt { get; init; }

    public bool ProofIsLost { get; init; }

    public DateTimeOffset? PowerReturnedAt { get; init; }

    public (string Check, string Reason, DateTimeOffset At)? Withheld { get; init; }

    public OperatorAct? Order { get; init; }

    /// <summary>Who cancelled the open incident: its instances end, and no fence comes but by an order.</summary>
    public OperatorAct? Cancelled { get; init; }

    /// <summary>The incident that was closed last had been cancelled: who cancelled it decides what becomes of the host, too.</summary>
    public bool ClosedByOperator { get; init; }

    /// <summary>That the open incident is overdue has been told.</summary>
    public bool OverdueTold { get; init; }

    /// <summary>That it has been returning for long has been told; of its present phase.</summary>
    public bool ReturnOverdueTold { get; init; }

    /// <summary>Instances of the open incident that wait; meaningful in Evacuated.</summary>
    public int Waiting { get; init; }

    /// <summary>The boot for which everything is settled.</summary>
    public string? ClearedBootId { get; init; }

    /// <summary>Another host answered at its agent's address, and no pass came since.</summary>
    public bool WrongHost { get; init; }

    /// <summary>When it failed by itself, the last ones within an hour (<see cref="Flapping"/>).</summary>
    public ImmutableArray<DateTimeOffset> Downs { get; init; } = [];

    /// <summary>Not null: in quarantine, so no destination.</summary>
    public DateTimeOffset? QuarantinedUntil { get; init; }

    /// <summary>Its agent told that this boot is being shut down in order; null once it answers again, in that boot or another.</summary>
    public (string BootId, DateTimeOffset At)? Notice { get; init; }

    public IncidentId? Incident => IncidentNumber > 0 ? new IncidentId(Id, IncidentNumber) : null;

    /// <summary>Nothing runs there, and nothing contradicts it now.</summary>
    public bool IsProvedOff => Proof is not null && PowerReturnedAt is null
        && (Phase is HypervisorPhase.Fenced or HypervisorPhase.Evacuating or HypervisorPhase.Evacuated);

    /// <summary>What is known of a device; nothing if it was never heard of.</summary>
    public DeviceMemory Device(string name) => Devices.GetValueOrDefault(name) ?? new DeviceMemory();

    public static HypervisorState New(HypervisorId id) => new() { Id = id };
}
