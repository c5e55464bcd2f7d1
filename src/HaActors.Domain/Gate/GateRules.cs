using HaActors.Domain.Hypervisors;
using Verdict = HaActors.Domain.Decision<HaActors.Domain.Gate.IGateEvent>;

namespace HaActors.Domain.Gate;

/// <summary>How many hypervisors of a location fail.</summary>
/// <param name="Counted">Those that count at all.</param>
public readonly record struct StormCount(int Failing, int Counted);

/// <summary>What becomes true of the gate beside permits: storms, overrides, counted fences. Pure.</summary>
public static class GateRules
{
    /// <summary>An override is for tonight, not for ever.</summary>
    public static readonly TimeSpan LongestOverride = TimeSpan.FromDays(1);

    /// <summary>A hypervisor that is counted at all: one in maintenance is worked on, one that is evacuated is settled, one that is unknown was never there.</summary>
    public static bool Counts(FleetMember m) => m is { HaEnabled: true, Maintenance: false } && m.Phase is not (HypervisorPhase.Unknown or HypervisorPhase.Evacuated);

    /// <summary>A hypervisor that counts as failing in a storm: from the first miss until its instances are moved.</summary>
    public static bool IsFailing(FleetMember m) => Counts(m) && m.Phase is not (HypervisorPhase.Healthy or HypervisorPhase.Returning);

    public static StormCount Count(IEnumerable<FleetMember> location)
    {
        var (failing, counted) = (0, 0);
        foreach (var member in location)
        {
            counted += Counts(member) ? 1 : 0;
            failing += IsFailing(member) ? 1 : 0;
        }

        return new StormCount(failing, counted);
    }

    /// <summary>At least two, and more than the percentage. One alone is never a storm, whatever its share is.</summary>
    public static bool IsStorm(StormCount n, GatePolicy p) => n.Failing >= 2 && n.Failing * 100 > n.Counted * p.StormPercent;

    /// <summary>A storm begins at once, and ends when there were few for the whole cool-down.</summary>
    /// <param name="belowFor">How long there have been few; null while there are many.</param>
    public static IGateEvent? Watch(GateState s, LocationId location, StormCount n, TimeSpan? belowFor, GatePolicy p, DateTimeOffset now) =>
        s.Storms.TryGetValue(location, out var storm)
            ? !IsStorm(n, p) && belowFor >= p.StormCooldown
                ? new StormEnded(location, n.Failing, n.Counted, (long)Math.Max(0, (now - storm.At).TotalMilliseconds), now)
                : null
            : IsStorm(n, p) ? new StormBegan(location, n.Failing, n.Counted, p.StormPercent, now) : null;

    /// <summary>An off was heard of: told once for each.</summary>
    public static FenceCounted? OffHeard(GateState s, HypervisorId id, LocationId location, IncidentId incident, DateTimeOffset off, DateTimeOffset now) =>
        s.Fences.TryGetValue(id, out var known) && known.OffIncident == incident && known.Off == off ? null : new FenceCounted(id, location, incident, off, now);

    public static Verdict Override(GateState s, LocationId location, string who, string reason, DateTimeOffset until, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(reason))
        {
            return new Verdict.Refused("A storm override needs a reason, which goes to the event log.");
        }

        if (until <= now)
        {
            return new Verdict.Refused($"A storm override must end in the future; {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC is past, and the master's clock says {now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.");
        }

        if (until - now > LongestOverride)
        {
            return new Verdict.Refused($"A storm override lasts at most {LongestOverride.TotalHours:F0} h; set it to end by {now.UtcDateTime + LongestOverride:yyyy-MM-dd HH:mm:ss} UTC, and renew it if it is still needed.");
        }

        return s.Overrides.TryGetValue(location, out var known) && known.Until == until && known.Reason == reason && known.Who == who
            ? new Verdict.Ignored("that override is in force already")
            : new Verdict.Accepted([new StormOverridden(location, who, reason, until, now)]);
    }

    public static Verdict EndOverride(GateState s, LocationId location, string who, DateTimeOffset now) => s.Overrides.ContainsKey(location)
        ? new Verdict.Accepted([new StormOverrideEnded(location, who, now)])
        : new Verdict.Ignored($"no storm override is in force for {location}");

    /// <summary>Overrides whose end has come.</summary>
    public static IReadOnlyList<IGateEvent> Due(GateState s, DateTimeOffset now) =>
        [.. s.Overrides.Values.Where(o => o.Until <= now).Select(o => new StormOverrideEnded(o.Location, null, now))];
}
