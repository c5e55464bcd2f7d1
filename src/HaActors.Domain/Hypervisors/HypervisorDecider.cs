using HaActors.Domain.Probing;
using Verdict = HaActors.Domain.Decision<HaActors.Domain.Hypervisors.IHypervisorEvent>;

namespace HaActors.Domain.Hypervisors;

/// <summary>
/// The state machine of a hypervisor: one method a state, each naming every command. Pure: no clock, no I/O; the same answer for the same question.
/// The states that cut power and hold its proof are in the other half of this class.
/// </summary>
public static partial class HypervisorDecider
{
    /// <summary>Passes in a row that take a hypervisor that is down back without a fence.</summary>
    public const int PassesToRecover = 2;

    /// <summary>An incident without a proof is told once more, as overdue, after this.</summary>
    public static readonly TimeSpan OverdueAfter = TimeSpan.FromMinutes(15);

    /// <summary>Passes in a row that a returning hypervisor needs before it is in service.</summary>
    public const int PassesToReturn = 3;

    /// <summary>A hypervisor that gave notice of its shutdown is not fenced by itself for this long after it.</summary>
    public static readonly TimeSpan NoticeGrace = TimeSpan.FromMinutes(10);

    public static Verdict Decide(HypervisorState s, IHypervisorCommand command) => command switch
    {
        SetMaintenance m when m.On == s.Maintenance => Ignored(m.On ? "already in maintenance" : "not in maintenance"),
        SetMaintenance { On: true } m => Emit(new MaintenanceOn(s.Id, m.By, m.At)),
        SetMaintenance m => Emit(new MaintenanceOff(s.Id, m.By, m.At)),
        ForgetIdentity f => Forget(s, f),
        Release when s.QuarantinedUntil is null => Ignored("not in quarantine"),
        Release r => Emit(new Released(s.Id, r.By, r.At)),
        TakeNotice n => Notice(s, n),
        SeeWrongHost when s.WrongHost => Ignored("told before"),
        SeeWrongHost w => Emit(new WrongHostSeen(s.Id, w.Detail, w.At)),
        RecordPass p when s.WrongHost => With(new WrongHostGone(s.Id, p.At), Decide(s with { WrongHost = false }, p)),
        CancelIncident c => Cancel(s, c),
        RemindOfFence r => Remind(s, r),
        RemindOfReturn r => IsReturnOverdue(s, r.For) ? Emit(new ReturnOverdue(s.Id, s.Incident, r.Reason, s.Since ?? r.At, r.At)) : Ignored("nothing is overdue"),
        SeeDeviceOn or ContradictDevice or RecordIdentity or RecordCheck or RecordShared or AcceptDevice or KeepDevices => OfDevice(s, command),
        SendPowerOn p => PowerOn(s, p),
        RecordPass { AfterNotice: true } p when s.Notice is { } notice && notice.BootId == p.BootId =>
            With(new NoticeWithdrawn(s.Id, p.At), Decide(s with { Notice = null }, p with { AfterNotice = false })),
        RecordPass p when PingNews(s, p) is { } news => With(news, Decide(s.Apply(news), p with { PingGone = false })),
        RecordPass p when AgentNews(s, p) is { } news => With(news, Decide(s.Apply(news), p)),
        _ => s.Phase switch
        {
            HypervisorPhase.Unknown => WhileUnknown(s, command),
            HypervisorPhase.Healthy => WhileHealthy(s, command),
            HypervisorPhase.Suspect => WhileSuspect(s, command),
            HypervisorPhase.Down => WhileDown(s, command),
            HypervisorPhase.Fencing => WhileFencing(s, command),
            HypervisorPhase.FenceFailed => WhileFenceFailed(s, command),
            HypervisorPhase.Fenced => WhileFenced(s, command),
            HypervisorPhase.Evacuating => WhileEvacuating(s, command),
            HypervisorPhase.Evacuated => WhileEvacuated(s, command),
            HypervisorPhase.Returning => WhileReturning(s, command),
            _ => throw new InvalidOperationException($"{s.Id}: phase {s.Phase} has no rules."),
        },
    };

    /// <summary>Nothing is known of it, so nothing is done to it.</summary>
    private static Verdict WhileUnknown(HypervisorState s, IHypervisorCommand command) => command switch
    {
        // It was changed after its instances had moved: they are settled before anything may start there, whoever answers now.
        RecordPass p when s.NeedsClearing => Emit(new ReturnStarted(s.Id, p.HypervisorUuid, p.BootId, p.At)),
        RecordPass p => Emit(new FirstSeen(s.Id, p.HypervisorUuid, p.BootId, p.At, p.AgentVersion)),
        RecordMiss m when s.NeverSeenTold => Ignored($"never seen; {m.Detail}"),
        RecordMiss m when s.Misses + 1 >= m.Policy.FailureThreshold => Emit(Miss(s, m), new NeverSeen(s.Id, m.Detail, m.At)),
        RecordMiss m => Emit(Miss(s, m)),
        OrderFence => Refused($"{s.Id} has never answered since it was registered or its address changed, so it is not known to be that machine. If it must be off, use its BMC by hand."),
        Acknowledge => Refused($"{s.Id} is not down; there is nothing to confirm."),
        GrantPermit or WithholdPermit or IssueOff or ResumeFence or ProveOff or FailFence or ExpireFence or TakeBack => Ignored("never seen, so never fenced"),
        StartEvacuation or SettleEvacuation or ObserveProof or VoidProof or AcceptReturn => Ignored("never fenced"),
        ConfirmCleared => Ignored("not returning"),
        CloseIncident c => Close(s, c),
        _ => Unnamed(s, command),
    };

    private static Verdict WhileHealthy(HypervisorState s, IHypervisorCommand command) => command switch
    {
        RecordPass p when IsNewBoot(s, p.BootId) => RebootOrNote(s, p),
        RecordPass => Ignored("healthy as before"),
        RecordMiss m => MissOrDown(s, m),
        OrderFence o => Emit(Declare(s, s.Misses, MissClass.Unreachable, $"fence ordered by {o.By.Who}", o.By, o.At)),
        Acknowledge => Refused($"{s.Id} answers; there is nothing to confirm. If it must go, order its fence."),
        GrantPermit or WithholdPermit or IssueOff or ResumeFence or ProveOff or FailFence or ExpireFence or TakeBack => Ignored("healthy, so not fenced"),
        StartEvacuation or SettleEvacuation or ObserveProof or VoidProof or AcceptReturn => Ignored("healthy, nothing to move"),
        ConfirmCleared => Ignored("not returning"),
        CloseIncident c => Close(s, c),
        _ => Unnamed(s, command),
    };

    private static Verdict WhileSuspect(HypervisorState s, IHypervisorCommand command) => command switch
    {
        RecordPass p when IsNewBoot(s, p.BootId) => RebootOrNote(s, p),
        RecordPass p => Emit(new Recovered(s.Id, s.Misses, p.At)),
        RecordMiss m => MissOrDown(s, m),
        OrderFence o => Emit(Declare(s, s.Misses, s.Failing ?? MissClass.Unreachable, $"fence ordered by {o.By.Who}", o.By, o.At)),
        Acknowledge => Refused($"{s.Id} is not down yet ({s.Misses} misses); there is nothing to confirm."),
        GrantPermit or WithholdPermit or IssueOff or ResumeFence or ProveOff or FailFence or ExpireFence or TakeBack => Ignored("not down"),
        StartEvacuation or SettleEvacuation or ObserveProof or VoidProof or AcceptReturn => Ignored("not down"),
        ConfirmCleared => Ignored("not returning"),
        CloseIncident c => Close(s, c),
        _ => Unnamed(s, command),
    };

    /// <summary>Answers again after its instances were moved or it booted anew: healthy only when each is settled for this boot, and after three passes.</summary>
    private static Verdict WhileReturning(HypervisorState s, IHypervisorCommand command) => command switch
    {
        // Started here since it was cleared, and ended by yet another boot: no open incident asks for that any more, so it is a new one. An open one asks again by itself.
        RecordPass { HaActs: true } p when !s.IncidentOpen && s.ClearedBootId == s.BootId && IsNewBoot(s, p.BootId) => RebootOrNote(s, p),
        RecordPass p when p.BootId != s.BootId => Emit(new ReturnStarted(s.Id, p.HypervisorUuid, p.BootId, p.At)),
        RecordPass p when s.Passes + 1 >= PassesToReturn && s.ClearedBootId == s.BootId => Emit(Up(s, p.BootId, false, p.At)),
        RecordPass p when s.Passes < PassesToReturn => Emit(new ProbePassed(s.Id, s.Passes + 1, p.At)),
        RecordPass => Ignored("answers; its instances are being settled"),
        RecordMiss m => MissOrDown(s, m),
        ConfirmCleared c when c.BootId != s.BootId => Ignored("cleared for an earlier boot"),
        ConfirmCleared c when s.ClearedBootId == c.BootId => Ignored("cleared before"),
        ConfirmCleared c when s.Passes >= PassesToReturn => Emit(new Cleared(s.Id, c.BootId, c.At), Up(s, c.BootId, false, c.At)),
        ConfirmCleared c => Emit(new Cleared(s.Id, c.BootId, c.At)),
        OrderFence o => Emit(Declare(s, s.Misses, MissClass.Unreachable, $"fence ordered by {o.By.Who}", o.By, o.At)),
        Acknowledge => Refused($"{s.Id} answers; there is nothing to confirm."),
        GrantPermit or WithholdPermit or IssueOff or ResumeFence or ProveOff or FailFence or ExpireFence or TakeBack => Ignored("it is returning"),
        StartEvacuation or SettleEvacuation or ObserveProof or VoidProof or AcceptReturn => Ignored("it is returning"),
        // What was restarted under its last boot ended with that, and has not been asked again.
        CloseIncident when s.ClearedBootId != s.BootId => Ignored("its instances are being settled for this boot"),
        CloseIncident c => Close(s, c),
        _ => Unnamed(s, command),
    };

    private static Verdict MissOrDown(HypervisorState s, RecordMiss m)
    {
        var miss = Miss(s, m);
        if (miss.Misses < m.Policy.FailureThreshold || m.Silence < m.MinSilence)
        {
            return Emit(miss);
        }

        var down = Declare(s, miss.Misses, miss.Failing, m.Detail, null, m.At);
        return Flapping.After(s, down.Incident, m.At) is { } quarantined ? Emit(miss, down, quarantined) : Emit(miss, down);
    }

    private static DeclaredDown Declare(HypervisorState s, int misses, MissClass failing, string detail, OperatorAct? by, DateTimeOffset at) =>
        new(s.Id, new IncidentId(s.Id, s.IncidentNumber + 1), s.IncidentNumber + 1, misses, failing, detail, s.FirstMissAt ?? at, by, at);

    private static ProbeMissed Miss(HypervisorState s, RecordMiss m)
    {
        var misses = s.Misses + 1;
        var unreachable = m.Class == MissClass.Unreachable ? s.UnreachableInARow + 1 : 0;
        var failing = unreachable >= Math.Min(misses, m.Policy.FailureThreshold) ? MissClass.Unreachable : MissClass.Degraded;
        return new ProbeMissed(s.Id, misses, unreachable, failing, m.Detail, m.At);
    }

    private static Verdict RebootOrNote(HypervisorState s, RecordPass p)
    {
        if (!p.HaActs)
        {
            return Emit(new BootNoted(s.Id, s.BootId, p.BootId!, p.At));
        }

        var reboot = Reboot(s, p.BootId!, p.At);
        return !s.IncidentOpen && Flapping.After(s, reboot.Incident, p.At) is { } quarantined ? Emit(reboot, quarantined) : Emit(reboot);
    }

    private static Verdict Notice(HypervisorState s, TakeNotice n) =>
        s.HypervisorUuid != n.HypervisorUuid ? Refused($"{s.Id} is not known as host {n.HypervisorUuid}; a notice of shutdown counts only from the host that was seen before.")
        : s.BootId != n.BootId ? Ignored($"of boot {n.BootId}, which is not the one that answers")
        : s.Notice is not null ? Ignored("told before")
        : s.Phase is HypervisorPhase.Healthy or HypervisorPhase.Suspect or HypervisorPhase.Returning or HypervisorPhase.Down ? Emit(new ShutdownNoticed(s.Id, n.BootId, n.At))
        : Ignored($"it is {s.Phase}");

    private static Rebooted Reboot(HypervisorState s, string bootId, DateTimeOffset at)
    {
        var number = s.IncidentOpen ? s.IncidentNumber : s.IncidentNumber + 1;
        return new Rebooted(s.Id, new IncidentId(s.Id, number), number, s.BootId, bootId, at);
    }

    private static CameUp Up(HypervisorState s, string? bootId, bool closes, DateTimeOffset at) =>
        new(s.Id, s.IncidentNumber > 0 ? s.Incident : null, bootId, s.DownAt is { } down ? (long)(at - down).TotalMilliseconds : 0, closes, at);

    private static bool IsNewBoot(HypervisorState s, string? bootId) => bootId is not null && s.BootId is not null && bootId != s.BootId;

    private static PingEvidenceChanged? PingNews(HypervisorState s, RecordPass p) =>
        p.PingWorked && !s.PingIsEvidence ? new PingEvidenceChanged(s.Id, true, p.At)
        : p.PingGone && s.PingIsEvidence ? new PingEvidenceChanged(s.Id, false, p.At)
        : null;

    /// <summary>The first version that is told is no change, but for a host that was known before without one.</summary>
    private static AgentChanged? AgentNews(HypervisorState s, RecordPass p) => s.Phase != HypervisorPhase.Unknown && p.AgentVersion is { } told && told != s.AgentVersion
        ? new AgentChanged(s.Id, s.AgentVersion, told, p.At)
        : null;

    private static Verdict Forget(HypervisorState s, ForgetIdentity f) => s.IncidentOpen
        ? Refused($"{s.Id} has the open incident {s.Incident}; its address, agent and BMC can be changed when that has ended.")
        : s.Phase == HypervisorPhase.Unknown && s.Misses == 0
            ? Ignored("unknown already")
            : Emit(new BecameUnknown(s.Id, f.Reason, f.At));

    private static Verdict Cancel(HypervisorState s, CancelIncident c) =>
        !s.IncidentOpen || s.Incident != c.Incident ? Refused($"{c.Incident} is not open{(s is { IncidentOpen: true, Incident: { } open } ? $"; {open} is" : "")}. What has ended can't be cancelled.")
        : s.Cancelled is { } by ? Ignored($"{by.Who} cancelled it before")
        : Emit(new IncidentCancelled(s.Id, c.Incident, c.By, c.At));

    private static Verdict Remind(HypervisorState s, RemindOfFence r) =>
        IsOverdue(s, r.DownFor) ? Emit(new FenceOverdue(s.Id, s.Incident!.Value, r.Wait, r.Reason, s.DownAt!.Value, r.At)) : Ignored("nothing is overdue");

    /// <summary>No proof for 15 min, and nobody was told yet that this is long. An attempt that has just begun is let go on to its end first.</summary>
    public static bool IsOverdue(HypervisorState s, TimeSpan downFor) =>
        s is { IncidentOpen: true, OverdueTold: false, DownAt: not null, Phase: HypervisorPhase.Down or HypervisorPhase.Fencing or HypervisorPhase.FenceFailed }
            && downFor >= (s.Phase == HypervisorPhase.Fencing ? 2 * OverdueAfter : OverdueAfter);

    /// <summary>Answers for 15 min, some of its instances are not settled, and nobody was told yet that this is long.</summary>
    public static bool IsReturnOverdue(HypervisorState s, TimeSpan returningFor) =>
        s is { Phase: HypervisorPhase.Returning, ReturnOverdueTold: false } && s.ClearedBootId != s.BootId && returningFor >= OverdueAfter;

    private static Verdict Close(HypervisorState s, CloseIncident c) => s.IncidentOpen && s.Incident == c.Incident
        ? Emit(new IncidentClosed(s.Id, c.Incident, c.At, c.Total, s.Waiting > 0, s.DownAt is { } down ? (long)(c.At - down).TotalMilliseconds : 0))
        : Ignored($"{c.Incident} is not the open incident");

    private static Verdict With(IHypervisorEvent first, Verdict then) =>
        then is Verdict.Accepted { Events: var more } ? new Verdict.Accepted([first, .. more]) : new Verdict.Accepted([first]);

    private static Verdict Emit(params IHypervisorEvent[] events) => new Verdict.Accepted(events);

    private static Verdict Ignored(string because) => new Verdict.Ignored(because);

    private static Verdict Refused(string because) => new Verdict.Refused(because);

    private static Verdict Unnamed(HypervisorState s, IHypervisorCommand command) =>
        throw new InvalidOperationException($"{s.Id}: {s.Phase} has no rule for {command.GetType().Name}.");
}
