using System.Collections.Immutable;
using HaActors.Domain.Fencing;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Hypervisors;

/// <summary>Everything that is remembered of one hypervisor. Changed only by <see cref="Apply"/>.</summary>
public sealed record HypervisorState
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

    /// <summary>Devices that the open attempt must not use.</summary>
    public ImmutableArray<ExcludedDevice> Excluded { get; init; } = [];

    /// <summary>Devices of the level that proved it off; empty with an acknowledgement.</summary>
    public ImmutableArray<string> ProvedBy { get; init; } = [];

    /// <summary>Others of its location that were proved off when the open attempt was permitted.</summary>
    public ImmutableArray<HypervisorId> OthersOff { get; init; } = [];

    /// <summary>On commands that its policy sent in this incident.</summary>
    public int PowerOns { get; init; }

    /// <summary>Who passed before the incident's first off command.</summary>
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

    public HypervisorState Apply(IHypervisorEvent e) => e switch
    {
        FirstSeen x => Enter(HypervisorPhase.Healthy, x.At).NoMisses() with { HypervisorUuid = x.HypervisorUuid, BootId = x.BootId, NeverSeenTold = false, AgentVersion = x.AgentVersion, Notice = null },
        AgentChanged x => this with { AgentVersion = x.To, AgentChangedAt = x.At },
        PingEvidenceChanged x => this with { PingIsEvidence = x.IsEvidence },
        ProbeMissed x => (Phase == HypervisorPhase.Healthy ? Enter(HypervisorPhase.Suspect, x.At) : this) with
        {
            Misses = x.Misses,
            UnreachableInARow = x.UnreachableInARow,
            Failing = x.Failing,
            FirstMissAt = FirstMissAt ?? x.At,
            LastMiss = x.Detail,
            Passes = 0,
        },
        ProbePassed x => this with { Passes = x.Passes },
        Recovered x => Enter(HypervisorPhase.Healthy, x.At).NoMisses(),
        NeverSeen => this with { NeverSeenTold = true },
        DeclaredDown x => Enter(HypervisorPhase.Down, x.At).NewIncident(x.Number, x.At, false) with
        {
            Order = x.By,
            Failing = x.Failing,
            FirstMissAt = FirstMissAt ?? x.FirstMissAt,
            Downs = Flapping.IsItsOwn(this, x.By) ? Flapping.With(Downs, x.At) : Downs,
        },
        BootNoted x => Enter(HypervisorPhase.Healthy, x.At).NoMisses() with { BootId = x.BootId, Notice = null },
        FenceOrdered x => this with { Order = x.By },
        FenceWithheld x => this with { Withheld = (x.Check, x.Reason, x.At) },
        FenceRequested x => Enter(HypervisorPhase.Fencing, x.At) with
        {
            Attempt = x.Attempt,
            OffsIssued = 0,
            OffsTo = NoOffs,
            Peers = LastOffAt is null ? x.Peers : Peers,
            OthersOff = x.ProvedOff,
            Excluded = x.Excluded,
            Withheld = null,
            Passes = 0,
        },
        ContradictionCleared x => Remember(x.Device, d => d with { ContradictedBy = [], ContradictedAt = null }),
        DeviceContradicted x => Remember(x.Device, d => d with { ContradictedBy = x.By, ContradictedAt = x.At }),
        DeviceIdentified x => Remember(x.Device, d => d with { Identified = true, Identity = x.Identity, OtherIdentity = null }),
        DeviceCheckFailed x => Remember(x.Device, d => d with { Trouble = (x.Cause, x.Detail), OtherIdentity = x.Identity ?? d.OtherIdentity }),
        DeviceCheckRecovered x => Remember(x.Device, d => d with { Trouble = null, OtherIdentity = null }),
        DeviceIdentityShared x => Remember(x.Device, d => d with { SharedWith = x.With }),
        DeviceForgotten x => this with { Devices = Devices.Remove(x.Device) },
        PowerOnSent x => this with { PowerOns = x.Number },
        FenceOffIssued x => this with { OffsIssued = OffsIssued + 1, OffsTo = OffsTo.SetItem(x.Device, x.Number), LastOffAt = x.At },
        FenceResumed => this,
        FenceExpired x => Enter(HypervisorPhase.Down, x.At) with { Passes = 0, Withheld = null },
        // Signed while its instances are being moved, or have been: the proof is another one, the phase goes on.
        Fenced x => (Phase is HypervisorPhase.Evacuating or HypervisorPhase.Evacuated ? this : Enter(HypervisorPhase.Fenced, x.At)) with
        {
            Attempt = x.Attempt,
            Proof = x.Proof,
            ProvedAt = x.At,
            ProofIsLost = false,
            PowerReturnedAt = null,
            Withheld = null,
            FailuresInARow = 0,
            LastFailure = null,
            LastFailures = [],
            ProvedBy = x.Devices,
            // What proved it was believed after all; a device that proved nothing stays as it was.
            Devices = x.Devices.Aggregate(Devices, (all, name) => all.SetItem(name, Device(name) with { ContradictedBy = [], ContradictedAt = null })),
            Order = null,
            Passes = 0,
        },
        FenceFailed x => Enter(HypervisorPhase.FenceFailed, x.At) with
        {
            LastFailure = x.Cause,
            LastFailures = x.Devices,
            FailuresInARow = x.FailuresInARow,
            Passes = 0,
        },
        EvacuationStarted x => Enter(HypervisorPhase.Evacuating, x.At) with { NeedsClearing = true, Waiting = 0 },
        EvacuationCompleted x => Enter(HypervisorPhase.Evacuated, x.At) with { Waiting = x.Waiting, Passes = 0 },
        FenceOverdue => this with { OverdueTold = true },
        IncidentCancelled x => this with { Cancelled = x.By, Order = null },
        IncidentClosed => this with { IncidentOpen = false, Waiting = 0, Order = null, Cancelled = null, ClosedByOperator = Cancelled is not null },
        ProofLost => this with { ProofIsLost = true },
        ProofRegained => this with { ProofIsLost = false, PowerReturnedAt = null },
        PowerReturned x => this with { PowerReturnedAt = x.At, ProofIsLost = false },
        ProofVoided x => Enter(HypervisorPhase.Down, x.At) with { Proof = null, ProofIsLost = false, PowerReturnedAt = null, Passes = 0, Withheld = null },
        Rebooted x => (IncidentOpen ? this : NewIncident(x.Number, x.At, true)).Enter(HypervisorPhase.Returning, x.At).NoMisses() with
        {
            BootId = x.NewBootId,
            ClearedBootId = null,
            Proof = null,
            Withheld = null,
            Order = null,
            ByReboot = true,
            NeedsClearing = true,
            // A boot in an open incident is the end of the failure that was counted when it was declared.
            Downs = !IncidentOpen && Flapping.IsItsOwn(this, null) ? Flapping.With(Downs, x.At) : Downs,
            Notice = null,
        },
        ReturnStarted x => Enter(HypervisorPhase.Returning, x.At).NoMisses() with
        {
            HypervisorUuid = x.HypervisorUuid ?? HypervisorUuid,
            BootId = x.BootId,
            ClearedBootId = null,
            Proof = null,
            ProofIsLost = false,
            PowerReturnedAt = null,
            Order = null,
            Notice = null,
        },
        Cleared x => this with { ClearedBootId = x.BootId },
        CameUp x => (Enter(HypervisorPhase.Healthy, x.At).NoMisses() with
        {
            BootId = x.BootId ?? BootId,
            IncidentOpen = IncidentOpen && !x.ClosesIncident,
            Cancelled = x.ClosesIncident ? null : Cancelled,
            Withheld = null,
            Order = null,
            Proof = null,
            LastFailure = null,
            LastFailures = [],
            FailuresInARow = 0,
            NeedsClearing = false,
            Peers = [],
            Notice = null,
        }),
        ShutdownNoticed x => this with { Notice = (x.BootId, x.At) },
        WrongHostSeen => this with { WrongHost = true },
        WrongHostGone => this with { WrongHost = false },
        NoticeWithdrawn => this with { Notice = null },
        Quarantined x => this with { QuarantinedUntil = x.Until },
        // Whoever releases it begins to count anew.
        Released => this with { QuarantinedUntil = null, Downs = [] },
        MaintenanceOn => this with { Maintenance = true },
        MaintenanceOff => this with { Maintenance = false },
        BecameUnknown x => New(Id) with
        {
            Since = x.At,
            Maintenance = Maintenance,
            IncidentNumber = IncidentNumber,
            Attempt = Attempt,
            Downs = Downs,
            QuarantinedUntil = QuarantinedUntil,
            NeedsClearing = NeedsClearing,
        },
        _ => throw new InvalidOperationException($"{Id}: an event of type {e.GetType().Name} is not known to this version."),
    };

    private HypervisorState Remember(string device, Func<DeviceMemory, DeviceMemory> change) => this with { Devices = Devices.SetItem(device, change(Device(device))) };

    private HypervisorState Enter(HypervisorPhase phase, DateTimeOffset at) => this with { Phase = phase, Since = at };

    private HypervisorState NoMisses() => this with { Misses = 0, UnreachableInARow = 0, Failing = null, FirstMissAt = null, LastMiss = null, Passes = 0 };

    private HypervisorState NewIncident(int number, DateTimeOffset at, bool byReboot) => this with
    {
        IncidentNumber = number,
        IncidentOpen = true,
        DownAt = at,
        ByReboot = byReboot,
        Proof = null,
        ProofIsLost = false,
        PowerReturnedAt = null,
        Withheld = null,
        FailuresInARow = 0,
        LastFailure = null,
        LastFailures = [],
        OffsIssued = 0,
        OffsTo = NoOffs,
        LastOffAt = null,
        PowerOns = 0,
        ProvedBy = [],
        Peers = [],
        Waiting = 0,
        Passes = 0,
        ClearedBootId = null,
        Cancelled = null,
        ClosedByOperator = false,
        OverdueTold = false,
    };
}
