using HaActors.Scenarios.Language;
using HaActors.Scenarios.Nights;
using HaActors.Scenarios.Run;

namespace HaActors.Scenarios;

/// <summary>Runs scenario files by hand: prints each log with its virtual times; exit code 1 if one differs or a rule is broken, 2 if one can't be read.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is ["nights", .. var words])
        {
            if (NightCommand.Parse(words, out var problem) is { } nights) return nights.Run();
            Console.Error.WriteLine($"{problem}\n{NightCommand.Usage}");
            return 2;
        }

        var accept = args.Contains("--accept");
        var why = args.Contains("--why");
        var quiet = args.Contains("--quiet");
        var drop = args.Contains("--drop-messages");
        var files = args.Where(a => !a.StartsWith("--", StringComparison.Ordinal)).SelectMany(a => Directory.Exists(a) ? Library.Below(a) : [a]).ToList();
        if (files.Count == 0 || args.Any(a => a.StartsWith("--", StringComparison.Ordinal) && a is not ("--accept" or "--why" or "--quiet" or "--drop-messages")))
        {
            Console.Error.WriteLine("usage: dotnet run --project tests/HaActors.Scenarios -- [--accept] [--why] [--quiet] [--drop-messages] FILE or FOLDER…\n--accept writes what came as what is expected; read it before you commit it.\n--why prints each stored event and the master's own log as they happen.\n--quiet prints only what differs.\n--drop-messages plays each night again with the first message of each kind lost, and compares how it ends.\n" + NightCommand.Usage);
            return 2;
        }

        var failed = 0;
        foreach (var file in files)
        {
            try
            {
                failed += (drop ? RunWithLosses(file) : Run(file, accept, why, quiet)) ? 0 : 1;
            }
            catch (Exception e) when (e is ScenarioException or IOException)
            {
                Console.Error.WriteLine(e.Message);
                return 2;
            }
        }

        Console.WriteLine($"{files.Count - failed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    private static bool RunWithLosses(string file)
    {
        var scenario = ScenarioParser.Read(file);
        var differences = Ends.Differences(scenario);
        Console.WriteLine($"== {scenario.Name}: {(differences.IsEmpty ? "ends the same" : "ENDS OTHERWISE (- all messages, + each lost once)")}");
        foreach (var line in differences) Console.WriteLine(line);
        return differences.IsEmpty;
    }

    private static bool Run(string file, bool accept, bool why, bool quiet)
    {
        var scenario = ScenarioParser.Read(file);
        Console.WriteLine($"== {scenario.Name}");
        var result = ScenarioRunner.Run(scenario, why ? Console.WriteLine : null);
        // A file without a log, such as a shrunk night, passes if no rule is broken.
        var difference = scenario.IsAccepted || accept ? Difference.Of(scenario.Expected, result.Log) : [];
        foreach (var line in difference.IsEmpty ? (quiet ? [] : result.Log) : accept && !quiet ? result.Log : difference) Console.WriteLine(line);
        foreach (var rule in result.Broken) Console.WriteLine($"BROKEN {rule}");
        if (accept && !difference.IsEmpty)
        {
            File.WriteAllText(file, string.Join('\n', scenario.Head.Reverse().SkipWhile(string.IsNullOrWhiteSpace).Reverse().Append("").Append("log").Concat(result.Log)) + '\n');
            Console.WriteLine($"accepted: {file}");
        }

        return result.Broken.IsEmpty && (accept || difference.IsEmpty);
    }
}
