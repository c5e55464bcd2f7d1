using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run.Checking;
using HaActors.Simulation.VirtualTime;

namespace HaActors.Scenarios.Run;

/// <summary>What came of one run: the log as text, and every rule that was broken.</summary>
public sealed record ScenarioResult(ImmutableArray<string> Log, ImmutableArray<Broken> Broken);

/// <summary>Runs a scenario on virtual time, from nothing, as often as one likes.</summary>
public static class ScenarioRunner
{
    /// <param name="heard">Hears the master's own log and each stored event, with their times.</param>
    /// <exception cref="ScenarioException">An act can't be done as things are at its time: a master is started that runs.</exception>
    public static ScenarioResult Run(Scenario scenario, Action<string>? heard = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        SimulatedSite? told = null;
        using var site = told = new SimulatedSite(scenario.Fleet)
        {
            Heard = heard is null ? null : text => heard($"{Quantities.Seconds(told!.Timeline.Elapsed),11}    {told.Names.Readable(text)}"),
        };
        var result = Play(scenario, site, null);
        if (!scenario.OnlyRules) result = result with { Broken = result.Broken.AddRange(NeverHappened(site).Select(p => new Broken(Rules.NeverHappened, scenario.Until, p))) };
        if (scenario.KillAfterEachFrom is not { } kill) return result;

        var killed = KillAfterEach.Run(scenario, kill, site);
        if (killed.Log.IsEmpty && !scenario.OnlyRules) killed = killed with { Broken = [new Broken(Rules.NeverHappened, scenario.Until, $"no event was stored from {Quantities.Short(kill.From)} until {Quantities.Short(kill.Until)}, so the master was killed after none")] };
        return new ScenarioResult([.. result.Log, .. killed.Log], [.. result.Broken, .. killed.Broken]);
    }

    /// <summary>The rules that a variant breaks in a written night.</summary>
    internal static ImmutableArray<Broken> BrokenBy(Variant variant, Scenario scenario)
    {
        using var site = new SimulatedSite(scenario.Fleet, variant);
        return Play(scenario, site, null, tellStory: false).Broken;
    }

    /// <param name="stored">Called after each stored event.</param>
    /// <param name="tellStory">False: only the rules are wanted.</param>
    /// <exception cref="ScenarioException">An act can't be done as things are at its time.</exception>
    internal static ScenarioResult Play(Scenario scenario, SimulatedSite site, Action<StoredEvent>? stored, bool tellStory = true)
    {
        var beginning = site.World.Acts.Length;
        var watch = new Watch(site, scenario);
        site.Database.OnStored = row =>
        {
            site.Stored(row);
            watch.Stored(row);
            stored?.Invoke(row);
        };
        site.Watch.Begin();
        site.Timeline.At(TimeSpan.Zero, site.BootMaster);
        foreach (var act in scenario.Acts.Where(a => a.When is null)) site.Timeline.At(act.At, () => Do(scenario, site, act));
        ImmutableArray<Broken> crash = [];
        try
        {
            site.Timeline.RunUntil(scenario.Until);
            site.Watch.End(scenario.Settled);
        }
        catch (VirtualTimeException e) when (e.InnerException is ScenarioException undoable)
        {
            ExceptionDispatchInfo.Throw(undoable);
        }
        catch (VirtualTimeException e)
        {
            crash = [new Broken(Rules.Crash, site.Timeline.Elapsed, e.ToString())];
        }

        return new ScenarioResult(tellStory ? Story.Of(site, beginning, scenario.Fleet.InstancesInNumbers) : [], [.. site.Watch.Broken, .. crash]);
    }

    /// <summary>A night in which something of what it says did not happen does not prove what it says.</summary>
    private static IEnumerable<string> NeverHappened(SimulatedSite site) => site.Pending.All.Concat(
        site.World.Answers.Unused.Distinct().Select(u => $"no {u.Call.ToString().ToLowerInvariant()} {(u.On is { } host ? $"on {host} " : "")}came after the line that loses or delays it"));

    /// <summary>Something happens. What is impossible as things are is a mistake of the file: it says which line, and why.</summary>
    internal static void Do(Scenario scenario, SimulatedSite site, TimedAct act)
    {
        site.Pending.Line = act.Line;
        try
        {
            act.Verb.Act(site, new Words(act.Words));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            throw new ScenarioException(scenario.File, act.Line, $"'{act.Phrase}' can't be done at {Quantities.Seconds(site.Timeline.Elapsed)}: {site.Names.Readable(e.Message.Split(" (Parameter ")[0])}");
        }
    }
}
