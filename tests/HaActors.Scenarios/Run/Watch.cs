using HaActors.Actors.EventLog;
using HaActors.Scenarios.Language;
using HaActors.Simulation.VirtualTime;

namespace HaActors.Scenarios.Run;

/// <summary><c>when "TEXT" PHRASE</c>: what happens at a line of the log, whatever time that line comes at. So a night keeps its meaning when its times shift.</summary>
/// <remarks>A line that comes of the journal counts when its event is stored, which is its time in the log; its projection writes it up to a second later.</remarks>
internal sealed class Watch
{
    private readonly SimulatedSite _site;
    private readonly Scenario _scenario;
    private readonly List<TimedAct> _waiting;
    // Lines that were heard when their events were stored: their projection is not news.
    private readonly Dictionary<string, int> _heard = [];

    public Watch(SimulatedSite site, Scenario scenario)
    {
        _site = site;
        _scenario = scenario;
        _waiting = [.. scenario.Acts.Where(a => a.When is not null)];
        foreach (var act in _waiting) site.Pending.Add(act, Waits(act));
        if (_waiting.Count == 0) return;
        site.World.Acted += act => Hear(act.Text);
        site.EventLog.Appended += entry => Appended(Story.Line(site, entry));
    }

    public void Stored(StoredEvent row)
    {
        if (_waiting.Count == 0) return;
        Hear($"stored {row.Manifest} {row.PersistenceId}");
        if (EventLogProjection.LineOf(row.Written, _ => null) is not { } entry) return;
        var line = Story.Line(_site, entry);
        _heard[line] = _heard.GetValueOrDefault(line) + 1;
        Hear(line);
    }

    private void Appended(string line)
    {
        if (_heard.GetValueOrDefault(line) is var times and > 0) _heard[line] = times - 1;
        else Hear(line);
    }

    private void Hear(string line)
    {
        if (_waiting.Count == 0 || _site.Timeline.Elapsed > _scenario.LastWhen) return;
        var readable = _site.Names.Readable(line);
        foreach (var act in _waiting.Where(a => _site.Timeline.Elapsed >= a.At && readable.Contains(a.When!, StringComparison.Ordinal)).ToList())
        {
            _waiting.Remove(act);
            _site.Pending.Remove(act);
            _site.Pending.Add(act, $"line {act.Line}: '{act.Phrase}' never happened: its line came at {Quantities.Seconds(_site.Timeline.Elapsed)}, and {Quantities.Short(act.After)} after it is after the end");
            _site.Timeline.After(act.After, () =>
            {
                _site.Pending.Remove(act);
                ScenarioRunner.Do(_scenario, _site, act);
            });
        }
    }

    private string Waits(TimedAct act) =>
        $"line {act.Line}: '{act.Phrase}' never happened: no line of the log contains \"{act.When}\"{(act.At > TimeSpan.Zero ? $" from {Quantities.Short(act.At)} on" : "")}{(_scenario.Settled ? $" until {Quantities.Short(_scenario.LastWhen)}; a night that settles takes no later one" : "")}";
}
