using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain.EventLog;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Placement;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Gate;

/// <summary>
/// May the power of this hypervisor be cut now? Pure: a chain of named checks over facts that were gathered before. This half asks what concerns the candidate and
/// this master; the other half asks what concerns the fleet.
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

        return new GateDecision.Permitted(candidate.Order ? null : PlaceFor(candidate, evidence.Location.Where(m => m is { HaEnabled: true, Maintenance: false, Phase: HypervisorPhase.Healthy, CanReceive: true } && m.Id != candidate.Id)));
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

    private static GateDecision.Withheld? SomethingToGain(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order)
        {
            return null;
        }

        if (c.ToGain == 0)
        {
            return No(GateChecks.AnythingToGain, $"Fence of {c.Id} withheld: no HA-enabled instance ran there, so cutting its power would gain nothing.", "when an instance that ran there is opted in");
        }

        var healthy = e.Location.Where(m => m.Id != c.Id && m is { HaEnabled: true, Maintenance: false, Phase: HypervisorPhase.Healthy }).ToList();
        var able = healthy.Where(m => m.CanReceive).ToList();
        var heard = c.ToGain - c.Unguarded.Length - c.Unheard.Length;
        // Of those that nothing guards the next check tells, and what nobody counted holds nothing up.
        if (able.Count > 0 && (c.Needs.IsDefault || heard == 0 || PlaceFor(c, able) is not null))
        {
            return null;
        }

        // Nothing of it starts elsewhere now, so an off would only end what still runs there unheard. Where the power is off already nothing does, and the proof is worth having, if somebody else
        // answers to compare with: a swapped BMC reads off, too.
        var comparable = e.Location.Any(m => m.Id != c.Id && m.Phase == HypervisorPhase.Healthy);
        if (comparable && c.ReadsOff == true)
        {
            return null;
        }

        var (reason, when) = able.Count == 0
            ? ($"no healthy hypervisor of {c.Location} could take its {Amounts.Of(c.ToGain, "instance")}. Bring one back, or add one", $"when a hypervisor of {c.Location} is healthy{(healthy.Exists(m => m.QuarantinedUntil is not null) ? " and out of quarantine" : "")}")
            : c.Needs.Any(n => able.Exists(m => m.Reaches(n)))
            ? ($"no healthy hypervisor of {c.Location} {(heard == 1 ? "has" : "that reaches their disks has")} room for {AnyOf(heard)} now, so cutting its power would gain nothing. Make room ({RoomNeeded(c, able)}), bring another one back, or add one", $"when a healthy hypervisor of {c.Location} has room")
            : ($"no healthy hypervisor of {c.Location} reaches all disks of {AnyOf(heard)}, so cutting its power would gain nothing. Mount the datastores there, or bring one back that has them", $"when a healthy hypervisor of {c.Location} reaches all disks of an instance of it");
        var waitsForReading = comparable && c.ReadsOff is null;
        return No(
            GateChecks.AnythingToGain,
            $"Fence of {c.Id} {(waitsForReading || !c.Unheard.IsEmpty ? "waits" : "withheld")}: {reason}{(able.Count == 0 ? "" : OrOrderIt(c))}.{OfTheOthers(c)}{InQuarantine(healthy)}{(waitsForReading ? " Its power is read first: if it is off, nothing can be lost by proving it." : "")}",
            when, transient: e.Sweeps == 0 || waitsForReading || !c.Unheard.IsEmpty);
    }

    /// <summary>Where one of its instances could start now, what is promised to others left out; null: nowhere, or nobody counted that.</summary>
    private static PromisedRoom? PlaceFor(FenceCandidate c, IEnumerable<FleetMember> able) => c.Needs.IsDefault ? null
        : able.SelectMany(m => c.Needs.Where(n => m.Reaches(n) && m.HasRoomFor(n)).Select(n => new PromisedRoom(m.Id, n))).FirstOrDefault();

    private static string AnyOf(int instances) => instances == 1 ? "its instance" : $"any of its {instances} instances";

    /// <summary>No number of what is free: it changes all the time, and this is told once.</summary>
    private static string RoomNeeded(FenceCandidate c, List<FleetMember> able)
    {
        var least = c.Needs.Where(n => able.Exists(m => m.Reaches(n))).MinBy(n => n.MemoryMiB)!;
        var largeEnough = able.Where(m => m.Reaches(least) && m.Load is { } load && Placer.Lacks(load with { Guests = 0, UsedMemoryMiB = 0, UsedVcpus = 0 }, least.MemoryMiB, least.Vcpus) is null).Select(m => m.Id).Order().Take(5).ToArray();
        return Text($"{(c.Needs.Length == 1 ? "it needs" : "the smallest needs")} {least.MemoryMiB + Placer.GuestOverheadMiB} MiB and {least.Vcpus} vCPU{(largeEnough.Length == 0 ? ", more than any of them has at all" : $" on {string.Join(" or ", largeEnough)}")}");
    }

    private static string OrOrderIt(FenceCandidate c) => c.Policy.ObserveOnly ? ""
        : c.Device is null ? "; it has no fence device, so cut its power by hand and confirm it"
        : c.DeviceProblem is { } problem ? $"; no order would help, for {c.Device} is no fence path now: {problem}"
        : "; or order its fence";

    private static string OfTheOthers(FenceCandidate c) => string.Concat(
        c.Unguarded.IsEmpty ? "" : $" And {Instances(c.Unguarded)} it may start by itself when it boots: if you know that it can't, say so (retry with cannotStartOn).",
        c.Unheard.IsEmpty ? "" : $" And whether it may start {Instances(c.Unheard)} by itself when it boots was not answered in time.");

    private static string InQuarantine(IEnumerable<FleetMember> healthy) => string.Concat(healthy.Where(m => m.QuarantinedUntil is not null).OrderBy(m => m.Id)
        .Select(m => string.Create(CultureInfo.InvariantCulture, $" {m.Id} is healthy, and in quarantine until {m.QuarantinedUntil:HH:mm:ss} UTC: release it if it may take them.")));

    /// <summary>What only observes has told no agent anything, so there it says nothing of what would have been done.</summary>
    private static GateDecision.Withheld? SomethingIsGuarded(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order || c.Policy.ObserveOnly || c.ToGain > c.Unguarded.Length + c.Unheard.Length)
        {
            return null;
        }

        return c.Unheard.IsEmpty
            ? No(
                GateChecks.Guard,
                $"Fence of {c.Id} withheld: its agent never confirmed that HA looks after {Instances(c.Unguarded)}, so {c.Id} may start {(c.Unguarded.Length == 1 ? "it" : "them")} by itself when it boots; nothing could be started elsewhere, and cutting its power would gain nothing. Bring {c.Id} back; or, if you know that it can't start {(c.Unguarded.Length == 1 ? "it" : "them")}, say so (retry with cannotStartOn); or order its fence.",
                $"when {c.Id} is back, or you say that it can't start {(c.Unguarded.Length == 1 ? "it" : "one of them")}")
            : No(
                GateChecks.Guard,
                $"Fence of {c.Id} waits: whether it may start {Instances(c.Unheard)} by itself when it boots was not answered in time{(c.Unguarded.IsEmpty ? "" : $", and {Instances(c.Unguarded)} it may")}.",
                "when that is answered", transient: true);
    }

    private static string Instances(ImmutableArray<InstanceId> ids) =>
        ids.Length <= 5 ? string.Join(", ", ids) : $"{string.Join(", ", ids.Take(5))} and {ids.Length - 5} more";

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
