using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <summary><c>when "TEXT" PHRASE</c>: what happens at a line of the log, whatever time that line comes at. So a night keeps its meaning when its times shift.</summary>
internal static class Watch
{
    /// <param name="last">Later than this nothing begins any more, whatever the log says.</param>
    public static void For(SimulatedSite site, IEnumerable<TimedAct> acts, TimeSpan last)
    {
        var waiting = acts.Where(a => a.When is not null).ToList();
        if (waiting.Count == 0) return;
        site.World.Acted += act => Heard(act.Text);
        site.EventLog.Appended += entry => Heard(Story.Line(site, entry));

        void Heard(string line)
        {
            if (waiting.Count == 0 || site.Timeline.Elapsed > last) return;
            var readable = site.Names.Readable(line);
            foreach (var act in waiting.Where(a => site.Timeline.Elapsed >= a.At && readable.Contains(a.When!, StringComparison.Ordinal)).ToList())
            {
                waiting.Remove(act);
                site.Timeline.After(act.After, () => act.Verb.Act(site, new Words(act.Words)));
            }
        }
    }
}
