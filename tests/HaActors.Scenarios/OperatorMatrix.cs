using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;
using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run;

namespace HaActors.Scenarios;

/// <summary>
/// Every state of a hypervisor × everything that an operator may do, each as a night of its own with the real actors: what is answered, and what is different
/// six minutes later from the night in which nobody did anything.
/// </summary>
public static class OperatorMatrix
{
    /// <summary>From the act to the first look, enough for an answer that asks the device first.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan Later = TimeSpan.FromMinutes(6);

    private static readonly HypervisorId Hv1 = new("hv1");

    private static readonly string Fleet = """
        fleet
          hypervisors hv1 hv2 hv3 hv4
          datastore san on hv1 hv2 hv3 hv4 without locks
          instances vm1 vm2 on hv1
        """;

    private static readonly string SmallFleet = Fleet.Replace("hv2 hv3 hv4\n", "\n  hypervisors hv2 hv3 hv4 memory 8GiB\n", StringComparison.Ordinal).Replace("on hv1\n", "on hv1 memory 30GiB\n", StringComparison.Ordinal) + " memory 30GiB";

    /// <summary>How hv1 comes into each state, and when it surely is in it. <c>Fenced</c> lasts no time on virtual time: the decider's own test has it.</summary>
    public static ImmutableArray<(string Name, HypervisorPhase Phase, string Fleet, string Acts, string At)> States { get; } =
    [
        ("Unknown", HypervisorPhase.Unknown, Fleet, "at 1s power off hv1", "4m"),
        ("Healthy", HypervisorPhase.Healthy, Fleet, "", "4m5s"),
        ("Suspect", HypervisorPhase.Suspect, Fleet, "at 4m cut hv1", "4m50s"),
        ("Down (storm)", HypervisorPhase.Down, Fleet, "at 5m cut hv1; at 5m cut hv3; at 5m cut hv4", "6m40s"),
        ("Down (no room)", HypervisorPhase.Down, SmallFleet, "at 5m cut hv1", "6m40s"),
        ("Fencing, nothing sent", HypervisorPhase.Fencing, Fleet, "at 4m bmc hv1 answers 8s late; at 5m cut hv1", "6m12s"),
        ("Fencing, off sent", HypervisorPhase.Fencing, Fleet, "at 4m bmc hv1 lies; at 5m cut hv1", "6m14s"),
        ("FenceFailed", HypervisorPhase.FenceFailed, Fleet, "at 4m bmc hv1 off the network; at 5m power off hv1", "6m36s"),
        ("Evacuating", HypervisorPhase.Evacuating, Fleet, "at 5m power off hv1; at 5m next run takes 50s; at 5m next run takes 50s", "6m22s"),
        ("Evacuated, instances wait", HypervisorPhase.Evacuated, SmallFleet, "at 5m power off hv1", "8m"),
        ("Evacuated", HypervisorPhase.Evacuated, Fleet, "at 5m power off hv1", "10m"),
        ("Returning", HypervisorPhase.Returning, Fleet, "at 5m power off hv1; at 8m power on hv1", "10m10s"),
    ];

    public static ImmutableArray<string> Acts { get; } =
    [
        "fence", "confirm-fenced", "maintenance", "resume", "power-on", "probe", "test-ipmi", "change-address", "delete", "cancel hv1-1", "retry vm1",
        "disarm", "opt-out vm1", "location ha off", "location evacuation off", "location observe on",
    ];

    /// <summary>The whole table, one row for each act.</summary>
    public static ImmutableArray<string> Table()
    {
        var quiet = States.Select(s => Night(s, null)).ToArray();
        var rows = ImmutableArray.CreateBuilder<string>();
        rows.Add($"| | {string.Join(" | ", States.Select(s => s.Name))} |");
        rows.Add($"|---|{string.Concat(States.Select(_ => "---|"))}");
        rows.AddRange(Acts.Select(act => $"| `{act}` | {string.Join(" | ", States.Select((s, i) => Cell(Night(s, act), quiet[i])))} |"));
        return rows.ToImmutable();
    }

    private static Outcome Night((string Name, HypervisorPhase Phase, string Fleet, string Acts, string At) state, string? act)
    {
        var words = act?.Split(' ', 2) ?? [];
        var phrase = words switch
        {
            [] => null,
            ["cancel", _] or ["retry", _] or ["disarm"] => $"{act} by anna because \"a reason\"",
            ["opt-out" or "location", _] => act,
            [var verb] => $"{verb} hv1 by anna because \"a reason\"",
            _ => act,
        };
        string[] lines =
        [
            .. state.Fleet.ReplaceLineEndings("\n").Split('\n'), "night", .. state.Acts.Split("; ", StringSplitOptions.RemoveEmptyEntries),
            .. phrase is null ? Array.Empty<string>() : [$"at {state.At} {phrase}"], "run until 1h", "log",
        ];
        var scenario = ScenarioParser.Parse(state.Name, lines);
        if (!Quantities.TryTime(state.At, out var at)) throw new FormatException(state.At);
        using var site = new SimulatedSite(scenario.Fleet);
        var rows = ScenarioRunner.Play(scenario with { Until = at + Later }, site, null, tellStory: false);
        if (!rows.Broken.IsEmpty) throw new InvalidOperationException($"{state.Name} × {act}: {string.Join("; ", rows.Broken.Select(b => b.ToString()))}");

        HypervisorState When(TimeSpan time) => site.Database.Rows.Where(r => r.StoredAt - site.Timeline.Start <= time).Select(r => r.Written).OfType<IHypervisorEvent>().Where(e => e.HypervisorId == Hv1)
            .Aggregate(HypervisorState.New(Hv1), (s, e) => s.Apply(e));
        if (When(at - TimeSpan.FromMilliseconds(1)).Phase is var was && was != state.Phase) throw new InvalidOperationException($"{state.Name}: hv1 is {was} at {state.At}, not {state.Phase}.");

        var answer = site.Desk.Where(d => d.At >= at && d.Text.StartsWith("answer: ", StringComparison.Ordinal)).Select(d => d.Text["answer: ".Length..]).FirstOrDefault();
        int Done(string prefix) => site.World.Acts.Count(a => a.At >= at && a.Text.Contains(prefix, StringComparison.Ordinal));
        return new Outcome(
            answer, When(at + Soon).Phase, When(at + Later).Phase, Done("off hv1 sent by "), Done("copy started on hv2") + Done("copy started on hv3") + Done("copy started on hv4"), Done("copy started on hv1"));
    }

    private static string Cell(Outcome it, Outcome quiet)
    {
        var answer = it.Answer switch
        {
            null => "",
            var a when a.StartsWith("no, ", StringComparison.Ordinal) => a["no, ".Length..a.IndexOf(':', StringComparison.Ordinal)],
            var a when a.StartsWith("yes: Nothing to do", StringComparison.Ordinal) => "nothing to do",
            var a when a.StartsWith("yes", StringComparison.Ordinal) => "yes",
            var a => a,
        };
        string[] parts =
        [
            answer,
            it.Soon == quiet.Soon ? "" : $"→ {it.Soon}",
            it.Later == quiet.Later || it.Later == it.Soon && it.Soon != quiet.Soon ? "" : $"… {it.Later}",
            More(it.Offs, quiet.Offs, "off"), More(it.Moved, quiet.Moved, "start elsewhere"), More(it.Restarted, quiet.Restarted, "start there"),
        ];
        var text = string.Join(", ", parts.Where(p => p.Length > 0));
        return text.Length > 0 ? text : "–";
    }

    private static string More(int now, int quiet, string what) => now == quiet ? "" : now > quiet ? (quiet == 0 ? $"**{what}**" : $"more {what}s") : now == 0 ? $"no {what}" : $"fewer {what}s";

    private sealed record Outcome(string? Answer, HypervisorPhase Soon, HypervisorPhase Later, int Offs, int Moved, int Restarted);
}
