using System.Collections.Immutable;
using HaActors.Scenarios.Run;

namespace HaActors.Scenarios.Language;

/// <summary>Reads a scenario file. README.md describes the language; every error names its line and what would be right.</summary>
public static class ScenarioParser
{
    private enum Section { None, Fleet, Night, Log }

    public static Scenario Read(string path) => Parse(Path.GetFileNameWithoutExtension(path), File.ReadAllLines(path));

    public static Scenario Parse(string name, IReadOnlyList<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var section = Section.None;
        var fleet = new FleetReader();
        var acts = ImmutableArray.CreateBuilder<TimedAct>();
        var expected = ImmutableArray.CreateBuilder<string>();
        TimeSpan? until = null;
        var settled = false;
        KillPlan? kill = null;
        var head = lines.Count;

        for (var i = 0; i < lines.Count; i++)
        {
            ScenarioException Wrong(string problem) => new(name, i + 1, problem);
            var line = lines[i];
            if (section == Section.Log)
            {
                if (line.Trim().Length > 0) expected.Add(line.TrimEnd());
                continue;
            }

            var words = Split(line);
            switch (words)
            {
                case []:
                    break;
                case ["fleet"]:
                    section = Section.Fleet;
                    break;
                case ["night"]:
                    section = Section.Night;
                    break;
                case ["log"]:
                    section = Section.Log;
                    head = i;
                    break;
                case [..] when section == Section.Fleet:
                    if (fleet.Read(words) is { } problem) throw Wrong(problem);
                    break;
                case ["run", "until", var end, .. ([] or ["settled"])] when section == Section.Night:
                    until = Time(end, Wrong);
                    settled = words is [.., "settled"];
                    break;
                case ["kill", "master", "after", "each", "stored", "event", "from", var first, "until", var last, "start", "it", var away, "later"] when section == Section.Night:
                    kill = new KillPlan(Time(first, Wrong), Time(last, Wrong), Time(away, Wrong));
                    break;
                case ["at", var at, .. var phrase] when section == Section.Night:
                    acts.Add(ActOrWhen(i + 1, Time(at, Wrong), phrase, fleet.Plan, Wrong));
                    break;
                case ["when", ..] when section == Section.Night:
                    acts.Add(ActOrWhen(i + 1, TimeSpan.Zero, words, fleet.Plan, Wrong));
                    break;
                default:
                    throw Wrong($"'{line.Trim()}' is not understood here; a file has the sections fleet, night and log, and the README lists what each takes");
            }
        }

        if (fleet.Plan.Hypervisors.IsEmpty) throw new ScenarioException(name, 1, "there is no hypervisor in the fleet");
        if (until is not { } length) throw new ScenarioException(name, 1, "the night has no end: say 'run until 10m'");
        return new Scenario(name, [.. lines.Take(head)], fleet.Plan, acts.ToImmutable(), length, settled, kill, expected.ToImmutable());
    }

    /// <summary><c>when "TEXT" PHRASE</c>, <c>when "TEXT" after 2s PHRASE</c>, or a phrase.</summary>
    private static TimedAct ActOrWhen(int line, TimeSpan at, string[] words, FleetPlan fleet, Func<string, ScenarioException> wrong) => words switch
    {
        ["when", var text, "after", var wait, .. var phrase] => Act(line, at, phrase, fleet, wrong) with { When = text, After = Time(wait, wrong) },
        ["when", var text, .. var phrase] => Act(line, at, phrase, fleet, wrong) with { When = text },
        _ => Act(line, at, words, fleet, wrong),
    };

    private static TimedAct Act(int line, TimeSpan at, string[] phrase, FleetPlan fleet, Func<string, ScenarioException> wrong)
    {
        foreach (var verb in Verbs.All)
        {
            if (verb.Match(phrase) is not { } words) continue;
            return verb.Problem(words, fleet) is { } problem ? throw wrong(problem) : new TimedAct(line, at, verb, words);
        }

        var near = Verbs.All.Select(v => v.Pattern).Where(p => phrase.Length > 0 && p.Split(' ')[0] == phrase[0]).ToList();
        throw wrong($"'{string.Join(' ', phrase)}' is no phrase of the language{(near.Count > 0 ? $"; near it: {string.Join(" | ", near)}" : "")}");
    }

    private static TimeSpan Time(string text, Func<string, ScenarioException> wrong) =>
        Quantities.TryTime(text, out var time) ? time : throw wrong($"'{text}' is no time such as 65s or 2m30s");

    /// <summary>Words between blanks; "several words" are one; a # begins a comment.</summary>
    private static string[] Split(string line)
    {
        var words = new List<string>();
        for (var i = 0; i < line.Length;)
        {
            if (line[i] == '#') break;
            if (char.IsWhiteSpace(line[i]) || line[i] == ',')
            {
                i++;
                continue;
            }

            var quoted = line[i] == '"';
            var end = quoted ? line.IndexOf('"', i + 1) : line.AsSpan(i).IndexOfAny(' ', '\t', ',') is var n && n >= 0 ? i + n : line.Length;
            if (end < 0) end = line.Length;
            words.Add(quoted ? line[(i + 1)..end] : line[i..end]);
            i = quoted ? end + 1 : end;
        }

        return [.. words];
    }
}
