using System.Collections.Immutable;
using HaActors.Domain.EventLog;
using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <summary>Writes what happened as an operator reads it: the event log, and between its lines the world's acts and what was asked at the desk, these two in the order in which they happened.</summary>
internal static class Story
{
    /// <param name="inNumbers">Lines of single instances, and acts that name one, are counted and not told.</param>
    public static ImmutableArray<string> Of(SimulatedSite site, int actsOfTheBeginning, bool inNumbers)
    {
        var names = site.Names.Instances.SelectMany(i => new[] { i.Key, i.Value.Value }).ToHashSet(StringComparer.Ordinal);
        bool Single(string text) => inNumbers && text.Split(' ', ':').Any(names.Contains);
        var log = site.LostLines.Select(e => (Entry: e, Lost: " (lost)")).Concat(site.EventLog.Entries.Select(e => (Entry: e, Lost: "")))
            .Select((e, i) => (At: e.Entry.At - site.Timeline.Start, Source: 2, Order: i, Number: i, Text: Line(site, e.Entry) + e.Lost)).Where(l => !Single(l.Text));
        var acts = site.World.Acts.Skip(actsOfTheBeginning).Where(a => !Single(a.Text)).Select(a => (a.At, Source: 0, Order: a.Number, Number: -1, Text: $"  . {a.Text}"));
        var desk = site.Desk.Select((d, i) => (d.At, Source: 0, Order: d.After, Number: i, Text: $"  > {d.Text}"));
        return [.. log.Concat(acts).Concat(desk).OrderBy(l => l.At).ThenBy(l => l.Source).ThenBy(l => l.Order).ThenBy(l => l.Number).Select(l => $"{Quantities.Seconds(l.At),11}  {site.Names.Readable(l.Text)}"), .. inNumbers ? Numbers(site) : []];
    }

    /// <summary>For each type of line and each hypervisor: how many instances, the first and the last.</summary>
    private static IEnumerable<string> Numbers(SimulatedSite site) =>
        from e in site.EventLog.Entries
        where e.Instance is not null
        group e.At - site.Timeline.Start by (e.Type, Hv: e.Hypervisor?.Value ?? "", Incident: e.Incident?.Value ?? "", To: e.Data.GetValueOrDefault("destination", "")) into g
        orderby g.Min(), g.Key.Type, g.Key.Hv, g.Key.To
        select $"{g.Key.Type,-26} {g.Key.Hv} {g.Key.Incident}{(g.Key.To.Length > 0 ? $" to {g.Key.To}" : "")}: {g.Count()} times from {Quantities.Seconds(g.Min())} to {Quantities.Seconds(g.Max())}";

    internal static string Line(SimulatedSite site, LogEntry e)
    {
        var ids = string.Join(' ', new[] { e.Hypervisor?.Value, e.Instance?.Value, e.Incident?.Value }.Where(i => i is not null));
        var proof = e.Data.TryGetValue("proof", out var p) ? $" [{p}]" : "";
        return $"{e.Type,-26} {ids}{(ids.Length > 0 ? ": " : "")}{e.Message}{proof}";
    }
}
