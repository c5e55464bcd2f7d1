using System.Collections.Immutable;

namespace HaActors.Domain.Gate;

/// <summary>The numbers of the gate; keys <c>HaActors:Gate:*</c>.</summary>
/// <param name="QuietPeriod">After a change of leader no new permit; default 30 s. Range 0 s to 1 h.</param>
/// <param name="QuietSweeps">Whole sweeps that the quiet period waits for as well; 2.</param>
/// <param name="ColdStartGrace">Wait for a hypervisor that this run has not seen pass, after a cold start; default 5 min. Range 0 s to 24 h.</param>
/// <param name="DegradedGrace">How long a host whose agent alone is silent is left alone; default 10 min. Range 0 s to 24 h.</param>
/// <param name="StormPercent">Share of the location's HA-enabled hypervisors that may fail at once; default 50. Range 1 to 100.</param>
public sealed record GatePolicy(TimeSpan QuietPeriod, int QuietSweeps, TimeSpan ColdStartGrace, TimeSpan DegradedGrace, int StormPercent)
{
    public static GatePolicy Default { get; } = new(TimeSpan.FromSeconds(30), 2, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), 50);

    /// <summary>Hypervisors of a location to which an off may be sent in <see cref="MaxFencesWindow"/>; null: 5 % of the location, and at least 3. Range 1 to 1000.</summary>
    public int? MaxFences { get; init; }

    /// <summary>Default 5 min. Range 1 s to 24 h.</summary>
    public TimeSpan MaxFencesWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A storm is over when the failing ones stayed few for so long; default 5 min. Range 0 s to 24 h.</summary>
    public TimeSpan StormCooldown { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Who tells this master that its own network works: one answer is enough. Empty: the question can't be asked, which <c>explain</c> says.</summary>
    public ImmutableArray<Witness> Witnesses { get; init; } = [];

    /// <summary>After an agent of the location was upgraded, degraded hypervisors are left alone for so long.</summary>
    public static readonly TimeSpan UpgradeGrace = TimeSpan.FromHours(1);

    /// <summary>A fact older than this is gathered again.</summary>
    public static readonly TimeSpan FactsFresh = TimeSpan.FromSeconds(10);

    /// <summary>How many hypervisors of a location of that size may be sent an off in the window.</summary>
    public int MaxFencesOf(int hypervisors) => MaxFences ?? Math.Max(3, ((hypervisors * 5) + 99) / 100);
}
