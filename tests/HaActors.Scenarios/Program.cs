using HaActors.Scenarios.Nights;

namespace HaActors.Scenarios;

/// <summary>Scenario files, or nights drawn from seeds: exit code 1 if one goes otherwise or breaks a rule, 2 if something is not understood.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Any(a => a is "--help" or "-h" or "-?"))
        {
            Console.WriteLine($"{FileCommand.Usage}\n\n{NightCommand.Usage}");
            return 0;
        }

        string problem;
        string usage;
        if (args is ["nights", .. var words])
        {
            if (NightCommand.Parse(words, out problem) is { } nights) return nights.Run();
            usage = NightCommand.Usage;
        }
        else
        {
            if (FileCommand.Parse(args, out problem) is { } files) return files.Run();
            usage = $"{FileCommand.Usage}\n\n{NightCommand.Usage}";
        }

        Console.Error.WriteLine($"{problem}\n\n{usage}");
        return 2;
    }
}
