using System.Globalization;
using HaActors.Api;
using HaActors.Simulation.Live;
using Spectre.Console;

namespace HaActors.Demo;

/// <summary>The tables: what became of an incident, and what does not run at the end.</summary>
internal static class Report
{
    /// <summary>Where each instance went and how long each phase took.</summary>
    /// <param name="diedAt">Null: nobody in the demo killed it.</param>
    internal static (Table Instances, Table Phases) Of(IncidentDetail detail, DateTimeOffset? diedAt, IReadOnlyList<LiveInstance> truth)
    {
        var names = truth.ToDictionary(i => i.Id, StringComparer.OrdinalIgnoreCase);
        var began = diedAt ?? detail.Incident.StartedAt;
        var instances = Story.Table($"Incident {detail.Incident.Id}: where its instances went", "instance", "was on", "end", "runs on", "start took", diedAt is null ? "after the declaration" : "after the death");
        foreach (var it in detail.Instances.OrderBy(i => i.At))
        {
            var line = detail.Events.LastOrDefault(e => e.InstanceId == it.InstanceId && e.Data.ContainsKey("tookMs"));
            var instance = names.GetValueOrDefault(it.InstanceId);
            Row(instances, instance?.Name ?? it.InstanceId, detail.Incident.HypervisorId ?? "", it.End ?? "waits",
                instance is null ? it.Destination ?? "" : string.Join(" and ", instance.RunsOn),
                line is null ? "" : Seconds(double.Parse(line.Data["tookMs"], CultureInfo.InvariantCulture) / 1000), Seconds((it.At - began).TotalSeconds));
        }

        var phases = Story.Table("How long each phase took", "phase", "took");
        if (diedAt is { } died) Row(phases, "silent until declared down (3 misses)", Seconds((detail.Incident.StartedAt - died).TotalSeconds));
        Row(phases, "declared down until proved off", Seconds(detail.Phases.DownToFencedSeconds));
        Row(phases, "proved off until the last instance ran", Seconds(detail.Phases.FencedToCompletedSeconds));
        var end = detail.Incident.CompletedAt ?? detail.Incident.LastAt;
        Row(phases, "in all", Seconds((end - began).TotalSeconds));
        return (instances, phases);
    }

    /// <summary>What the masters say of instances that do not run, or run twice.</summary>
    internal static Table Missing(IEnumerable<LiveInstance> missing, IReadOnlyList<InstanceInfo> said)
    {
        var table = Story.Table("Not as it should be", "instance", "was on", "runs on", "the master says", "waits for", "why");
        foreach (var instance in missing)
        {
            var view = said.FirstOrDefault(i => string.Equals(i.Id, instance.Id, StringComparison.OrdinalIgnoreCase));
            Row(table, instance.Name, instance.FirstHypervisor, instance.RunsOn.Count == 0 ? "nowhere" : string.Join(" and ", instance.RunsOn),
                view is null ? "nothing" : $"{view.State} on {view.HypervisorId}", view?.Wait ?? "", view?.Reason ?? "");
        }

        return table;
    }

    private static void Row(Table table, params string[] cells) => table.AddRow([.. cells.Select(Markup.Escape)]);

    private static string Seconds(double? value) => value is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s") : "";
}
