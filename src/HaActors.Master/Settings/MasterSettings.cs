using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Storage;

namespace HaActors.Master.Settings;

/// <summary>All settings of a master, checked. The keys are <c>HaActors:…</c> as in the README's table.</summary>
/// <param name="AdminToken">Null: one is made at the first start.</param>
/// <param name="Urls">Where the HTTP API listens.</param>
public sealed record MasterSettings(
    StorageOptions Storage, Secret? AdminToken, MonitorSettings Monitor, GateSettings Gate, IpmiSettings Ipmi, FencingSettings Fencing, AgentSettings Agent, ClusterSettings Cluster,
    ImmutableArray<string> Urls)
{
    /// <summary>SQLite file, key ring and logs; absolute.</summary>
    public string DataDirectory => Storage.DataDirectory;

    public required WebhookSettings Webhooks { get; init; }

    /// <summary>Reads and checks everything; throws <see cref="SettingsException"/> for the first thing that is wrong.</summary>
    public static MasterSettings Read(IConfiguration configuration) => new SettingsReader(configuration).Read();
}

/// <summary>How often is probed, and how.</summary>
/// <param name="TickInterval">1 s to 1 h, default 30 s.</param>
/// <param name="ProbeTimeout">100 ms to 1 min and below the tick, default 5 s.</param>
/// <param name="ProbeParallelism">1 to 100, default 10.</param>
/// <param name="ConfirmInterval">Zero (default): ticks only; else 1 s up to the tick: a suspect is probed again at this pace.</param>
/// <param name="MinSilence">Never less than this from first miss to Down, with a confirm interval; 0 to 10 min, default 45 s.</param>
public sealed record MonitorSettings(TimeSpan TickInterval, TimeSpan ProbeTimeout, int ProbeParallelism, TimeSpan ConfirmInterval, TimeSpan MinSilence);

/// <summary>When power may be cut.</summary>
/// <param name="QuietPeriod">0 to 1 h, default 30 s.</param>
/// <param name="ColdStartGrace">0 to 1 day, default 5 min.</param>
/// <param name="DegradedGrace">0 to 1 day, default 10 min.</param>
/// <param name="StormPercent">1 to 100, default 50.</param>
/// <param name="MaxFences">Null: max(3, 5 % of the location); else 1 to 1000.</param>
/// <param name="MaxFencesWindow">1 s to 1 day, default 5 min.</param>
/// <param name="StormCooldown">0 to 1 day, default 5 min.</param>
/// <param name="Witnesses"><c>host</c> is pinged, <c>host:port</c> is connected to; one answer is enough.</param>
public sealed record GateSettings(
    TimeSpan QuietPeriod, TimeSpan ColdStartGrace, TimeSpan DegradedGrace, int StormPercent, int? MaxFences, TimeSpan MaxFencesWindow, TimeSpan StormCooldown,
    ImmutableArray<Witness> Witnesses);

/// <summary>How BMCs are spoken to.</summary>
/// <param name="Tool">Name or path, default <c>ipmitool</c>.</param>
/// <param name="Deadline">Of a fence attempt; 10 s to 10 min, default 60 s.</param>
/// <param name="CallTimeout">Of a call; 7 s to 60 s, default 15 s, at most the deadline.</param>
/// <param name="CheckInterval">Of the scheduled check; 1 min to 7 days, default 1 h.</param>
public sealed record IpmiSettings(string Tool, TimeSpan Deadline, TimeSpan CallTimeout, TimeSpan CheckInterval);

/// <summary>How fence devices other than IPMI are called.</summary>
/// <param name="CallTimeout">Of a call; 1 s to 60 s, default 20 s, at most the deadline of an attempt.</param>
/// <param name="AgentDirectories">Where fence agents are looked for, absolute, in this order; default <c>/usr/sbin</c>.</param>
public sealed record FencingSettings(TimeSpan CallTimeout, ImmutableArray<string> AgentDirectories);

/// <summary>Deadlines of the calls to an agent.</summary>
/// <param name="ReadDeadline">100 ms to 1 min, default 5 s.</param>
/// <param name="RunDeadline">5 s to 5 min, default 60 s.</param>
/// <param name="ChangeDeadline">1 s to 1 min, default 10 s.</param>
public sealed record AgentSettings(TimeSpan ReadDeadline, TimeSpan RunDeadline, TimeSpan ChangeDeadline);

/// <summary>Where the masters meet.</summary>
/// <param name="Port">0 (a free one, for tests) to 65535, default 4053.</param>
/// <param name="SeedNodes"><c>host:port</c>; itself when empty.</param>
public sealed record ClusterSettings(string Hostname, int Port, ImmutableArray<string> SeedNodes);

/// <summary>How receivers of webhooks are called.</summary>
/// <param name="Installation">How this installation names itself in each call; 1 to 64 characters, default <c>haactors</c>.</param>
/// <param name="Timeout">Of one call; 1 s to 1 min, default 10 s.</param>
/// <param name="MaxAge">An event that could not be told for so long is skipped; 1 min to 7 days, default 1 day.</param>
public sealed record WebhookSettings(string Installation, TimeSpan Timeout, TimeSpan MaxAge);
