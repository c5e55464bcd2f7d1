using System.Collections.Immutable;
using HaActors.Domain.EventLog;
using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <summary>Writes what happened as an operator reads it: the event log, and between its lines the world's acts and what was asked at the desk.</summary>
internal static class Story
{
    public static ImmutableArray<string> Of(SimulatedSite site, int actsOfTheBeginning)
    {
        var log = site.EventLog.Entries.Select((e, i) => (At: e.At - site.Timeline.Start, Source: 2, Number: i, Text: Line(site, e)));
        var acts = site.World.Acts.Skip(actsOfTheBeginning).Select(a => (a.At, Source: 1, a.Number, Text: $"  . {a.Text}"));
        var desk = site.Desk.Select((d, i) => (d.At, Source: 0, Number: i, Text: $"  > {d.Text}"));
        return [.. log.Concat(acts).Concat(desk).OrderBy(l => l.At).ThenBy(l => l.Source).ThenBy(l => l.Number).Select(l => $"{Quantities.Seconds(l.At),11}  {site.Names.Readable(l.Text)}")];
    }

    private static string Line(SimulatedSite site, LogEntry e)
    {
        var ids = string.Join(' ', new[] { e.Hypervisor?.Value, e.Instance?.Value, e.Incident?.Value }.Where(i => i is not null));
        var proof = e.Data.TryGetValue("proof", out var p) ? $" [{p}]" : "";
        return $"{e.Type,-26} {ids}{(ids.Length > 0 ? ": " : "")}{e.Message}{proof}";
    }
}
