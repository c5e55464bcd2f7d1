using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Gate;

/// <summary>The checks that look at the other hypervisors of the location, and at what the other masters see.</summary>
public static partial class FenceGate
{
    /// <summary>Two sick agents at once, or sick ones after an upgrade, are sick for one reason, and their instances run.</summary>
    private static GateDecision.Withheld? NoCommonCause(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order || c.Failing != MissClass.Degraded)
        {
            return null;
        }

        // One that failed just now, and whose misses nobody has read yet, may be another of the same kind.
        var others = e.Location.Where(m => m.Id != c.Id && GateRules.IsFailing(m) && m.Failing != MissClass.Unreachable).Select(m => m.Id).ToArray();
        if (others.Length > 0)
        {
            return No(GateChecks.CommonCause, $"Fence of {c.Id} withheld: it is degraded, and so {(others.Length == 1 ? "is" : "are")} {Names(others)}; agents that fall silent together have one cause, and their instances probably run. Look at the agents, or order the fence of one.",
                $"when it is the only degraded one of {c.Location}");
        }

        var upgraded = e.Location.Where(m => m.AgentChangedAt is { } at && now - at < GatePolicy.UpgradeGrace).OrderBy(m => m.AgentChangedAt).ToArray();
        return upgraded is [.., var last]
            ? No(GateChecks.CommonCause, Text($"Fence of {c.Id} withheld: it is degraded, and the agents of {Names([.. upgraded.Select(m => m.Id)])} were upgraded within the last {GatePolicy.UpgradeGrace.TotalMinutes:F0} min, so the upgrade may be the cause. Look at its agent, or order its fence."),
                "an hour after the last upgrade", last.AgentChangedAt + GatePolicy.UpgradeGrace)
            : null;
    }

    /// <summary>Any master that has seen it pass within 10 s vetoes. No answer is no opinion. What this master's own probe found just now is the last check's.</summary>
    private static GateDecision.Withheld? NobodySeesItPass(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order)
        {
            return null;
        }

        foreach (var o in e.Opinions.Where(o => !o.IsThis))
        {
            if (o.Outcome is { Passed: true } || o.PassAge <= GatePolicy.FactsFresh)
            {
                return No(GateChecks.SecondOpinion, $"Fence of {c.Id} withheld: {o.Master} reaches it, so the way between this master and {c.Id} is broken, not {c.Id}. Look at the network between them.", "when no master has seen it pass for 10 s");
            }
        }

        return e.Opinions.FirstOrDefault(o => o is { IsThis: true, Outcome: not { Passed: true } } && o.PassAge <= GatePolicy.FactsFresh) is { } mine
            ? No(GateChecks.SecondOpinion, Text($"Fence of {c.Id} waits: it passed {mine.PassAge!.Value.TotalSeconds:F0} s ago."), "when no master has seen it pass for 10 s", now + Left(GatePolicy.FactsFresh - mine.PassAge!.Value), transient: true)
            : null;
    }

    private static GateDecision.Withheld? NoStorm(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order || (e.Override is { } word && word.Until > now))
        {
            return null;
        }

        var n = GateRules.Count(e.Location);
        if (GateRules.IsStorm(n, p))
        {
            return No(GateChecks.Storm, $"Fence of {c.Id} withheld: {n.Failing} of {n.Counted} hypervisors of {c.Location} are failing (limit {p.StormPercent} %). Likely the network or the site, not the hosts; asked again at the next sweep, or order the fence of one with a reason.",
                Text($"when at most {p.StormPercent} % of {c.Location} fail, and have for {p.StormCooldown.TotalMinutes:0.#} min"));
        }

        if (e.Storm is { } storm && (storm.BelowFor ?? TimeSpan.Zero) is var below && below < p.StormCooldown)
        {
            return No(GateChecks.Storm, Text($"Fence of {c.Id} withheld: {c.Location} has been in a storm since {storm.Since:HH:mm:ss} UTC; {n.Failing} of {n.Counted} hypervisors {(n.Failing == 1 ? "is" : "are")} failing now, and it is over when they stayed few for {p.StormCooldown.TotalMinutes:0.#} min. Order its fence if it is surely dead."),
                "after the cool-down of the storm", now + (p.StormCooldown - below));
        }

        // Those that fail already are counted; only one that was healthy can make it a storm.
        var unprobed = e.Location.Count(m => m.Id != c.Id && MayYetFail(m) && !m.Fresh);
        return unprobed == 0
            ? null
            : No(GateChecks.Storm, Text($"Fence of {c.Id} waits: {unprobed} of {n.Counted} hypervisors of {c.Location} could not be probed within {GatePolicy.FactsFresh.TotalSeconds:F0} s, so a storm can't be ruled out."), "when all of them were probed", transient: true);
    }

    /// <summary>Counted, and not failing as far as is known.</summary>
    public static bool MayYetFail(FleetMember m) => GateRules.Counts(m) && !GateRules.IsFailing(m);

    /// <summary>Only so many hypervisors of a location in a window: a slow cascade is never a storm, and is stopped here. Oldest first.</summary>
    private static GateDecision.Withheld? WindowIsOpen(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order || c.OffSent)
        {
            return null;
        }

        var limit = p.MaxFencesOf(e.Location.Count(m => m.HaEnabled));
        var counted = e.Fences.Where(f => f.Id != c.Id && (f.Age is not { } age || age < p.MaxFencesWindow)).ToArray();
        var position = 1 + e.Location.Count(m => m.Id != c.Id && m.WithheldBy == GateChecks.FenceWindow && m.Phase is HypervisorPhase.Down or HypervisorPhase.FenceFailed && IsOlder(m, c, now));
        if (position <= limit - counted.Length)
        {
            return null;
        }

        // It is its turn when as many have left the window as stand before it; those that have just been permitted leave last.
        var leaving = counted.Select(f => now + Left(p.MaxFencesWindow - (f.Age ?? TimeSpan.Zero))).Order().ToArray();
        var ahead = Math.Min(counted.Length - limit + position, leaving.Length);
        DateTimeOffset? turn = ahead > 0 ? leaving[ahead - 1] : null;
        var opens = turn is { } at ? Text($"the window opens for it at {at:HH:mm:ss} UTC") : "those before it go first";
        return No(GateChecks.FenceWindow, Text($"Fence of {c.Id} queued: {counted.Length} of at most {limit} hypervisors of {c.Location} are being fenced, or were in the last {p.MaxFencesWindow.TotalMinutes:0.#} min; it is number {position} in the queue, and {opens}. If they die one after the other, look for the cause; order the fence of one that can't wait."),
            Text($"as number {position} in the queue"), turn);
    }

    private static bool IsOlder(FleetMember m, FenceCandidate c, DateTimeOffset now) =>
        ((m.FailingSince ?? now), m.Id).CompareTo(((c.FailingSince ?? now), c.Id)) < 0;

    private static string Names(HypervisorId[] ids) =>
        ids.Length <= 5 ? string.Join(", ", ids) : $"{string.Join(", ", ids.Take(5))} and {ids.Length - 5} more";
}
