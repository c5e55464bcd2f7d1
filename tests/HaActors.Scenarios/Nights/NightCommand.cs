using System.Globalization;
using HaActors.Scenarios.Run;
using HaActors.Scenarios.Run.Checking;

namespace HaActors.Scenarios.Nights;

/// <summary><c>nights --seeds 1-2000</c>: searches for a night that breaks a rule, and prints a small scenario file of each.</summary>
internal sealed record NightCommand(int First, int Last, int Jobs, int Most, string? Broken, string? Out)
{
    public const string Usage = """
        usage: dotnet run -c Release --project tests/HaActors.Scenarios -- nights --seeds FIRST-LAST [--jobs N] [--most N] [--broken NAME|all] [--out DIRECTORY]
        --seeds   which nights; each is the same whenever it is drawn
        --jobs    at once; default: one for each processor
        --most    stops after so many failures; default 5
        --broken  a variant of the product with one wrong rule, which must be found; all: each of them
        --out     where the shrunk scenario files go as well
        """;

    /// <returns>Null, with the problem said, if the words are not understood.</returns>
    public static NightCommand? Parse(IReadOnlyList<string> words, out string problem)
    {
        var command = new NightCommand(1, 0, Environment.ProcessorCount, 5, null, null);
        problem = "";
        for (var i = 0; i < words.Count; i += 2)
        {
            var value = i + 1 < words.Count ? words[i + 1] : "";
            switch (words[i])
            {
                case "--seeds" when value.Split('-') is [var a, .. var b] && Number(a) is { } first && Number(b.Length == 0 ? a : b[0]) is { } last && b.Length < 2 && first <= last:
                    command = command with { First = first, Last = last };
                    break;
                case "--jobs" when Number(value) is > 0 and <= 64 and var jobs:
                    command = command with { Jobs = jobs };
                    break;
                case "--most" when Number(value) is > 0 and var most:
                    command = command with { Most = most };
                    break;
                case "--broken" when value == "all" || Variants.All.Any(v => v.Name == value):
                    command = command with { Broken = value };
                    break;
                case "--out" when value.Length > 0:
                    command = command with { Out = value };
                    break;
                default:
                    problem = $"'{words[i]} {value}' is not understood; variants are: {string.Join(", ", Variants.All.Select(v => v.Name))}";
                    return null;
            }
        }

        if (command.First <= command.Last) return command;
        problem = "which seeds? say --seeds 1-2000";
        return null;
    }

    public int Run()
    {
        if (Broken is null) return Search(Variant.None) == 0 ? 0 : 1;
        var variants = Broken == "all" ? Variants.All : [.. Variants.All.Where(v => v.Name == Broken)];
        var missed = 0;
        foreach (var variant in variants)
        {
            var summary = NightSearch.Run(First, Last, variant, Jobs, 1, _ => { });
            if (summary.Failed.Find(f => f.Rule != Rules.Crash) is { } found)
            {
                Console.WriteLine($"{variant.Name} ({variant.What}): found after {summary.Seeds} nights, {found.Night.Name}: {found.Broken[0]}");
            }
            else
            {
                missed++;
                Console.WriteLine($"{variant.Name} ({variant.What}): NOT FOUND in {summary.Seeds} nights");
            }
        }

        Console.WriteLine($"{variants.Length - missed} variants found, {missed} not found");
        return missed == 0 ? 0 : 1;
    }

    private int Search(Variant variant)
    {
        var summary = NightSearch.Run(First, Last, variant, Jobs, Most, Console.Error.WriteLine);
        foreach (var failed in summary.Failed) Tell(failed, variant);
        Console.WriteLine(summary);
        return summary.Failed.Count;
    }

    private void Tell(NightOutcome failed, Variant variant)
    {
        var lines = Shrunk(failed, variant);
        Console.WriteLine($"== {failed.Night.Name}");
        foreach (var line in lines) Console.WriteLine(line);
        if (Out is null) return;
        Directory.CreateDirectory(Out);
        File.WriteAllLines(Path.Combine(Out, $"{failed.Night.Name}.scenario"), lines);
    }

    /// <summary>A scenario file that breaks the same rule, with nothing in it that is not needed for that; bounded in runs and time.</summary>
    internal static string[] Shrunk(NightOutcome failed, Variant variant)
    {
        var small = new Shrinker(variant, 250, TimeSpan.FromSeconds(60)).Shrink(failed);
        return [$"# {failed.Night.Name}, shrunk. It breaks:", .. small.Broken.SelectMany(b => b.ToString().Split('\n').Take(12)).Select(l => $"#   {l}"), .. small.Night.Lines, ""];
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
