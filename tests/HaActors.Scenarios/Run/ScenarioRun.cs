using System.Collections.Immutable;
using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run.Checking;
using HaActors.Simulation.VirtualTime;

namespace HaActors.Scenarios.Run;

/// <summary>What came of one run: the log as text, and every rule that was broken.</summary>
public sealed record ScenarioResult(ImmutableArray<string> Log, ImmutableArray<Broken> Broken);

/// <summary>Runs a scenario on virtual time, from nothing, as often as one likes.</summary>
public static class ScenarioRunner
{
    /// <summary>A night that must be settled at its end has no new trouble in this time before it.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(40);

    /// <param name="heard">Hears the master's own log and each stored event, with their times.</param>
    public static ScenarioResult Run(Scenario scenario, Action<string>? heard = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        SimulatedSite? told = null;
        using var site = told = new SimulatedSite(scenario.Fleet)
        {
            Heard = heard is null ? null : text => heard($"{Quantities.Seconds(told!.Timeline.Elapsed),11}    {told.Names.Readable(text)}"),
        };
        var result = Play(scenario, site, null);
        if (scenario.KillAfterEachFrom is not { } kill) return result;

        var killed = KillAfterEach.Run(scenario, kill, site);
        return new ScenarioResult([.. result.Log, .. killed.Log], [.. result.Broken, .. killed.Broken]);
    }

    /// <summary>The rules that a variant breaks in a written night.</summary>
    internal static ImmutableArray<Broken> BrokenBy(Variant variant, Scenario scenario)
    {
        using var site = new SimulatedSite(scenario.Fleet, variant);
        return BrokenBy(scenario, site);
    }

    /// <summary>The rules that are broken there; a crash is one.</summary>
    internal static ImmutableArray<Broken> BrokenBy(Scenario scenario, SimulatedSite site)
    {
        try
        {
            return Play(scenario, site, null, tellStory: false).Broken;
        }
        catch (VirtualTimeException e)
        {
            return [.. site.Watch.Broken, new Broken(Rules.Crash, site.Timeline.Elapsed, e.ToString())];
        }
    }

    /// <param name="stored">Called after each stored event.</param>
    /// <param name="tellStory">False: only the rules are wanted.</param>
    internal static ScenarioResult Play(Scenario scenario, SimulatedSite site, Action<StoredEvent>? stored, bool tellStory = true)
    {
        var beginning = site.World.Acts.Length;
        var watch = new Watch(site, scenario.Acts, scenario.Settled ? scenario.Until - Quiet : scenario.Until);
        site.Database.OnStored = row =>
        {
            site.Stored(row);
            watch.Stored(row);
            stored?.Invoke(row);
        };
        site.Watch.Begin();
        site.Timeline.At(TimeSpan.Zero, site.BootMaster);
        foreach (var act in scenario.Acts.Where(a => a.When is null)) site.Timeline.At(act.At, () => act.Verb.Act(site, new Words(act.Words)));
        site.Timeline.RunUntil(scenario.Until);
        site.Watch.End(scenario.Settled);
        return new ScenarioResult(tellStory ? Story.Of(site, beginning, scenario.Fleet.InstancesInNumbers) : [], site.Watch.Broken);
    }
}
