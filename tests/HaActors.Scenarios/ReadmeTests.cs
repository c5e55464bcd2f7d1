using System.Reflection;
using System.Text.RegularExpressions;
using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run;
using HaActors.Scenarios.Run.Checking;
using HaActors.Simulation.World;
using Xunit;

namespace HaActors.Scenarios;

/// <summary>README.md is the language's reference: its example runs, and it names every phrase, line, setting and rule, and none that there isn't.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Library.Folder, "..", "README.md")).ReplaceLineEndings("\n");

    [Fact]
    public void The_example_goes_as_written()
    {
        var scenario = ScenarioParser.Parse("example", Block("## A file"));

        var result = ScenarioRunner.Run(scenario);

        Assert.Empty(result.Broken);
        Assert.Equal(scenario.Expected.AsEnumerable(), result.Log.Select(l => l.TrimEnd()));
    }

    [Fact]
    public void Each_line_of_a_fleet_is_taken()
    {
        var scenario = ScenarioParser.Parse("fleet", ["fleet", .. Block("## The lines of a fleet"), "night", "run until 1m", "no log"]);

        Assert.Empty(ScenarioRunner.Run(scenario).Broken);
    }

    [Fact]
    public void Each_setting_and_each_rule_is_named()
    {
        var settings = TimeSetting.All.Select(s => $"`{s.Name}`").Concat(["setting storm-percent ", "setting max-fences ", "setting seed ", "setting shuffle ", "setting instances in numbers"]);
        var rules = typeof(Rules).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => $"`{f.GetRawConstantValue()}`");

        Assert.All(settings.Concat(rules), name => Assert.Contains(name, Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_phrase_is_named_and_each_named_phrase_is_one()
    {
        var documented = new HashSet<string>(StringComparer.Ordinal);
        var unknown = new List<string>();
        foreach (var cell in PhraseCells())
        {
            string[] whole = [];
            foreach (var span in cell)
            {
                var readings = Readings(span, whole).Select(words => (Words: words, Verb: Verbs.All.FirstOrDefault(v => v.Match(words) is not null))).Where(r => r.Verb is not null).ToList();
                if (readings.Count == 0) unknown.Add(span);
                foreach (var (_, verb) in readings) documented.Add(OfRun(verb!.Pattern));
                if (readings.Count > 0 && !span.StartsWith('…') && span.Contains(' ', StringComparison.Ordinal)) whole = readings[0].Words;
            }
        }

        Assert.True(unknown.Count == 0, $"README.md names what is no phrase: {string.Join(" | ", unknown)}");
        var missing = Verbs.All.Select(v => OfRun(v.Pattern)).Except(documented).ToList();
        Assert.True(missing.Count == 0, $"README.md does not name: {string.Join(" | ", missing)}");
    }

    /// <summary>What the code spans of the tables' first cells say: the span itself; with … the begin, and maybe the end, of the one before; a word alone in the place of one of its words.</summary>
    private static IEnumerable<string[]> Readings(string span, string[] whole)
    {
        var words = Word().Matches(span).Select(m => m.Value.Trim('"')).ToArray();
        yield return words;
        if (words is ["…", .. var rest])
        {
            for (var begin = 1; begin < whole.Length; begin++)
            {
                for (var end = begin; end <= whole.Length; end++) yield return [.. whole[..begin], .. rest, .. whole[end..]];
            }
        }
        else if (words is [var word])
        {
            for (var at = 0; at < whole.Length; at++) yield return [.. whole[..at], word, .. whole[(at + 1)..]];
        }
    }

    /// <summary>What is said of one call of an agent holds for each.</summary>
    private static string OfRun(string pattern) =>
        string.Join(' ', pattern.Split(' ').Select(w => Enum.GetNames<AgentCall>().Contains(w, StringComparer.OrdinalIgnoreCase) && (pattern.StartsWith("lose ", StringComparison.Ordinal) || pattern.StartsWith("next ", StringComparison.Ordinal)) ? "run" : w));

    [Fact]
    public void Each_call_of_an_agent_is_named() =>
        Assert.All(Enum.GetNames<AgentCall>().Select(c => c.ToLowerInvariant()).Where(c => c != "run"), call => Assert.Contains($"`{call}`", Text, StringComparison.Ordinal));

    /// <summary>The code spans in the first cell of each row between the phrases' heading and the nights'.</summary>
    private static IEnumerable<string[]> PhraseCells()
    {
        var (from, to) = (Text.IndexOf("## Phrases after", StringComparison.Ordinal), Text.IndexOf("\n## Nights", StringComparison.Ordinal));
        foreach (var row in Text[from..to].Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)))
            yield return [.. Span().Matches(row.Split(" | ")[0]).Select(m => m.Groups["code"].Value)];
    }

    /// <summary>The lines of the first block of code below a heading.</summary>
    private static string[] Block(string heading)
    {
        var at = Text.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        var from = Text.IndexOf("\n```\n", at, StringComparison.Ordinal) + 5;
        return Text[from..Text.IndexOf("\n```\n", from, StringComparison.Ordinal)].Split('\n');
    }

    [GeneratedRegex("`(?<code>[^`]+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Span();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();
}
