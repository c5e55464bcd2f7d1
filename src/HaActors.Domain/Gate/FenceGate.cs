using System.Globalization;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Gate;

/// <summary>The names of the checks, in the order in which they are asked; the first no is the answer.</summary>
public static class GateChecks
{
    public const string Armed = "armed";
    public const string Maintenance = "maintenance";
    public const string EvacuationEnabled = "evacuation-enabled";
    public const string AnythingToGain = "anything-to-gain";
    public const string FenceDevice = "fence-device";
    public const string QuietPeriod = "quiet-period";
    public const string ColdStart = "cold-start";
    public const string WholeSweep = "whole-sweep";
    public const string JournalWritable = "journal-writable";
    public const string DegradedGrace = "degraded-grace";
    public const string Storm = "storm";
    public const string LastProbe = "last-probe";
}

/// <summary>May the power of this hypervisor be cut now? Pure: a chain of named checks over facts that were gathered before.</summary>
public static class FenceGate
{
    /// <summary>A journal heartbeat older than this is no evidence that a fence request could be stored.</summary>
    public static readonly TimeSpan JournalFresh = TimeSpan.FromSeconds(10);

    private delegate GateDecision.Withheld? Check(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now);

    private static readonly Check[] Chain =
    [
        IsArmed, NotInMaintenance, EvacuationIsEnabled, SomethingToGain, HasFenceDevice, QuietPeriodIsOver, ColdStartIsOver, SweptWhole, JournalIsWritable,
        DegradedForLong, NoStorm, LastProbeMissed,
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

        return new GateDecision.Permitted();
    }

    /// <summary>A hypervisor that counts as failing in a storm: from the first miss until its instances are moved.</summary>
    public static bool IsFailing(FleetMember m) => Counts(m) && m.Phase is not (HypervisorPhase.Healthy or HypervisorPhase.Returning);

    /// <summary>A hypervisor that is counted at all.</summary>
    public static bool Counts(FleetMember m) => m is { HaEnabled: true, Maintenance: false } && m.Phase is not (HypervisorPhase.Unknown or HypervisorPhase.Evacuated);

    private static GateDecision.Withheld? IsArmed(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => e.ArmedState is { } disarmed
        ? No(GateChecks.Armed, $"Fence of {c.Id} withheld: HA is disarmed ({disarmed}). Arm it to let it act.")
        : null;

    private static GateDecision.Withheld? NotInMaintenance(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => c.Maintenance && !c.Order
        ? No(GateChecks.Maintenance, $"Fence of {c.Id} withheld: it is in maintenance. Resume it, or order its fence.")
        : null;

    private static GateDecision.Withheld? EvacuationIsEnabled(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => !c.Policy.EvacuationEnabled && !c.Order
        ? No(GateChecks.EvacuationEnabled, $"Fence of {c.Id} withheld: evacuation is disabled for it, so cutting its power would gain nothing. Its instances stay where they are.")
        : null;

    private static GateDecision.Withheld? SomethingToGain(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order)
        {
            return null;
        }

        if (c.ToGain == 0)
        {
            return No(GateChecks.AnythingToGain, $"Fence of {c.Id} withheld: no HA-enabled instance ran there, so cutting its power would gain nothing.");
        }

        return e.Location.Any(m => m.Id != c.Id && m.CanReceive && m is { HaEnabled: true, Maintenance: false, Phase: HypervisorPhase.Healthy })
            ? null
            : No(GateChecks.AnythingToGain, $"Fence of {c.Id} withheld: no healthy hypervisor of {c.Location} could take its {c.ToGain} instances. Bring one back, or add one.");
    }

    private static GateDecision.Withheld? HasFenceDevice(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) =>
        c.Device is null ? No(GateChecks.FenceDevice, $"Fence of {c.Id} withheld: it has no fence device. Register its BMC, or cut its power by hand and confirm it.")
        : c.DeviceProblem is { } problem && !c.Order ? No(GateChecks.FenceDevice, $"Fence of {c.Id} withheld: {c.Device} is no fence path now: {problem}. Check which machine that BMC belongs to, then test it.")
        : null;

    private static GateDecision.Withheld? QuietPeriodIsOver(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) =>
        c.Order || (e.SinceLeader >= p.QuietPeriod && e.Sweeps >= p.QuietSweeps)
            ? null
            : No(GateChecks.QuietPeriod, string.Create(CultureInfo.InvariantCulture, $"Fence of {c.Id} waits: this master leads since {e.SinceLeader.TotalSeconds:F0} s and {e.Sweeps} sweeps; it looks around for {p.QuietPeriod.TotalSeconds:F0} s and {p.QuietSweeps} sweeps first."), true);

    private static GateDecision.Withheld? ColdStartIsOver(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) =>
        c.Order || !e.ColdStart || c.SeenPassing || e.SinceLeader >= p.ColdStartGrace
            ? null
            : No(GateChecks.ColdStart, string.Create(CultureInfo.InvariantCulture, $"Fence of {c.Id} withheld: the masters started {e.SinceLeader.TotalSeconds:F0} s ago and have not seen it pass yet; after a cold start it has {p.ColdStartGrace.TotalMinutes:F0} min to come up. Order its fence if it is surely dead."));

    private static GateDecision.Withheld? SweptWhole(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => e.Sweeps >= 1
        ? null
        : No(GateChecks.WholeSweep, $"Fence of {c.Id} waits: this master has not finished its first sweep.", true);

    private static GateDecision.Withheld? JournalIsWritable(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => e.JournalAge is { } age && age <= JournalFresh
        ? null
        : No(GateChecks.JournalWritable, $"Fence of {c.Id} withheld: the journal could not be written just now, and what is not written is not done. Check the database.", true);

    private static GateDecision.Withheld? DegradedForLong(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order || c.Failing != MissClass.Degraded)
        {
            return null;
        }

        var since = c.FailingSince is { } first ? now - first : TimeSpan.Zero;
        return since >= p.DegradedGrace
            ? null
            : No(GateChecks.DegradedGrace, string.Create(CultureInfo.InvariantCulture, $"Fence of {c.Id} withheld: only its agent or libvirt is silent, so its instances probably run. It has until {c.FailingSince + p.DegradedGrace:HH:mm:ss} UTC ({p.DegradedGrace.TotalMinutes:F0} min of grace). Look at the agent there, or order its fence."));
    }

    private static GateDecision.Withheld? NoStorm(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order)
        {
            return null;
        }

        if (!e.MembersFresh)
        {
            return No(GateChecks.Storm, $"Fence of {c.Id} waits: not every hypervisor of {c.Location} could be probed just now, so a storm can't be ruled out.", true);
        }

        var counted = e.Location.Count(Counts);
        var failing = e.Location.Count(IsFailing);
        return failing >= 2 && failing * 100 > counted * p.StormPercent
            ? No(GateChecks.Storm, $"Fence of {c.Id} withheld: {failing} of {counted} hypervisors of {c.Location} are failing (limit {p.StormPercent} %). Likely the network or the site, not the hosts; asked again at the next sweep, or order the fence of one with a reason.")
            : null;
    }

    private static GateDecision.Withheld? LastProbeMissed(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now) => e.LastProbe switch
    {
        _ when c.Order => null,
        null => No(GateChecks.LastProbe, $"Fence of {c.Id} waits: its last probe did not come back in time.", true),
        { Passed: true } => No(GateChecks.LastProbe, $"Fence of {c.Id} withheld: it answered just now.", true),
        { Health: HealthFinding.WrongHost } w => No(GateChecks.LastProbe, $"Fence of {c.Id} withheld: another host answers at its address ({w.Detail}). Correct its agent URL."),
        _ => null,
    };

    private static GateDecision.Withheld No(string check, string reason, bool transient = false) => new(check, reason, transient);
}
