using System.Collections.Immutable;
using HaActors.Actors.Hosting;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Inventory;
using HaActors.Domain.Notifications;
using HaActors.Simulation.VirtualTime;

namespace HaActors.Scenarios.Language;

/// <summary>A scenario file, read: who is there, what happens when, and what must be in the log.</summary>
/// <param name="Name">The file's name without its ending.</param>
/// <param name="File">The path as it was given, for errors.</param>
/// <param name="Head">Every line above <c>log</c>, as it stands: <c>--accept</c> keeps it.</param>
/// <param name="Until">End of the night.</param>
/// <param name="Settled">Said <c>run until 2h settled</c>: at the end nothing may be on its way any more, and nothing forgotten.</param>
/// <param name="KillAfterEachFrom">Not null: run once more for each event stored from this time on, with the master killed right after it.</param>
/// <param name="Expected">The lines below <c>log</c>; empty in a file that was never accepted.</param>
/// <param name="OnlyRules">Said <c>no log</c>: it passes if no rule is broken, as a shrunk night does.</param>
public sealed record Scenario(
    string Name, string File, ImmutableArray<string> Head, FleetPlan Fleet, ImmutableArray<TimedAct> Acts, TimeSpan Until, bool Settled, KillPlan? KillAfterEachFrom, ImmutableArray<string> Expected, bool OnlyRules)
{
    /// <summary>A night that must be settled at its end has no new trouble in this time before it.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(40);

    /// <summary>A log is expected.</summary>
    public bool IsAccepted => !Expected.IsEmpty;

    /// <summary>No <c>when</c> happens later, whatever the log says.</summary>
    public TimeSpan LastWhen => Settled ? Until - Quiet : Until;
}

/// <summary>Something that happens, or that somebody does, at a time.</summary>
/// <param name="Line">Line in the file, for errors.</param>
/// <param name="When">Not null: not at that time, but the first time from then on that a line of the log contains this text.</param>
/// <param name="After">How long after that line.</param>
public sealed record TimedAct(int Line, TimeSpan At, Verb Verb, ImmutableArray<string> Words, string? When = null, TimeSpan After = default)
{
    /// <summary>The phrase as it stands in the file.</summary>
    public string Phrase => Verb.Phrase(Words);
}

/// <summary><c>kill master after each stored event from 60s until 5m, start it 5s later</c>.</summary>
public sealed record KillPlan(TimeSpan From, TimeSpan Until, TimeSpan Away);

/// <summary>The fleet and the settings, before anything happens.</summary>
public sealed record FleetPlan
{
    public ImmutableArray<HypervisorPlan> Hypervisors { get; init; } = [];

    public ImmutableArray<DatastorePlan> Datastores { get; init; } = [];

    public ImmutableArray<InstancePlan> Instances { get; init; } = [];

    public ImmutableArray<Webhook> Webhooks { get; init; } = [];

    /// <summary>The policy of dc1, where every hypervisor is that no other location takes.</summary>
    public HaPolicy Policy { get; init; } = new();

    public ImmutableArray<PlacePlan> Locations { get; init; } = [];

    public ImmutableArray<PlacePlan> Groups { get; init; } = [];

    /// <summary>Draws how long things take in the world.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Lines of single instances are told as numbers: for a host with hundreds of them.</summary>
    public bool InstancesInNumbers { get; init; }

    /// <summary>Null: what is ready runs in the order in which it was posted.</summary>
    public int? Shuffle { get; init; }

    /// <summary>Null: the default.</summary>
    public int? StormPercent { get; init; }

    /// <summary>Null: by the size of the location.</summary>
    public int? MaxFences { get; init; }

    public ImmutableArray<Witness> Witnesses { get; init; } = [];

    /// <summary><c>lose each message once</c>: the first message of each type to each kind of actor is lost (SAFETY 20).</summary>
    public bool LosesMessages { get; init; }

    /// <summary>Settings of the master by name.</summary>
    public ImmutableSortedDictionary<string, TimeSpan> Times { get; init; } = ImmutableSortedDictionary.Create<string, TimeSpan>(StringComparer.Ordinal);

    /// <summary>What the master is started with.</summary>
    public HaSettings Settings => Times.Aggregate(
        HaSettings.Default with
        {
            ReadJournal = SimulatedReadJournal.Identifier,
            Gate = HaSettings.Default.Gate with { StormPercent = StormPercent ?? HaSettings.Default.Gate.StormPercent, MaxFences = MaxFences, Witnesses = Witnesses },
        },
        (settings, time) => TimeSetting.All.Single(s => s.Name == time.Key).Set(settings, time.Value));

    public static LocationId Dc1 { get; } = new("dc1");

    public LocationId LocationOf(HypervisorId hypervisor) => Locations.FirstOrDefault(l => l.Of.Contains(hypervisor)) is { } location ? new LocationId(location.Id) : Dc1;

    public PlacePlan? GroupOf(HypervisorId hypervisor) => Groups.FirstOrDefault(g => g.Of.Contains(hypervisor));

    /// <summary>As it is in force at the beginning.</summary>
    public HaPolicy PolicyOf(HypervisorId hypervisor)
    {
        var location = Locations.FirstOrDefault(l => l.Of.Contains(hypervisor))?.Policy ?? Policy;
        return GroupOf(hypervisor)?.Policy is { } group ? group with { HaEnabled = group.HaEnabled || location.HaEnabled } : location;
    }
}

/// <summary>One more location, or a group of hypervisors of one location, and what it says.</summary>
/// <param name="Policy">Of a group: every value is its own.</param>
public sealed record PlacePlan(string Id, ImmutableArray<HypervisorId> Of, HaPolicy Policy);

/// <param name="Devices">Null: its BMC at level 1, if it has one.</param>
public sealed record HypervisorPlan(HypervisorId Id, long MemoryMiB, bool Bmc, ImmutableArray<DevicePlan>? Devices = null);

/// <param name="Strip">Null: its BMC; else an outlet of this power strip, which feeds it.</param>
public sealed record DevicePlan(int Level, string? Strip);

/// <param name="Locks">False: as on a file system without image locks, so that nothing but the rules keeps two copies apart.</param>
/// <param name="LocksOutlive">How long the image lock of a host that lost its power lives on, as a lease on NFS does.</param>
public sealed record DatastorePlan(string Name, ImmutableArray<HypervisorId> On, bool Locks, TimeSpan LocksOutlive = default);

/// <param name="Datastores">One disk on each.</param>
public sealed record InstancePlan(string Name, HypervisorId On, ImmutableArray<string> Datastores, long MemoryMiB, bool Ha, bool Running, int Priority, int MaxRestartAttempts);

/// <summary>A file that can't be understood, or an act in it that can't be done: where, what, and what would be right.</summary>
public sealed class ScenarioException(string file, int line, string problem) : Exception($"{file}:{line}: {problem}");
