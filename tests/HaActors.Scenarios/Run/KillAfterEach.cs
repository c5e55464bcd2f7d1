using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using HaActors.Domain.EventLog;
using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run.Checking;

namespace HaActors.Scenarios.Run;

/// <summary>
/// The same night once for each event that it stores in a span of time, with the master killed right after that event, before anybody in it hears that it was stored,
/// and started again a little later. Each of these nights must end as the undisturbed one.
/// </summary>
internal static partial class KillAfterEach
{
    public static ScenarioResult Run(Scenario scenario, KillPlan plan, SimulatedSite undisturbed)
    {
        var log = ImmutableArray.CreateBuilder<string>();
        var broken = ImmutableArray.CreateBuilder<Broken>();
        var rows = undisturbed.Database.Rows.Where(r => r.StoredAt - undisturbed.Timeline.Start is var at && at >= plan.From && at <= plan.Until).ToList();
        var starts = Starts(undisturbed);
        foreach (var row in rows)
        {
            using var site = new SimulatedSite(scenario.Fleet);
            var result = ScenarioRunner.Play(scenario, site, stored =>
            {
                if (stored.Ordering == row.Ordering) site.RestartMaster(plan.Away);
            });
            var name = string.Create(CultureInfo.InvariantCulture, $"killed after {row.Ordering,3} {row.Manifest,-26} {row.PersistenceId}");
            log.Add($"{undisturbed.Names.Readable(name),-80} {Settled(site)}");
            var ended = EachRunsOnce(site, scenario.Fleet).Concat(StartedTwice(site, starts)).Select(text => new Broken(Rules.Forgotten, site.Timeline.Elapsed, text));
            broken.AddRange(result.Broken.Concat(ended).Select(b => b with { Text = site.Names.Readable($"{name}: {b.Text}") }));
        }

        return new ScenarioResult(log.ToImmutable(), broken.ToImmutable());
    }

    /// <summary>Each HA instance that ran runs in exactly one copy.</summary>
    private static IEnumerable<string> EachRunsOnce(SimulatedSite site, FleetPlan plan) =>
        from instance in plan.Instances
        where instance is { Ha: true, Running: true }
        let copies = site.World.Copies(site.Names.Instances[instance.Name])
        where copies.Length != 1
        select copies.IsEmpty ? $"{instance.Name} runs nowhere" : $"{instance.Name} runs on {string.Join(" and ", copies.Select(c => c.Hypervisor))}";

    private static string Settled(SimulatedSite site)
    {
        var told = site.EventLog.Entries;
        int Count(string type) => told.Count(e => e.Type == type && e.Incident is not null);
        var last = site.World.Acts.LastOrDefault(a => Started().IsMatch(a.Text))?.At ?? TimeSpan.Zero;
        return string.Create(CultureInfo.InvariantCulture,
            $"down {Count(LogTypes.HypervisorDown)}, fenced {Count(LogTypes.HypervisorFenced)}, evacuated {Count(LogTypes.InstanceEvacuated)}, last start {Quantities.Seconds(last)}");
    }

    private static Dictionary<string, int> Starts(SimulatedSite site) =>
        site.World.Acts.Select(a => Started().Match(a.Text)).Where(m => m.Success).GroupBy(m => m.Groups["vm"].Value).ToDictionary(g => g.Key, g => g.Count());

    private static IEnumerable<string> StartedTwice(SimulatedSite site, Dictionary<string, int> expected) =>
        Starts(site).Where(s => s.Value > expected.GetValueOrDefault(s.Key)).OrderBy(s => s.Key, StringComparer.Ordinal)
            .Select(s => $"{s.Key} was started {s.Value} times, in the undisturbed night {expected.GetValueOrDefault(s.Key)}");

    [GeneratedRegex(@"^(?<vm>\S+) copy started on ", RegexOptions.ExplicitCapture)]
    private static partial Regex Started();
}
