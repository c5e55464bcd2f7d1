using System.Collections.Concurrent;
using System.Globalization;
using HaActors.Simulation.Live;

namespace HaActors.Demo;

/// <summary>Who kills and revives: the plan of the command line, and the keys.</summary>
internal sealed class Stage(LiveFleet fleet, Story story)
{
    private static readonly TimeSpan KeyPace = TimeSpan.FromMilliseconds(100);

    /// <summary>Lines that are told otherwise, or are only the first day's set-up.</summary>
    private static readonly string[] Untold = [" managed", " told the floors", " cleared", "run "];
    private readonly ConcurrentDictionary<string, DateTimeOffset> _died = new();
    private readonly ConcurrentDictionary<string, bool> _unsettled = new();
    private volatile bool _planIsDone;

    /// <summary>When the demo last let it die; null if it never did.</summary>
    internal DateTimeOffset? DiedAt(string? hypervisor) => hypervisor is not null && _died.TryGetValue(hypervisor, out var at) ? at : null;

    /// <summary>The incident of this hypervisor is over.</summary>
    internal void Settle(string? hypervisor)
    {
        if (hypervisor is not null) _unsettled.TryRemove(hypervisor, out _);
    }

    /// <summary>Ends when all that was planned has happened, each death is settled and everything runs.</summary>
    internal async Task UntilSettledAsync(CancellationToken stopping)
    {
        while (!_planIsDone || !_unsettled.IsEmpty || fleet.Instances().Any(i => i.RunsOn.Count != 1)) await Task.Delay(KeyPace, stopping).ConfigureAwait(false);
    }

    internal void TellActs() => fleet.Acted += text =>
    {
        if (!Untold.Any(u => text.StartsWith(u, StringComparison.Ordinal) || text.EndsWith(u, StringComparison.Ordinal) || text.Contains(u + " ", StringComparison.Ordinal))) story.Tell(Voice.World, text);
    };

    internal async Task FollowPlanAsync(IReadOnlyList<PlannedAct> plan, CancellationToken stopping)
    {
        foreach (var act in plan)
        {
            if (act.At - story.Now is { Ticks: > 0 } wait) await Task.Delay(wait, stopping).ConfigureAwait(false);
            if (act.How is { } how) Kill(act.Hypervisor, how);
            else Revive(act.Hypervisor);
        }

        _planIsDone = true;
    }

    /// <summary>Ends when q is pressed; never where there is no keyboard to listen to.</summary>
    internal async Task FollowKeysAsync(CancellationToken stopping)
    {
        if (Console.IsInputRedirected) await Task.Delay(Timeout.InfiniteTimeSpan, stopping).ConfigureAwait(false);
        while (true)
        {
            while (Console.KeyAvailable)
            {
                var key = Console.ReadKey(intercept: true).KeyChar;
                if (key is 'q' or 'Q') return;
                if (key - '0' is >= 1 and <= DemoOptions.Hypervisors and var number) Toggle(DemoOptions.HypervisorName(number));
            }

            await Task.Delay(KeyPace, stopping).ConfigureAwait(false);
        }
    }

    private void Toggle(string hypervisor)
    {
        if (fleet.IsAlive(hypervisor)) Kill(hypervisor, Death.Hang);
        else Revive(hypervisor);
    }

    private void Kill(string hypervisor, Death how)
    {
        _died[hypervisor] = DateTimeOffset.UtcNow;
        _unsettled[hypervisor] = true;
        var running = fleet.Instances().Where(i => i.RunsOn.Contains(hypervisor)).Select(i => i.Name).ToList();
        story.Tell(Voice.Demo, string.Create(CultureInfo.InvariantCulture, $"{hypervisor} dies now, with {running.Count} instances: {string.Join(", ", running)}"));
        fleet.Kill(hypervisor, how);
    }

    private void Revive(string hypervisor)
    {
        story.Tell(Voice.Demo, $"{hypervisor} is repaired now");
        fleet.Revive(hypervisor);
    }
}
