using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run;

namespace HaActors.Scenarios;

/// <summary>Runs scenario files by hand, and prints each log with its virtual times.</summary>
/// <param name="Files">As they were given; what is below a folder is listed.</param>
/// <param name="Accept">What came is written as what is expected.</param>
/// <param name="Why">Each stored event and the master's own log, too.</param>
/// <param name="Quiet">Only what differs.</param>
/// <param name="DropMessages">Each night again, with the first message of each kind lost.</param>
internal sealed record FileCommand(IReadOnlyList<string> Files, bool Accept, bool Why, bool Quiet, bool DropMessages)
{
    public const string Usage = """
        usage: dotnet run --project tests/HaActors.Scenarios -- [--accept] [--why] [--quiet] [--drop-messages] FILE or FOLDER…
        --accept         writes what came as what is expected; read it before you commit it
        --why            prints each stored event and the master's own log as they happen
        --quiet          prints only what differs
        --drop-messages  plays each night again with the first message of each kind lost, and compares how it ends
        Exit code: 0 all went as written; 1 a log differs or a rule was broken; 2 a file or an option is not understood.
        """;

    private static readonly string[] Options = ["--accept", "--why", "--quiet", "--drop-messages"];

    /// <returns>Null, with the problem said, if the words are not understood.</returns>
    public static FileCommand? Parse(IReadOnlyList<string> words, out string problem)
    {
        var options = words.Where(w => w.StartsWith('-')).ToList();
        problem = options.Find(o => !Options.Contains(o)) is { } unknown ? $"'{unknown}' is no option; these are: {string.Join(", ", Options)}"
            : options.Contains("--drop-messages") && options.Exists(o => o is "--accept" or "--why") ? "--drop-messages compares ends, not logs; it does not go with --accept or --why"
            : "";
        if (problem.Length > 0) return null;

        var files = new List<string>();
        foreach (var word in words.Where(w => !w.StartsWith('-')))
        {
            if (word.Trim().Length == 0)
            {
                problem = "a name of a file is empty";
                return null;
            }

            if (!Directory.Exists(word))
            {
                files.Add(word);
                continue;
            }

            try
            {
                var below = Library.Below(word).ToList();
                if (below.Count == 0) problem = $"there is no file *.scenario below '{word}'";
                files.AddRange(below);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problem = $"'{word}' can't be read: {e.Message}";
            }

            if (problem.Length > 0) return null;
        }

        if (files.Count > 0) return new FileCommand(files, options.Contains("--accept"), options.Contains("--why"), options.Contains("--quiet"), options.Contains("--drop-messages"));
        problem = "which files? name some, or a folder";
        return null;
    }

    /// <returns>The exit code.</returns>
    public int Run()
    {
        var (failed, unreadable) = (0, 0);
        foreach (var file in Files)
        {
            try
            {
                var scenario = ScenarioParser.Read(file);
                if (!(DropMessages ? Losing(scenario) : Plays(scenario))) failed++;
            }
            catch (ScenarioException e)
            {
                Console.Error.WriteLine(e.Message);
                unreadable++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"{file}: {(e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message)}");
                unreadable++;
            }
        }

        Console.WriteLine($"{Files.Count - failed - unreadable} passed, {failed} failed{(unreadable > 0 ? $", {unreadable} not understood" : "")}");
        return unreadable > 0 ? 2 : failed > 0 ? 1 : 0;
    }

    private static bool Losing(Scenario scenario)
    {
        var differences = Ends.Differences(scenario);
        Console.WriteLine($"== {scenario.Name}: {(differences.IsEmpty ? "ends the same" : "ENDS OTHERWISE (- all messages, + each lost once)")}");
        foreach (var line in differences) Console.WriteLine(line);
        return differences.IsEmpty;
    }

    private bool Plays(Scenario scenario)
    {
        if (!scenario.IsAccepted && !scenario.OnlyRules && !Accept)
            throw new ScenarioException(scenario.File, scenario.Head.Length, "nothing is expected: there is no log. Run it with --accept, read what it wrote, and commit that; or say 'no log' where only the rules count");

        Console.WriteLine($"== {scenario.Name}");
        var result = ScenarioRunner.Run(scenario, Why ? Console.WriteLine : null);
        var difference = scenario.IsAccepted || Accept ? Difference.Of(scenario.Expected, result.Log) : [];
        foreach (var line in difference.IsEmpty ? (Quiet ? [] : result.Log) : Accept && !Quiet ? result.Log : difference) Console.WriteLine(line);
        foreach (var rule in result.Broken) Console.WriteLine($"BROKEN {rule}");
        if (Accept && !difference.IsEmpty)
        {
            if (!result.Broken.IsEmpty)
            {
                Console.WriteLine($"not accepted, for a rule is broken: {scenario.File}");
                return false;
            }

            File.WriteAllText(scenario.File, string.Join('\n', scenario.Head.Reverse().SkipWhile(string.IsNullOrWhiteSpace).Reverse().Append("").Append("log").Concat(result.Log)) + '\n');
            Console.WriteLine($"accepted: {scenario.File}");
        }

        return result.Broken.IsEmpty && (Accept || difference.IsEmpty);
    }
}
