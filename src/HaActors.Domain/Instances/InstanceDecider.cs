using Verdict = HaActors.Domain.Decision<HaActors.Domain.Instances.IInstanceEvent>;

namespace HaActors.Domain.Instances;

/// <summary>
/// The state machine of an instance: one method a phase, each naming every command. Pure: no clock, no I/O. The other halves of this class hold
/// what an incident asks, what the destination answers and what agents report.
/// </summary>
public static partial class InstanceDecider
{
    /// <summary>Refusals because the disk image is locked go on for this long before a person is asked (SAFETY 25).</summary>
    public static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(3);

    /// <summary>After that it is looked at again at this pace, one start at a time.</summary>
    public static readonly TimeSpan LockIsLookedAt = TimeSpan.FromMinutes(2);

    /// <summary>An instance that is gone from its place, and that nobody else reports, is told after this time: a migration is seen from both sides within a minute.</summary>
    public static readonly TimeSpan GoneIsTold = TimeSpan.FromSeconds(45);

    /// <summary>A wait of the same kind whose words changed is told again after this time at the earliest.</summary>
    public static readonly TimeSpan WaitIsTold = TimeSpan.FromMinutes(15);

    /// <summary>A wait of any kind is told once more, as overdue, after this.</summary>
    public static readonly TimeSpan OverdueAfter = TimeSpan.FromMinutes(15);

    public static Verdict Decide(InstanceStatus s, IInstanceCommand command)
    {
        var verdict = command is RemindOfWait remind ? Remind(s, remind) : command is TellGone gone ? Gone(s, gone) : s.Phase switch
        {
            InstancePhase.Resting => WhileResting(s, command),
            InstancePhase.Recovering => WhileRecovering(s, command),
            InstancePhase.Starting => WhileStarting(s, command),
            InstancePhase.Cancelling => WhileCancelling(s, command),
            InstancePhase.Stuck => WhileStuck(s, command),
            _ => throw new InvalidOperationException($"{s.Id}: phase {s.Phase} has no rules."),
        };
        return verdict is Verdict.Accepted { Events: var events } ? new Verdict.Accepted(WithPlace(s, events, command.At)) : verdict;
    }

    /// <summary>No incident concerns it.</summary>
    private static Verdict WhileResting(InstanceStatus s, IInstanceCommand command) => command switch
    {
        SetPolicy p => Policy(s, p),
        RecordSight x => Seen(s, x),
        RecordLook l => Looked(s, l),
        Recover r => Begin(s, r),
        RecordCancel { Present: true } c => Ignored($"present on {c.Hypervisor}"),
        RecordCancel c when c.Hypervisor == s.Place => Ignored($"{c.Hypervisor} is its place"),
        RecordCancel c => Remove(s, c),
        SettleReturn r => Revive(s, r),
        RecordManaged m => Managed(s, m),
        ReleaseGuard g => Release(s, g),
        WaiveGuard => Refused($"{s.Id} waits for nothing: no incident concerns it. There is nothing to say of who can't start it."),
        WaitFor or RequestStart => Ignored("no incident concerns it"),
        RecordRunYes or RecordRunNo or RecordRunUnknown or RecordDestinationOff => Ignored("no start is under way"),
        OrderCancel c => Refused($"{s.Id} waits for nothing in incident {c.Incident}; there is nothing to cancel."),
        Retry => Refused($"{s.Id} waits for nothing: no incident concerns it. There is nothing to retry."),
        _ => Unnamed(s, command),
    };

    /// <summary>An end is owed; nothing was sent that could start it.</summary>
    private static Verdict WhileRecovering(InstanceStatus s, IInstanceCommand command) => command switch
    {
        SetPolicy { Policy.HaEnabled: false } p when s.Policy.HaEnabled => Emit(Set(s, p), Over(s, InstanceEnd.Left, "it was opted out while it waited", p.At)),
        SetPolicy p => Policy(s, p),
        RecordSight x => SeenWhileOwed(s, x),
        RecordLook l => LookedWhileOwed(s, l),
        Recover r when r.Incident == s.Recovery!.Incident => AskedAgain(s, r),
        Recover r => AskedByAnother(s, r),
        WaitFor w => Wait(s, w),
        RequestStart r => Start(s, r),
        RecordCancel { Present: true } c => Ignored($"present on {c.Hypervisor}"),
        RecordCancel c => Remove(s, c),
        SettleReturn r => Revive(s, r),
        RecordManaged m => Managed(s, m),
        ReleaseGuard => Ignored("an incident concerns it"),
        WaiveGuard w => Waive(s, w),
        OrderCancel c when c.Incident == s.Recovery!.Incident => Emit(Over(s, InstanceEnd.Cancelled, $"cancelled by {c.Who}: {c.Reason}", c.At)),
        OrderCancel c => Refused($"{s.Id} is in incident {s.Recovery!.Incident}, not in {c.Incident}."),
        RecordRunYes or RecordRunNo or RecordRunUnknown or RecordDestinationOff => Ignored("no start is under way"),
        Retry { Who: not null } when s.Recovery!.Wait is { Wait: InstanceWait.Guard } wait => Refused($"{s.Id} is not started, for {wait.Reason}."),
        Retry => Ignored("is being tried"),
        _ => Unnamed(s, command),
    };

    /// <summary>The intent is stored; <c>run</c> may have been sent, so the destination is treated as running it.</summary>
    private static Verdict WhileStarting(InstanceStatus s, IInstanceCommand command) => command switch
    {
        SetPolicy p => Policy(s, p),
        RecordSight x => SeenWhileStarting(s, x),
        RecordLook l => LookedWhileStarting(s, l),
        Recover r when r.Incident == s.Recovery!.Incident => Ignored("a start is under way"),
        Recover r => AskedByAnother(s, r),
        WaitFor w => Wait(s, w with { Wait = w.Wait == InstanceWait.Person ? InstanceWait.Start : w.Wait }),
        RecordRunYes y when y.Epoch == s.Attempt!.Epoch => Emit(Started(s, y.Already ? "its agent had started it before" : "its agent said yes", y.At)),
        RecordRunNo n when n.Epoch == s.Attempt!.Epoch => Emit(new StartRefused(s.Id, n.Epoch, s.Attempt.Destination, n.Code, n.Message, n.Holder, n.At)),
        RecordRunUnknown u when u.Epoch == s.Attempt!.Epoch => Emit(new StartUnanswered(s.Id, u.Epoch, s.Attempt.Destination, u.Message, u.At)),
        RecordRunYes or RecordRunNo or RecordRunUnknown => Ignored($"of another epoch than {s.Attempt!.Epoch}"),
        RecordCancel { Present: true } c => Ignored($"present on {c.Hypervisor}"),
        RecordCancel c when c.Hypervisor == s.Attempt!.Destination => Ignored("its start is under way"),
        RecordCancel c => Remove(s, c),
        SettleReturn r => Revive(s, r),
        RecordManaged m => Managed(s, m),
        ReleaseGuard => Ignored("a start is under way"),
        WaiveGuard w => Waive(s, w),
        OrderCancel c => Order(s, c),
        RequestStart => Ignored("a start is under way"),
        RecordDestinationOff => Ignored("the start has no answer yet"),
        Retry => Ignored("is being tried"),
        _ => Unnamed(s, command),
    };

    /// <summary>It may run on the destination. Only that agent's durable word, its proof of off, or its own incident leads on.</summary>
    private static Verdict WhileCancelling(InstanceStatus s, IInstanceCommand command) => command switch
    {
        SetPolicy p => Policy(s, p),
        RecordSight x => SeenWhileStarting(s, x),
        RecordLook l => LookedWhileStarting(s, l),
        Recover r when r.Incident == s.Recovery!.Incident => Ignored("whether its destination runs it is not known yet"),
        Recover r => AskedByAnother(s, r),
        WaitFor w => Wait(s, w with { Wait = w.Wait == InstanceWait.Person ? InstanceWait.Start : w.Wait }),
        RecordRunYes y when y.Epoch == s.Attempt!.Epoch => Emit(Started(s, "its agent said yes, late", y.At)),
        RecordRunYes or RecordRunNo or RecordRunUnknown => Ignored("the start was answered, or given up, before"),
        RecordCancel { Present: true } c => Ignored($"present on {c.Hypervisor}"),
        RecordCancel c when c.Hypervisor != s.Attempt!.Destination => Remove(s, c),
        RecordCancel c when c.RefusedUpTo < s.Attempt!.Epoch => Ignored($"refused up to {c.RefusedUpTo} only"),
        RecordCancel c => NotThere(s, Removed(s, c), c.At),
        RecordDestinationOff o when o.Hypervisor == s.Attempt!.Destination => NotThere(s, new MemberSuspended(s.Id, o.Hypervisor, o.Proof, o.At), o.At),
        RecordDestinationOff o => Ignored($"{o.Hypervisor} is not its destination"),
        SettleReturn r => Revive(s, r),
        RecordManaged m => Managed(s, m),
        ReleaseGuard => Ignored("whether its destination runs it is not known yet"),
        WaiveGuard w => Waive(s, w),
        OrderCancel c => Order(s, c),
        RequestStart => Ignored("whether its last destination runs it is not known yet"),
        Retry => Ignored("is being tried"),
        _ => Unnamed(s, command),
    };

    /// <summary>Nothing is tried until somebody acts.</summary>
    private static Verdict WhileStuck(InstanceStatus s, IInstanceCommand command) => command switch
    {
        SetPolicy { Policy.HaEnabled: false } p when s.Policy.HaEnabled => Emit(Set(s, p), Over(s, InstanceEnd.Left, "it was opted out while it waited", p.At)),
        SetPolicy p when Tries(p.Policy) != Tries(s.Policy) => Emit(Set(s, p), new RecoveryResumed(s.Id, s.Recovery!.Incident, s.Recovery.Failed, "its policy was changed", null, p.At)),
        SetPolicy p => Policy(s, p),
        RecordSight x => SeenWhileOwed(s, x),
        RecordLook l => LookedWhileOwed(s, l),
        Recover { EvacuationEnabled: false } r when r.Incident == s.Recovery!.Incident => AskedAgain(s, r),
        Recover r when r.Incident == s.Recovery!.Incident => Ignored("waits for a person"),
        Recover r => AskedByAnother(s, r),
        Retry r => Emit(new RecoveryResumed(s.Id, s.Recovery!.Incident, s.Recovery.Failed, r.Why, r.Who, r.At, r.StillLocked)),
        RecordCancel { Present: true } c => Ignored($"present on {c.Hypervisor}"),
        RecordCancel c => Remove(s, c),
        SettleReturn r => Revive(s, r),
        RecordManaged m => Managed(s, m),
        ReleaseGuard => Ignored("waits for a person"),
        WaiveGuard w => Waive(s, w),
        OrderCancel c when c.Incident == s.Recovery!.Incident => Emit(Over(s, InstanceEnd.Cancelled, $"cancelled by {c.Who}: {c.Reason}", c.At)),
        OrderCancel c => Refused($"{s.Id} is in incident {s.Recovery!.Incident}, not in {c.Incident}."),
        WaitFor or RequestStart => Ignored("waits for a person"),
        RecordRunYes or RecordRunNo or RecordRunUnknown or RecordDestinationOff => Ignored("no start is under way"),
        _ => Unnamed(s, command),
    };

    private static Verdict Policy(InstanceStatus s, SetPolicy p) =>
        p.Name == s.Name && p.Location == s.Location && p.Policy == s.Policy ? Ignored("as before") : Emit(Set(s, p));

    private static InstancePolicySet Set(InstanceStatus s, SetPolicy p) => new(s.Id, p.Name, p.Location, p.Policy, p.At);

    private static (bool, int) Tries(InstancePolicy policy) => (policy.HaEnabled, policy.MaxRestartAttempts);

    private static Verdict Managed(InstanceStatus s, RecordManaged m) =>
        s.Told == (m.Hypervisor, m.Managed, m.MayStart) ? Ignored("told before") : Emit(new ManagedTold(s.Id, m.Hypervisor, m.Managed, m.MayStart, m.At));

    private static Verdict Release(InstanceStatus s, ReleaseGuard g) => s.Guarded.Contains(g.Hypervisor) ? Emit(new GuardReleased(s.Id, g.Hypervisor, g.At)) : Ignored("has no guard");

    private static Verdict Waive(InstanceStatus s, WaiveGuard w) =>
        !s.MayRun.ContainsKey(w.Hypervisor) ? Refused($"{w.Hypervisor} is not in the may-run set of {s.Id} ({string.Join(", ", s.MayRun.Keys)}): nothing waits for a word about it. Look at its explanation.")
        : s.Guarded.Contains(w.Hypervisor) ? Refused($"The agent of {w.Hypervisor} has it written down that a boot must not start {s.Id}: nothing waits for your word. What it waits for is in its explanation.")
        : s.Waived.Contains(w.Hypervisor) ? Ignored("has your word")
        : Emit(new GuardWaived(s.Id, s.Recovery!.Incident, s.Recovery.Failed, w.Hypervisor, w.Who, w.Why, w.At));

    private static Verdict Remove(InstanceStatus s, RecordCancel c) => s.MayRun.ContainsKey(c.Hypervisor) ? Emit(Removed(s, c)) : Ignored($"{c.Hypervisor} is not in its may-run set");

    private static MemberRemoved Removed(InstanceStatus s, RecordCancel c) => new(s.Id, c.Hypervisor, c.RefusedUpTo, c.BootId, c.At);

    private static Verdict Order(InstanceStatus s, OrderCancel c) => c.Incident != s.Recovery!.Incident
        ? Refused($"{s.Id} is in incident {s.Recovery.Incident}, not in {c.Incident}.")
        : s.Recovery.CancelOrder is null ? Emit(new CancelOrdered(s.Id, c.Incident, c.Who, c.Reason, c.At)) : Ignored("ordered before");

    private static Verdict Wait(InstanceStatus s, WaitFor w)
    {
        var r = s.Recovery!;
        return r.Wait is { } told && told.Wait == w.Wait && (told.Reason == w.Reason || w.At - told.Since < WaitIsTold)
            ? Ignored("waits as before")
            : Emit(new WaitBegan(s.Id, r.Incident, r.Failed, w.Wait, w.Reason, IsNews(r, w.Wait, w.At), w.At));
    }

    /// <summary>Told before in this form less than 15 min ago is no news.</summary>
    private static bool IsNews(OpenRecovery r, InstanceWait wait, DateTimeOffset at) => r.Told is not { } last || last.Wait != wait || at - last.At >= WaitIsTold;

    private static Verdict Remind(InstanceStatus s, RemindOfWait r)
    {
        if (!IsOverdue(s, r.At))
        {
            return Ignored("nothing is overdue");
        }
        var now = s.Recovery!;
        var (wait, reason) = r.Live is { } live ? live
            : now.Wait is { } told ? (told.Wait, told.Reason)
            : s.Attempt is { } attempt ? (InstanceWait.Start, $"whether its start on {attempt.Destination} worked is not known")
            : (InstanceWait.Start, "it is tried again and again");
        return Emit(new WaitOverdue(s.Id, now.Incident, now.Failed, wait, reason, Since(s)!.Value, r.At));
    }
    /// <summary>It has waited for 15 min, and nobody was told yet that this is long.</summary>
    public static bool IsOverdue(InstanceStatus s, DateTimeOffset now) => s.Recovery is { OverdueTold: false } && Since(s) is { } since && now - since >= OverdueAfter;
    private static DateTimeOffset? Since(InstanceStatus s) => s.Recovery?.WaitingSince ?? s.Attempt?.Since ?? s.Recovery?.Since;
    private static RecoveryEnded Over(InstanceStatus s, InstanceEnd end, string reason, DateTimeOffset at, HypervisorId? destination = null) =>
        new(s.Id, s.Recovery!.Incident, s.Recovery.Failed, end, destination, reason, at);

    /// <summary>The read model learns place, epoch and may-run set from one event, whatever changed them.</summary>
    private static IReadOnlyList<IInstanceEvent> WithPlace(InstanceStatus s, IReadOnlyList<IInstanceEvent> events, DateTimeOffset at)
    {
        var after = events.Aggregate(s, (state, e) => state.Apply(e));
        var runs = events.Any(e => e is InstanceStarted);
        return after.Place is not { } place || (!runs && after.Place == s.Place && after.Epoch == s.Epoch && after.MayRun.Keys.SequenceEqual(s.MayRun.Keys))
            ? events
            : [.. events, new PlaceRecorded(s.Id, place, after.Epoch, [.. after.MayRun.Keys], at, runs)];
    }

    private static Verdict Emit(params IInstanceEvent[] events) => new Verdict.Accepted(events);

    private static Verdict Ignored(string because) => new Verdict.Ignored(because);

    private static Verdict Refused(string because) => new Verdict.Refused(because);

    private static Verdict Unnamed(InstanceStatus s, IInstanceCommand command) =>
        throw new InvalidOperationException($"{s.Id}: {s.Phase} does not name {command.GetType().Name}.");
}
