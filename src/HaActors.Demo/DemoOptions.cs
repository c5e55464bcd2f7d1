using System.Globalization;
using HaActors.Simulation.Live;

namespace HaActors.Demo;

/// <summary>One thing that happens to a hypervisor at a planned moment.</summary>
/// <param name="At">After the fleet is watched.</param>
/// <param name="How">Null: it is revived.</param>
internal sealed record PlannedAct(string Hypervisor, TimeSpan At, Death? How);

/// <summary>What the command line asked for.</summary>
/// <param name="Duration">Null: until Ctrl-C or q.</param>
/// <param name="Port">Null: 8080, or a free one if that is taken.</param>
/// <param name="Once">End as soon as every planned act is done, every death is settled and everything runs; <paramref name="Duration"/> is then the limit.</param>
/// <param name="Tick">One sweep each; 1 s to 30 s. The probe time-out is a third of it.</param>
internal sealed record DemoOptions(TimeSpan? Duration, IReadOnlyList<PlannedAct> Plan, int? Port, TimeSpan Tick, bool Once, bool Verbose, bool Help)
{
    internal const int Hypervisors = 5;
    internal const int InstancesEach = 4;

    internal const string HelpText = """
        HaActors.Demo: a simulated fleet of 5 hypervisors and 20 instances under a real master, on this machine only

        usage: dotnet run --project src/HaActors.Demo [-- OPTION...]

          --duration 90s        end after this; else Ctrl-C or q ends it. Counted, as all times here, from the moment at which the fleet is watched
          --once                end as soon as all that was planned has happened and everything runs again; --duration is then the limit
          --kill hv2@15s        let this hypervisor die then (several allowed; 'none' for no death); default hv2@15s
                                hv2@15s:hang   its kernel hangs, its instances run on until its power is cut (this is what happens if you name nothing)
                                hv2@15s:power  its mains fail
                                hv2@15s:cable  its network cable is cut, its instances run on
          --revive hv2@60s      repair it then (several allowed)
          --tick 3s             one sweep each, 1s to 30s; a probe waits a third of it
          --port 8080           of the HTTP API on 127.0.0.1; default 8080, or a free one if that is taken
          --verbose             the master's own log too

        keys: 1 to 5 kill or revive that hypervisor, q ends
        exit code: 0 every instance runs, exactly once; 1 one does not (a table tells which); 2 an option is wrong
        """;

    internal TimeSpan ProbeTimeout => Tick / 3;

    /// <summary>Throws <see cref="OptionException"/> with one line for the first thing that is wrong.</summary>
    internal static DemoOptions Parse(IReadOnlyList<string> args)
    {
        var options = new DemoOptions(null, [], null, TimeSpan.FromSeconds(3), false, false, false);
        List<PlannedAct>? kills = null;
        var revives = new List<PlannedAct>();
        var left = new Queue<string>(args.SelectMany(Split));
        while (left.TryDequeue(out var name))
        {
            switch (name)
            {
                case "--help" or "-h" or "-?":
                    return options with { Help = true };
                case "--verbose":
                    options = options with { Verbose = true };
                    break;
                case "--once":
                    options = options with { Once = true };
                    break;
                case "--duration":
                    options = options with { Duration = Span(name, Value(name, left), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)) };
                    break;
                case "--tick":
                    options = options with { Tick = Span(name, Value(name, left), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30)) };
                    break;
                case "--port":
                    options = options with { Port = PortNumber(Value(name, left)) };
                    break;
                case "--kill":
                    kills ??= [];
                    if (Value(name, left) is not "none" and var kill) kills.Add(Act(name, kill, revive: false));
                    break;
                case "--revive":
                    revives.Add(Act(name, Value(name, left), revive: true));
                    break;
                default:
                    throw new OptionException($"'{name}' is no option of the demo; --help lists them.");
            }
        }

        kills ??= [new PlannedAct("hv2", TimeSpan.FromSeconds(15), Death.Hang)];
        return options with { Plan = [.. kills.Concat(revives).OrderBy(a => a.At)] };
    }

    private static string[] Split(string arg) =>
        arg.StartsWith("--", StringComparison.Ordinal) && arg.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? [arg[..at], arg[(at + 1)..]] : [arg];

    private static string Value(string name, Queue<string> left) =>
        left.TryDequeue(out var value) && !value.StartsWith("--", StringComparison.Ordinal) ? value : throw new OptionException($"{name} has no value; --help shows one.");

    private static PlannedAct Act(string name, string text, bool revive)
    {
        var parts = text.Split('@');
        var when = parts.Length == 2 ? parts[1].Split(':') : [];
        if (when.Length is not (1 or 2) || (revive && when.Length == 2))
            throw new OptionException($"{name} is '{text}'; it must be a hypervisor and a time, like hv2@15s{(revive ? "" : " or hv2@15s:power")}.");
        if (!Enumerable.Range(1, Hypervisors).Any(n => parts[0] == HypervisorName(n)))
            throw new OptionException($"{name} names '{parts[0]}'; there are hv1 to hv{Hypervisors}.");
        var at = Span(name, when[0], TimeSpan.Zero, TimeSpan.FromDays(1));
        if (revive) return new PlannedAct(parts[0], at, null);
        return (when.Length == 1 ? "hang" : when[1]) switch
        {
            "hang" => new PlannedAct(parts[0], at, Death.Hang),
            "power" => new PlannedAct(parts[0], at, Death.Power),
            "cable" => new PlannedAct(parts[0], at, Death.Cable),
            var other => throw new OptionException($"{name} names the death '{other}'; there are hang, power and cable."),
        };
    }

    internal static string HypervisorName(int number) => string.Create(CultureInfo.InvariantCulture, $"hv{number}");

    private static TimeSpan Span(string name, string text, TimeSpan least, TimeSpan most)
    {
        var (number, unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 0.001),
            _ when text.EndsWith('s') => (text[..^1], 1.0),
            _ when text.EndsWith('m') => (text[..^1], 60.0),
            _ => ("", 0),
        };
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value * unit >= least.TotalSeconds && value * unit <= most.TotalSeconds
            ? TimeSpan.FromSeconds(value * unit)
            : throw new OptionException(FormattableString.Invariant($"{name}: '{text}' is no time from {least.TotalSeconds:0} s to {most.TotalSeconds:0} s, like 90s, 1.5m or 500ms."));
    }

    private static int PortNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65_535
            ? port
            : throw new OptionException($"--port is '{text}'; it must be a whole number from 1 to 65535.");
}

/// <summary>An option that can't be followed; one line for who typed it.</summary>
internal sealed class OptionException(string message) : Exception(message);
