using System.Globalization;
using HaActors.Domain.EventLog;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Gate;

/// <summary>
/// May the power of this hypervisor be cut now? Pure: a chain of named checks over facts that were gathered before. Three parts: what concerns the candidate and
/// this master; what there is to gain; and what concerns the fleet.
/// </summary>
public static partial class FenceGate
{
    /// <summary>A journal heartbeat older than this is no evidence that a fence request could be stored.</summary>
    public static readonly TimeSpan JournalFresh = GatePolicy.FactsFresh;

    private delegate GateDecision.Withheld? Check(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now);

    /// <summary>In the order of <see cref="GateChecks.InOrder"/>.</summary>
    private static readonly Check[] Chain =
    [
        IsArmed, NotInMaintenance, EvacuationIsEnabled, SomethingToGain, SomethingIsGuarded, HasFenceDevice, QuietPeriodIsOver, ColdStartIsOver, SweptWhole, ItIsNotMe, JournalIsWritable,
        NoticeIsOver, DegradedForLong, NoCommonCause, NobodySeesItPass, NoStorm, WindowIsOpen, LastProbeMissed, NotOnlyObserving,
    ];

    public static GateDecision Decide(FenceCandidate candidate, GateEvidence evidence, GatePolicy policy, DateTimeOffset now)
    {
        foreach (var check in Chain)
        {
            if (check(candidate, evidence, policy, now) is { } no)
            {
                return no;
            }
        }

        return Permit(candidate, evidence);
    }

    private static GateDecision.Withheld? IsArmed(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => e.ArmedState is { } disarmed
        ? No(GateChecks.Armed, $"Fence of {c.Id} withheld: HA is disarmed ({disarmed}). Arm it to let it act.", "when HA is armed")
        : null;

    private static GateDecision.Withheld? NotInMaintenance(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => c.Maintenance && !c.Order
        ? No(GateChecks.Maintenance, $"Fence of {c.Id} withheld: it is in maintenance. Resume it, or order its fence.", "when it is resumed")
        : null;

    private static GateDecision.Withheld? EvacuationIsEnabled(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => !c.Policy.EvacuationEnabled && !c.Order
        ? No(GateChecks.EvacuationEnabled, $"Fence of {c.Id} withheld: evacuation is disabled for it, so cutting its power would gain nothing. Its instances stay where they are.", "when evacuation is enabled for it")
        : null;

    private static GateDecision.Withheld? HasFenceDevice(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) =>
        c.Device is null ? No(GateChecks.FenceDevice, $"Fence of {c.Id} withheld: it has no fence device. Register its BMC, or cut its power by hand and confirm it.", "when a fence device is registered")
        // No order passes this: which machine a device cuts is no question of haste. A person decides it by test-ipmi.
        : c.DeviceProblem is { } problem
            ? No(GateChecks.FenceDevice, $"Fence of {c.Id} withheld: {c.Device} is no fence path now: {problem}. Check which machine that BMC belongs to, then test it.", "when the device is a fence path again")
        : null;

    private static GateDecision.Withheld? QuietPeriodIsOver(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) =>
        c.Order || (e.SinceLeader >= p.QuietPeriod && e.Sweeps >= p.QuietSweeps)
            ? null
            : No(GateChecks.QuietPeriod, Text($"Fence of {c.Id} waits: this master leads since {e.SinceLeader.TotalSeconds:F0} s and {e.Sweeps} sweeps; it looks around for {p.QuietPeriod.TotalSeconds:F0} s and {p.QuietSweeps} sweeps first."),
                Text($"after {p.QuietSweeps} sweeps"), now + Left(p.QuietPeriod - e.SinceLeader), true);

    private static GateDecision.Withheld? ColdStartIsOver(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) =>
        c.Order || !e.ColdStart || c.SeenPassing || e.SinceLeader >= p.ColdStartGrace
            ? null
            : No(GateChecks.ColdStart, Text($"Fence of {c.Id} withheld: the masters started {e.SinceLeader.TotalSeconds:F0} s ago and have not seen it pass yet; after a cold start it has {p.ColdStartGrace.TotalMinutes:F0} min to come up. Order its fence if it is surely dead."),
                "after the grace of a cold start", now + Left(p.ColdStartGrace - e.SinceLeader));

    private static GateDecision.Withheld? SweptWhole(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => e.Sweeps >= 1
        ? null
        : No(GateChecks.WholeSweep, $"Fence of {c.Id} waits: this master has not finished its first sweep.", "after the first sweep", transient: true);

    /// <summary>An order does not pass it: a master that is cut off would have everybody else prove its own deafness.</summary>
    private static GateDecision.Withheld? ItIsNotMe(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (!p.Witnesses.IsEmpty && !e.Witnesses.Any(w => w.Answered))
        {
            var said = e.Witnesses.IsEmpty ? "none answered in time" : string.Join("; ", e.Witnesses.Take(5).Select(w => $"{w.Name}: {w.Detail ?? "no answer"}"));
            return No(GateChecks.IsItMe, $"Fence of {c.Id} withheld: no witness answers this master ({said}), so it may be the master that is cut off, not {c.Id}. Mend its network, or correct HaActors:Gate:Witnesses.", "when a witness answers");
        }

        return e.MastersUnreachable.IsEmpty
            ? null
            : No(GateChecks.IsItMe, $"Fence of {c.Id} withheld: this master can't reach {string.Join(", ", e.MastersUnreachable.Take(5))}, and it is not decided yet which of them goes on.", "when the masters see each other again, or one of them is removed");
    }

    private static GateDecision.Withheld? JournalIsWritable(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => e.JournalAge is { } age && age <= JournalFresh
        ? null
        : No(GateChecks.JournalWritable, $"Fence of {c.Id} withheld: the journal could not be written just now, and what is not written is not done. Check the database.", "when the journal takes a row", transient: true);

    private static GateDecision.Withheld? NoticeIsOver(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => c.Order || c.NoticeUntil is not { } until || until <= now
        ? null
        : No(GateChecks.ShutdownNotice, Text($"Fence of {c.Id} withheld: its agent told that the host is being shut down or rebooted in order. It has until {until:HH:mm:ss} UTC to come back; then it counts as failed. Order its fence if its instances must not wait."),
            "after the grace of its notice", until);

    private static GateDecision.Withheld? DegradedForLong(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order || c.Failing != MissClass.Degraded)
        {
            return null;
        }

        var since = c.FailingSince is { } first ? now - first : TimeSpan.Zero;
        return since >= p.DegradedGrace
            ? null
            : No(GateChecks.DegradedGrace, Text($"Fence of {c.Id} withheld: only its agent or libvirt is silent, so its instances probably run. It has until {c.FailingSince + p.DegradedGrace:HH:mm:ss} UTC ({p.DegradedGrace.TotalMinutes:F0} min of grace). Look at the agent there, or order its fence."),
                "after its grace", (c.FailingSince ?? now) + p.DegradedGrace);
    }

    private static GateDecision.Withheld? LastProbeMissed(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => e.LastProbe switch
    {
        _ when c.Order => null,
        null => No(GateChecks.LastProbe, $"Fence of {c.Id} waits: its last probe did not come back in time.", "at the next probe", transient: true),
        { Passed: true } => No(GateChecks.LastProbe, $"Fence of {c.Id} withheld: it answered just now.", "when it misses a probe again", transient: true),
        { Health: HealthFinding.WrongHost } w => No(GateChecks.LastProbe, $"Fence of {c.Id} withheld: another host answers at its address ({w.Detail}). Correct its agent URL.", "when no other host answers at its address"),
        _ => null,
    };

    /// <summary>The last check, so that what it tells is what would have been done: every other one has passed. It holds orders too: here nothing is touched.</summary>
    private static GateDecision.Withheld? NotOnlyObserving(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => c.Policy.ObserveOnly
        ? No(
            GateChecks.ObserveOnly,
            Text($"Would have fenced {c.Id} over {c.Device} and moved its {Amounts.Of(c.ToGain, "instance")}, but only observes: {(c.Order ? "an operator ordered it" : c.Failing == MissClass.Degraded ? "degraded past its grace" : "unreachable")}{(c.FailingSince is { } since ? $" since {since:HH:mm:ss} UTC" : "")}; {e.Location.Count(GateRules.IsFailing)} of {e.Location.Count(GateRules.Counts)} hypervisors of {c.Location} {(e.Location.Count(GateRules.IsFailing) == 1 ? "fails" : "fail")} (limit {p.StormPercent} %); the last probe {(e.LastProbe is { Passed: true } ? "passed" : $"missed ({e.LastProbe?.Detail ?? "no answer"})")}; the journal is writable. Switch observeOnly off to let it act."),
            "when observeOnly is switched off")
        : null;

    private static GateDecision.Withheld No(string check, string reason, string when, DateTimeOffset? at = null, bool transient = false) =>
        new(check, reason, transient, new AskedAgain(at, when));

    private static TimeSpan Left(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
