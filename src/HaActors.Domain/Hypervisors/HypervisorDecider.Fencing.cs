using System.Collections.Immutable;
using HaActors.Domain.Fencing;
using HaActors.Domain.Probing;
using Verdict = HaActors.Domain.Decision<HaActors.Domain.Hypervisors.IHypervisorEvent>;

namespace HaActors.Domain.Hypervisors;

/// <summary>The states from the declaration to the proof and its use.</summary>
public static partial class HypervisorDecider
{
    /// <summary>A fence request is resumed, or expires, within this time of the master's own recovery (SAFETY 12).</summary>
    public static readonly TimeSpan ResumeWindow = TimeSpan.FromMinutes(5);

    /// <summary>Passes of an order that no permit followed: after this an answering host is taken back all the same.</summary>
    public static readonly TimeSpan OrderLasts = TimeSpan.FromMinutes(5);

    /// <summary>Waits for a permit; the reason is always shown.</summary>
    private static Verdict WhileDown(HypervisorState s, IHypervisorCommand command) => command switch
    {
        RecordPass { HaActs: true } p when IsNewBoot(s, p.BootId) => Emit(Reboot(s, p.BootId!, p.At)),
        RecordPass p when s.Order is { } order && p.SinceOrder < OrderLasts => Ignored($"answers, but {order.Who} ordered its fence"),
        RecordPass p when s.Passes + 1 < PassesToRecover => Emit(new ProbePassed(s.Id, s.Passes + 1, p.At)),
        RecordPass p when s.NeedsClearing => Emit(new ReturnStarted(s.Id, p.HypervisorUuid, p.BootId, p.At)),
        RecordPass p => Emit(Up(s, p.BootId, true, p.At)),
        RecordMiss m when IsNews(s, m) => Emit(Miss(s, m)),
        RecordMiss => Ignored("down as before"),
        GrantPermit g => Request(s, g),
        WithholdPermit w => Withhold(s, w),
        OrderFence o => Emit(new FenceOrdered(s.Id, o.By, o.At)),
        Acknowledge a => Sign(s, a, s.Attempt + 1),
        IssueOff or ResumeFence or ProveOff or FailFence or ExpireFence => Ignored("no attempt is open"),
        TakeBack => Ignored("no fence failed"),
        StartEvacuation or SettleEvacuation or ObserveProof or VoidProof or AcceptReturn => Ignored("not proved off"),
        ConfirmCleared => Ignored("not returning"),
        CloseIncident => Ignored("down: its incident stays open"),
        _ => Unnamed(s, command),
    };

    /// <summary>Power-off asked for, not proved. A host that answers again is still fenced: half of it may be gone.</summary>
    private static Verdict WhileFencing(HypervisorState s, IHypervisorCommand command) => command switch
    {
        // Its instances ended with its last boot, and nothing has been sent: there is nothing to cut any more (SAFETY 18).
        RecordPass { HaActs: true } p when IsNewBoot(s, p.BootId) && s is { OffsIssued: 0, LastOffAt: null, Order: null } => Emit(Reboot(s, p.BootId!, p.At)),
        RecordPass => Ignored("answers, but its fence is not proved yet"),
        RecordMiss => Ignored("being fenced"),
        IssueOff when s.MayOnlyBeProved => Ignored("it may only be proved off"),
        IssueOff i when i.Attempt == s.Attempt => Emit(new FenceOffIssued(s.Id, i.Attempt, i.Device, s.OffsTo.GetValueOrDefault(i.Device) + 1, i.At)),
        IssueOff i => Ignored($"of attempt {i.Attempt}, not of {s.Attempt}"),
        ResumeFence r when r.Attempt != s.Attempt => Ignored($"of attempt {r.Attempt}, not of {s.Attempt}"),
        ResumeFence r when r.SinceRecovery > ResumeWindow => Emit(new FenceExpired(s.Id, s.Attempt, "the master could not look at it within 5 min of its own recovery", r.At)),
        ResumeFence r when r.Answers && s.OffsIssued == 0 => Emit(new FenceExpired(s.Id, s.Attempt, "it answers, and no off command had been issued", r.At)),
        ResumeFence r => Emit(new FenceResumed(s.Id, s.Attempt, r.At)),
        ProveOff p when p.Attempt == s.Attempt => Emit(Prove(s, p.Attempt, p.Proof, p.Devices, p.Evidence, null, p.At)),
        ProveOff p => Ignored($"proof of attempt {p.Attempt}, not of {s.Attempt}"),
        FailFence f when f.Attempt == s.Attempt => Emit(new FenceFailed(s.Id, s.Incident!.Value, s.Attempt, f.Cause, f.Devices, s.FailuresInARow + 1, IsNews(s, f), f.At)),
        FailFence f => Ignored($"of attempt {f.Attempt}, not of {s.Attempt}"),
        ExpireFence x when x.Attempt == s.Attempt => Emit(new FenceExpired(s.Id, s.Attempt, x.Reason, x.At)),
        ExpireFence x => Ignored($"of attempt {x.Attempt}, not of {s.Attempt}"),
        Acknowledge a => Sign(s, a, s.Attempt),
        // The attempt of an incident that was cancelled ends before its off; an order is what it may go on under.
        OrderFence o when s is { Cancelled: not null, Order: null } or { MayOnlyBeProved: true } => Emit(new FenceOrdered(s.Id, o.By, o.At)),
        OrderFence => Ignored("being fenced already"),
        GrantPermit or WithholdPermit => Ignored("an attempt is open"),
        TakeBack => Ignored("an attempt is open"),
        StartEvacuation or SettleEvacuation or ObserveProof or VoidProof or AcceptReturn => Ignored("not proved off"),
        ConfirmCleared => Ignored("not returning"),
        CloseIncident => Ignored("being fenced: its incident stays open"),
        _ => Unnamed(s, command),
    };

    /// <summary>Not proved off: nothing is moved. Taken back only when nothing of the fence can still happen.</summary>
    private static Verdict WhileFenceFailed(HypervisorState s, IHypervisorCommand command) => command switch
    {
        RecordPass p when s.Passes < PassesToRecover => Emit(new ProbePassed(s.Id, s.Passes + 1, p.At)),
        RecordPass => Ignored("answers; whether it may be taken back is looked at"),
        RecordMiss m when s.Passes > 0 || IsNews(s, m) => Emit(Miss(s, m)),
        RecordMiss => Ignored("its fence failed, and it does not answer"),
        TakeBack t when s.Passes < PassesToRecover => Ignored($"only {s.Passes} passes at {t.At:HH:mm:ss}"),
        TakeBack { ReadsOff: true } => Ignored("a device reads off"),
        TakeBack { QuietSinceOff: false } => Ignored("an off command may still be carried out"),
        TakeBack t when IsNewBoot(s, t.BootId) => Emit(Reboot(s, t.BootId!, t.At)),
        TakeBack t when s.NeedsClearing => Emit(new ReturnStarted(s.Id, s.HypervisorUuid, t.BootId, t.At)),
        TakeBack t => Emit(Up(s, t.BootId, true, t.At)),
        GrantPermit g => Request(s, g),
        WithholdPermit w => Withhold(s, w),
        OrderFence o => Emit(new FenceOrdered(s.Id, o.By, o.At)),
        Acknowledge a => Sign(s, a, s.Attempt + 1),
        // The process that answers late belongs to an attempt that is over; its proof would be of an older moment.
        IssueOff or ResumeFence or ProveOff or FailFence or ExpireFence => Ignored("no attempt is open"),
        StartEvacuation or SettleEvacuation or ObserveProof or VoidProof or AcceptReturn => Ignored("not proved off"),
        ConfirmCleared => Ignored("not returning"),
        CloseIncident => Ignored("its fence failed: its incident stays open"),
        _ => Unnamed(s, command),
    };

    /// <summary>Proved off.</summary>
    private static Verdict WhileFenced(HypervisorState s, IHypervisorCommand command) => command switch
    {
        StartEvacuation x => Emit(new EvacuationStarted(s.Id, s.Incident!.Value, x.At)),
        RecordPass => Ignored("answers; its proof is looked at"),
        RecordMiss => Ignored("off"),
        SettleEvacuation => Ignored("not started yet"),
        ObserveProof o => Observe(s, o),
        VoidProof v => VoidIfReturned(s, v),
        AcceptReturn r => ReturnIfPowered(s, r),
        Acknowledge a => Reacknowledge(s, a),
        OrderFence => Ignored("proved off already"),
        GrantPermit or WithholdPermit or IssueOff or ResumeFence or ProveOff or FailFence or ExpireFence or TakeBack => Ignored("proved off already"),
        ConfirmCleared => Ignored("not returning"),
        CloseIncident => Ignored("its instances have not been asked yet"),
        _ => Unnamed(s, command),
    };

    /// <summary>Instances are being started elsewhere while the proof is held.</summary>
    private static Verdict WhileEvacuating(HypervisorState s, IHypervisorCommand command) => command switch
    {
        SettleEvacuation e when e.Incident != s.Incident => Ignored($"{e.Incident} is not the open incident"),
        SettleEvacuation e => Emit(new EvacuationCompleted(s.Id, e.Incident, e.Total, e.Waiting, s.DownAt is { } down ? (long)(e.At - down).TotalMilliseconds : 0, e.At)),
        ObserveProof o => Observe(s, o),
        VoidProof v => VoidIfReturned(s, v),
        AcceptReturn r => ReturnIfPowered(s, r),
        Acknowledge a => Reacknowledge(s, a),
        RecordPass => Ignored("answers; its proof is looked at"),
        RecordMiss => Ignored("off"),
        StartEvacuation => Ignored("started already"),
        OrderFence => Ignored("proved off already"),
        GrantPermit or WithholdPermit or IssueOff or ResumeFence or ProveOff or FailFence or ExpireFence or TakeBack => Ignored("proved off already"),
        ConfirmCleared => Ignored("not returning"),
        CloseIncident c => Close(s, c),
        _ => Unnamed(s, command),
    };

    /// <summary>Nothing more to do here now.</summary>
    private static Verdict WhileEvacuated(HypervisorState s, IHypervisorCommand command) => command switch
    {
        RecordPass p => Emit(new ReturnStarted(s.Id, p.HypervisorUuid, p.BootId, p.At)),
        RecordMiss => Ignored("off"),
        ObserveProof o => Observe(s, o),
        VoidProof v when s.IncidentOpen => VoidIfReturned(s, v),
        VoidProof => Ignored("nothing waits for it"),
        AcceptReturn r => ReturnIfPowered(s, r),
        Acknowledge a => Reacknowledge(s, a),
        StartEvacuation or SettleEvacuation => Ignored("evacuated already"),
        OrderFence => Ignored("proved off already"),
        GrantPermit or WithholdPermit or IssueOff or ResumeFence or ProveOff or FailFence or ExpireFence or TakeBack => Ignored("proved off already"),
        ConfirmCleared => Ignored("not returning"),
        CloseIncident c => Close(s, c),
        _ => Unnamed(s, command),
    };

    private static Verdict Observe(HypervisorState s, ObserveProof o) => o.Sign switch
    {
        ProofSign.On when s.PowerReturnedAt is null => Emit(new PowerReturned(s.Id, s.Incident!.Value, o.Evidence, s.IncidentOpen, o.At)),
        ProofSign.On => Ignored("power is known to be back"),
        // An acknowledgement is not a reading, so the absence of readings takes nothing from it.
        ProofSign.UnknownForLong when s.Proof == ProofKind.Acknowledged => Ignored("acknowledged: silence of the device does not matter"),
        ProofSign.UnknownForLong when s.ProofIsLost || s.PowerReturnedAt is not null => Ignored("told already"),
        ProofSign.UnknownForLong => Emit(new ProofLost(s.Id, s.Incident!.Value, o.Evidence, o.At)),
        // A voided acknowledgement is not healed by a reading that it never rested on; a returned host that went off again needs a new attempt.
        ProofSign.Off when s.ProofIsLost => Emit(new ProofRegained(s.Id, s.Incident!.Value, o.At)),
        ProofSign.Off => Ignored("off as before"),
        _ => throw new InvalidOperationException($"{s.Id}: {o.Sign} is not a sign."),
    };

    private static Verdict VoidIfReturned(HypervisorState s, VoidProof v) => s.PowerReturnedAt is null
        ? Ignored("the proof is held")
        : Emit(new ProofVoided(s.Id, s.Incident!.Value, v.Reason, v.At));

    private static Verdict ReturnIfPowered(HypervisorState s, AcceptReturn r) => s.PowerReturnedAt is null
        ? Ignored("its power has not returned")
        : r.BootId is null || r.BootId == s.BootId
            ? Ignored("the same boot answers: what ran there may still run")
            : Emit(new ReturnStarted(s.Id, r.HypervisorUuid, r.BootId, r.At));

    /// <summary>A permit that was under way when a person cancelled the incident is none any more.</summary>
    private static Verdict Request(HypervisorState s, GrantPermit g) => s is { Cancelled: { } by, Order: null }
        ? Ignored(NotByItself(by))
        : g.Attempt == s.Attempt + 1
        ? Emit(new FenceRequested(s.Id, s.Incident!.Value, g.Attempt, g.Peers, g.ProvedOff, g.Excluded, g.At, g.OnlyIfOff))
        : Ignored($"permit for attempt {g.Attempt}, the next one is {s.Attempt + 1}");

    /// <summary>An answer that was under way when a person cancelled the incident is no reason any more: "until 00:14" would promise a fence that never comes.</summary>
    private static Verdict Withhold(HypervisorState s, WithholdPermit w) => s is { Cancelled: { } by, Order: null }
        ? Ignored(NotByItself(by))
        : s.Withheld is { } known && known.Check == w.Check
        ? Ignored("withheld for the same reason as before")
        : Emit(new FenceWithheld(s.Id, s.Incident!.Value, w.Check, w.Reason, w.At));

    private static string NotByItself(OperatorAct by) => $"{by.Who} cancelled its incident: no fence comes by itself";

    private static Verdict Sign(HypervisorState s, Acknowledge a, int attempt) => a.Contradiction is { } contradiction
        ? Refused($"{s.Id} can't be confirmed as off: {contradiction}. Cut its power first, then confirm.")
        : Emit(Prove(s, attempt, ProofKind.Acknowledged, [], $"confirmed by {a.By.Who}: {a.By.Reason}", a.By, a.At));

    private static Verdict Reacknowledge(HypervisorState s, Acknowledge a) => s is { Proof: ProofKind.Acknowledged, PowerReturnedAt: null }
        ? Ignored("signed already")
        : a.Contradiction is { } contradiction
            ? Refused($"{s.Id} can't be confirmed as off: {contradiction}. Cut its power first, then confirm.")
            : Emit(Prove(s, s.Attempt + 1, ProofKind.Acknowledged, [], $"confirmed by {a.By.Who}: {a.By.Reason}", a.By, a.At));

    private static Fenced Prove(HypervisorState s, int attempt, ProofKind proof, ImmutableArray<string> devices, string evidence, OperatorAct? by, DateTimeOffset at) =>
        new(s.Id, s.Incident!.Value, attempt, proof, devices, evidence, by, s.DownAt is { } down ? (long)(at - down).TotalMilliseconds : 0, at);

    /// <summary>The same devices with the same causes are told once an incident; what they say in detail may differ each time.</summary>
    private static bool IsNews(HypervisorState s, FailFence f) =>
        f.Cause != s.LastFailure || !f.Devices.Select(d => (d.Device, d.Cause)).SequenceEqual(s.LastFailures.Select(d => (d.Device, d.Cause)));

    /// <summary>While it stays down only what changes its class, or breaks a run of passes, is worth a row in the journal.</summary>
    private static bool IsNews(HypervisorState s, RecordMiss m) =>
        s.Passes > 0 || Miss(s, m).Failing != s.Failing || (m.Class == MissClass.Unreachable && s.UnreachableInARow < m.Policy.FailureThreshold) || (m.Class == MissClass.Degraded && s.UnreachableInARow > 0);
}
