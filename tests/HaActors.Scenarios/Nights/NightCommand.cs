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
        var given = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < words.Count && problem.Length == 0; i += 2)
        {
            var (option, value) = (words[i], i + 1 < words.Count ? words[i + 1] : "");
            problem = !given.Add(option) ? $"'{option}' is given twice" : command.Take(option, value, out command);
        }

        if (problem.Length == 0 && command.First > command.Last) problem = "which seeds? say --seeds 1-2000";
        else if (problem.Length == 0 && command.Broken is not null && given.FirstOrDefault(o => o is "--out" or "--most") is { } other)
            problem = $"{other} goes with nights of the product as it is; --broken stops at the first night that finds the variant, and that night passes without it";
        return problem.Length == 0 ? command : null;
    }

    /// <returns>What is wrong with the option or its value; empty if it was taken.</returns>
    private string Take(string option, string value, out NightCommand taken)
    {
        taken = this;
        switch (option)
        {
            case "--seeds" when Seeds(value) is var (first, last):
                taken = this with { First = first, Last = last };
                return "";
            case "--seeds":
                return $"'{value}' is no range of seeds: say --seeds 1-2000, or --seeds 7 for one night";
            case "--jobs" when Number(value) is > 0 and <= 64 and var jobs:
                taken = this with { Jobs = jobs };
                return "";
            case "--jobs":
                return $"'{value}' is no number of jobs: 1 to 64";
            case "--most" when Number(value) is > 0 and var most:
                taken = this with { Most = most };
                return "";
            case "--most":
                return $"'{value}' is no number of failures: 1 and up";
            case "--broken" when value == "all" || Variants.All.Any(v => v.Name == value):
                taken = this with { Broken = value };
                return "";
            case "--broken":
                return $"'{value}' is no broken variant: all, {string.Join(", ", Variants.All.Select(v => v.Name))}";
            case "--out" when value.Length > 0 && !value.StartsWith("--", StringComparison.Ordinal):
                taken = this with { Out = value };
                return "";
            case "--out":
                return "--out needs a directory";
            default:
                return $"'{option}' is no option of nights: --seeds, --jobs, --most, --broken, --out";
        }
    }

    private static (int First, int Last)? Seeds(string text) =>
        text.Split('-') is [var a, .. { Length: < 2 } b] && Number(a) is { } first && Number(b.Length == 0 ? a : b[0]) is { } last && first <= last ? (first, last) : null;

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
