using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain.EventLog;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Instances;
using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <summary>How a night ended, without its times: what must be the same whatever message was lost.</summary>
internal static class Ends
{
    /// <summary>Lost messages cost at most a few repeats each; all nights get this time more.</summary>
    private static readonly TimeSpan More = TimeSpan.FromMinutes(20);

    /// <summary>Everything happens so much later, for a fault that comes before the masters have found anybody is another night.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(7);

    /// <returns>What differs and what was broken when each message is lost once; nothing if all is well.</returns>
    public static ImmutableArray<string> Differences(Scenario scenario)
    {
        var shifted = scenario with { Until = scenario.Until + Later + More, Acts = [.. scenario.Acts.Select(a => a with { At = a.At + Later })] };
        using var all = new SimulatedSite(scenario.Fleet);
        ScenarioRunner.Play(shifted, all, null, tellStory: false);
        var troubles = shifted.Acts.IsEmpty ? Later : shifted.Acts.Min(a => a.At);
        return [.. Differences(shifted, all, TimeSpan.Zero), .. Differences(shifted, all, troubles)];
    }

    /// <param name="from">The first message of each kind from this time on is lost: from the beginning, or from the first trouble.</param>
    private static ImmutableArray<string> Differences(Scenario scenario, SimulatedSite all, TimeSpan from)
    {
        using var lossy = new SimulatedSite(scenario.Fleet with { LosesMessages = true });
        lossy.Losses!.From = from;
        var result = ScenarioRunner.Play(scenario, lossy, null, tellStory: false);
        var difference = Difference.Of(Of(all), Of(lossy)).Where(l => !l.StartsWith("  ", StringComparison.Ordinal)).ToList();
        if (difference.Count == 0 && result.Broken.IsEmpty) return [];
        return [from == TimeSpan.Zero ? "lost from the beginning on:" : "lost from the first trouble on:", .. result.Broken.Select(b => $"BROKEN {b}"), .. difference, .. lossy.Losses!.Log.Select(l => $"    lost: {lossy.Names.Readable(l)}")];
    }

    private static ImmutableArray<string> Of(SimulatedSite site)
    {
        var hypervisors = site.Plan.Hypervisors.Select(h => h.Id).ToDictionary(h => h, HypervisorState.New);
        var instances = site.Names.Instances.ToDictionary(i => i.Value, i => InstanceStatus.New(i.Value));
        foreach (var row in site.Database.Rows)
        {
            if (row.Written is IHypervisorEvent h) hypervisors[h.HypervisorId] = hypervisors[h.HypervisorId].Apply(h);
            else if (row.Written is IInstanceEvent i) instances[i.InstanceId] = instances[i.InstanceId].Apply(i);
        }

        return
        [
            .. hypervisors.Values.OrderBy(h => h.Id).Select(h => $"{h.Id} is {h.Phase}{(h.IncidentOpen ? $", {h.Incident} open" : "")}{(h.Maintenance ? ", in maintenance" : "")}"),
            .. site.Names.Instances.OrderBy(i => i.Key, StringComparer.Ordinal).Select(i => string.Create(CultureInfo.InvariantCulture,
                $"{i.Key} runs in {site.World.Copies(i.Value).Length} copies, is {instances[i.Value].Phase}{Wait(instances[i.Value])}{string.Concat(instances[i.Value].Ends.Select(e => $"; {e.Incident}: {e.End}"))}")),
            .. site.EventLog.Entries.Where(e => e.Type is LogTypes.HypervisorDown or LogTypes.HypervisorFenced or LogTypes.InstanceEvacuated or LogTypes.HypervisorUp)
                .Select(e => $"told: {e.Type} {e.Hypervisor} {(e.Instance is { } id ? site.Names.Readable(id.Value) : "")} {e.Incident}").Order(StringComparer.Ordinal),
        ];
    }

    private static string Wait(InstanceStatus i) => i.Recovery?.Wait is { } wait ? $", waits for {wait.Wait}" : "";
}
