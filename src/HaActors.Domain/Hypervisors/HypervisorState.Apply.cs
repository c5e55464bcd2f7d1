using HaActors.Domain.Fencing;

namespace HaActors.Domain.Hypervisors;

/// <content>What each event makes of it. Total, and no arithmetic that a policy could change.</content>
public sealed partial record HypervisorState
{
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
        FenceOrdered x => this with { Order = x.By, Withheld = Order is null ? null : Withheld },
        FenceWithheld x => this with { Withheld = (x.Check, x.Reason, x.At) },
        FenceRequested x => Enter(HypervisorPhase.Fencing, x.At) with
        {
            Attempt = x.Attempt,
            OffsIssued = 0,
            OffsTo = NoOffs,
            Peers = LastOffAt is null ? x.Peers : Peers,
            OthersOff = x.ProvedOff,
            Excluded = x.Excluded,
            OnlyIfOff = x.OnlyIfOff,
            Withheld = null,
            Passes = 0,
        },
        ContradictionCleared x => Remember(x.Device, d => d with { ContradictedBy = [], ContradictedAt = null }) with
        {
            // A person has decided that their silence is not this device's doing: the next attempt does not wait for their answer.
            Peers = x.By is null ? Peers : Peers.RemoveRange(Device(x.Device).ContradictedBy),
        },
        DeviceContradicted x => Remember(x.Device, d => d with { ContradictedBy = x.By, ContradictedAt = x.At }).NotInThisAttempt(x.Device),
        DeviceIdentified x => Remember(x.Device, d => d with { Identified = true, Identity = x.Identity, OtherIdentity = null }),
        DeviceCheckFailed x => Remember(x.Device, d => d with { Trouble = (x.Cause, x.Detail), OtherIdentity = x.Identity ?? d.OtherIdentity }).NotInThisAttempt(x.Cause == FenceFailure.IdentityChanged ? x.Device : null),
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
        ReturnOverdue => this with { ReturnOverdueTold = true },
        IncidentCancelled x => this with { Cancelled = x.By, Order = null },
        IncidentClosed x => this with { IncidentOpen = false, EndedAt = x.At, Waiting = 0, Order = null, Cancelled = null, ClosedByOperator = Cancelled is not null },
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
            // What ran in the boot that ended now is no part of what was cancelled before.
            Cancelled = Phase is HypervisorPhase.Healthy or HypervisorPhase.Suspect || ClearedBootId == BootId ? null : Cancelled,
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
            // Settled in a new boot, it is another life: what comes there now is no part of what was cancelled; what is, has that written down itself.
            Cancelled = x.ClosesIncident || Phase == HypervisorPhase.Returning ? null : Cancelled,
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

    /// <summary>What an open attempt found against a device holds for as long as it is open: a master that takes it up again must not begin with that device anew.</summary>
    private HypervisorState NotInThisAttempt(string? device) => device is null || Phase != HypervisorPhase.Fencing || Device(device).Problem is not { } why || Excluded.Any(e => e.Device == device)
        ? this
        : this with { Excluded = Excluded.Add(new ExcludedDevice(device, why)) };

    private HypervisorState Enter(HypervisorPhase phase, DateTimeOffset at) => this with { Phase = phase, Since = at, ReturnOverdueTold = false };

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
        EndedAt = null,
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
