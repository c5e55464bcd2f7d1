using System.Collections.Immutable;
using System.Text;
using HaActors.Scenarios.Run;

namespace HaActors.Scenarios.Language;

/// <summary>Reads a scenario file. README.md describes the language; every error names its line and what would be right.</summary>
public sealed class ScenarioParser
{
    private const int MostCharacters = 4_000_000;

    private readonly string _file;
    private readonly FleetReader _fleet = new();
    private readonly ImmutableArray<TimedAct>.Builder _acts = ImmutableArray.CreateBuilder<TimedAct>();
    private readonly ImmutableArray<string>.Builder _expected = ImmutableArray.CreateBuilder<string>();
    private Section _section;
    private int _line;
    private (TimeSpan Time, bool Settled, int Line)? _end;
    private KillPlan? _kill;
    private int _killLine;
    private bool _onlyRules;

    private ScenarioParser(string file) => _file = file;

    private enum Section { None, Fleet, Night, Log }

    /// <exception cref="ScenarioException">It can't be understood.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static Scenario Read(string path)
    {
        using var reader = new StreamReader(path);
        var text = new StringBuilder();
        var part = new char[16_384];
        while (reader.Read(part) is var length and > 0)
        {
            text.Append(part, 0, length);
            if (text.Length > MostCharacters || part.AsSpan(0, length).Contains('\0')) throw new ScenarioException(path, 1, $"this is no scenario: it is a text of at most {MostCharacters / 1_000_000} million characters");
        }

        return Parse(Path.GetFileNameWithoutExtension(path), text.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'), path);
    }

    /// <param name="file">As errors name it; null: by its name.</param>
    public static Scenario Parse(string name, IReadOnlyList<string> lines, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(lines);
        return new ScenarioParser(file ?? name).Parse(name, lines);
    }

    private Scenario Parse(string name, IReadOnlyList<string> lines)
    {
        var head = lines.Count;
        foreach (var line in lines)
        {
            _line++;
            if (_section == Section.Log)
            {
                Expect(line);
                continue;
            }

            Take(line);
            if (_section == Section.Log) head = _line - 1;
        }

        _line = Math.Max(1, lines.Count);
        if (_fleet.Plan.Hypervisors.IsEmpty) throw Wrong("there is no hypervisor in the fleet: say 'hypervisors hv1 hv2 hv3' below the line 'fleet'");
        if (_fleet.Contradiction is { } contradiction) throw Wrong(contradiction);
        if (_end is not { } end) throw Wrong("the night has no end: say 'run until 10m' below the line 'night'");
        var scenario = new Scenario(name, _file, [.. lines.Take(head)], _fleet.Plan, _acts.ToImmutable(), end.Time, end.Settled, _kill, _expected.ToImmutable(), _onlyRules);
        foreach (var act in scenario.Acts) Happens(scenario, act);
        _line = _killLine;
        if (_kill is not null && _kill.Until + _kill.Away > end.Time) throw Wrong($"the master that is killed at {Quantities.Short(_kill.Until)} would be away at the end of the night, {Quantities.Short(end.Time)}; let it run on");
        return scenario;
    }

    private void Take(string line)
    {
        var words = Split(line);
        switch (words)
        {
            case []:
                break;
            case ["fleet"]:
                Enter(Section.Fleet);
                break;
            case ["night"]:
                Enter(Section.Night);
                break;
            case ["log"]:
                Enter(Section.Log);
                break;
            case ["no", "log"]:
                Enter(Section.Log);
                _onlyRules = true;
                break;
            case [..] when _section == Section.Fleet:
                if (_fleet.Read(words) is { } problem) throw Wrong(problem);
                break;
            case ["run", "until", var end, .. ([] or ["settled"])] when _section == Section.Night:
                if (_end is { } before) throw Wrong($"line {before.Line} says already when the night ends; say it once");
                _end = (Time(end), words is [.., "settled"], _line);
                break;
            case ["kill", "master", "after", "each", "stored", "event", "from", var first, "until", var last, "start", "it", var away, "later"] when _section == Section.Night:
                if (_kill is not null) throw Wrong("a night has one such line: 'kill master after each stored event …' stands above already");
                _kill = new KillPlan(Time(first), Time(last), Time(away));
                if (_kill.From > _kill.Until) throw Wrong($"nothing is stored from {first} until {last}: the first time must not be the later one");
                _killLine = _line;
                break;
            case ["at", var at, .. var phrase] when _section == Section.Night:
                _acts.Add(ActOrWhen(Time(at), phrase));
                break;
            case ["when", ..] when _section == Section.Night:
                _acts.Add(ActOrWhen(TimeSpan.Zero, words));
                break;
            default:
                throw Wrong($"'{line.Trim()}' is not understood here; a file has the sections fleet, night and log, in this order, and the README lists what each takes");
        }
    }

    private void Enter(Section section)
    {
        if (section <= _section) throw Wrong($"a second '{section.ToString().ToLowerInvariant()}', or one in the wrong place: the sections are fleet, night and log, in this order, each once");
        if (section != _section + 1) throw Wrong($"there is no '{(_section + 1).ToString().ToLowerInvariant()}' above: the sections are fleet, night and log, in this order, each once");
        _section = section;
    }

    private void Expect(string line)
    {
        if (line.Trim().Length == 0 || line.TrimStart()[0] == '#') return;
        if (line.Trim() is "fleet" or "night" or "log" or "no log") throw Wrong($"'{line.Trim()}' is no line of a log, which goes on to the end of the file; the sections are fleet, night and log, in this order, each once");
        if (_onlyRules) throw Wrong("nothing stands below 'no log'; say 'log' where lines are expected");
        _expected.Add(line.TrimEnd());
    }

    /// <summary>What comes after the end does not happen, and a night with it proves less than it says.</summary>
    private void Happens(Scenario scenario, TimedAct act)
    {
        _line = act.Line;
        var last = act.When is null ? scenario.Until : scenario.LastWhen;
        if (act.At <= last) return;
        throw Wrong(act.At > scenario.Until ? $"{Quantities.Short(act.At)} is after the end of the night, {Quantities.Short(scenario.Until)}; give it an earlier time, or let the night run on"
            : $"with 'run until {Quantities.Short(scenario.Until)} settled' no 'when' happens in its last {Quantities.Short(scenario.Until - last)}, so that the night can settle; let it run on, or leave 'settled' out");
    }

    /// <summary><c>when "TEXT" PHRASE</c>, <c>when "TEXT" after 2s PHRASE</c>, or a phrase.</summary>
    private TimedAct ActOrWhen(TimeSpan at, string[] words) => words switch
    {
        ["when", var text, "after", var wait, .. var phrase] => Act(at, phrase) with { When = Text(text), After = Time(wait) },
        ["when", var text, .. var phrase] => Act(at, phrase) with { When = Text(text) },
        _ => Act(at, words),
    };

    private string Text(string text) => text.Trim().Length > 0 ? text : throw Wrong("'when' needs some text of the line that it waits for: when \"hypervisor_down\" cut hv2");

    private TimedAct Act(TimeSpan at, string[] phrase)
    {
        foreach (var verb in Verbs.All)
        {
            if (verb.Match(phrase) is not { } words) continue;
            return verb.Problem(words, _fleet.Plan) is { } problem ? throw Wrong(problem) : new TimedAct(_line, at, verb, words);
        }

        var near = Verbs.All.Select(v => v.Pattern).Where(p => phrase.Length > 0 && p.Split(' ')[0] == phrase[0]).ToList();
        throw Wrong($"'{string.Join(' ', phrase)}' is no phrase of the language{(near.Count > 0 ? $"; near it: {string.Join(" | ", near)}" : "; the README lists them")}");
    }

    private TimeSpan Time(string text) => Quantities.TryTime(text, out var time) ? time : throw Wrong($"'{text}' is no time {Quantities.TimesSay}");

    private ScenarioException Wrong(string problem) => new(_file, _line, problem);

    /// <summary>Words between blanks; "several words" are one; a # begins a comment.</summary>
    private string[] Split(string line)
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
            if (end < 0) throw Wrong($"the quotation mark before '{line[(i + 1)..].Trim()}' is never closed");
            words.Add(quoted ? line[(i + 1)..end] : line[i..end]);
            i = quoted ? end + 1 : end;
        }

        return [.. words];
    }
}
