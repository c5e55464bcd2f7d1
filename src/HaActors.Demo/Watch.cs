using System.Globalization;
using HaActors.Api;

namespace HaActors.Demo;

/// <summary>Follows the master over its API: each change of a hypervisor's state, and the event log as it grows.</summary>
internal sealed class Watch(HaActorsClient client, Story story)
{
    /// <summary>The demo's own name in the event log; what it did itself it has told already.</summary>
    internal const string Who = "demo";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(400);
    private readonly Dictionary<string, (string State, int Failures)> _known = [];

    /// <summary>An incident in which every instance has an end.</summary>
    internal event Action<string>? IncidentEnded;

    internal async Task FollowStatesAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                foreach (var hypervisor in await client.HypervisorsAsync(stopping).ConfigureAwait(false)) Compare(hypervisor);
                await Task.Delay(Pace, stopping).ConfigureAwait(false);
            }
            catch (HaActorsException failure)
            {
                story.Tell(Voice.Demo, failure.Message);
                await Task.Delay(Pace * 5, stopping).ConfigureAwait(false);
            }
        }
    }

    internal async Task FollowLogAsync(CancellationToken stopping)
    {
        long after = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await foreach (var line in client.StreamEventsAsync(new EventFilter(After: after), stopping).ConfigureAwait(false))
                {
                    after = line.Id;
                    Tell(line);
                }
            }
            catch (HaActorsException failure)
            {
                story.Tell(Voice.Demo, failure.Message);
            }

            await Task.Delay(Pace, stopping).ConfigureAwait(false);
        }
    }

    private void Compare(HypervisorInfo now)
    {
        var seen = (now.State, now.Failures);
        var isNew = !_known.TryGetValue(now.Id, out var before);
        _known[now.Id] = seen;
        if (isNew || before == seen) return;
        var change = before.State == now.State ? now.State : $"{before.State} → {now.State}";
        var misses = now.Failures == 0 || now.Failures == before.Failures ? "" : string.Create(CultureInfo.InvariantCulture, $", {now.Failures} {(now.Failures == 1 ? "miss" : "misses")} in a row");
        var why = now.LastProbe?.Detail is { Length: > 0 } detail && misses.Length > 0 ? $" ({detail})" : "";
        story.Tell(Voice.Sees, $"{now.Id}: {change}{misses}{why}");
    }

    private void Tell(EventInfo line)
    {
        if (line.Data.TryGetValue("who", out var who) && who == Who) return;
        story.Tell(Voice.Log, line.Message, line.Type);
        if (line is { Type: "evacuation_completed", IncidentId: { } incident } && line.Data.GetValueOrDefault("waiting") is null or "0") IncidentEnded?.Invoke(incident);
    }
}
