using System.Collections.Concurrent;
using System.Net;

namespace HaActors.Agent.Shutdown;

/// <summary>
/// When the machine is shut down or rebooted in order, the agent says so before it ends: from then on it answers <c>shutting_down</c> to every <c>/health</c>, and it
/// waits until each who has asked lately has asked again. So every master that watches this host has heard it, whatever its address; nobody need be configured.
/// </summary>
internal sealed class Farewell(IMachineState machine, TimeProvider time, ILogger<Farewell> log) : IHostedLifecycleService
{
    /// <summary>A tick of the masters (30 s by default) and a little. The unit's TimeoutStopSec must be longer.</summary>
    internal static readonly TimeSpan AtMost = TimeSpan.FromSeconds(35);

    /// <summary>Who has not asked for this long watches no more.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<IPAddress, DateTimeOffset> _asked = new();
    private volatile bool _isShuttingDown;

    internal bool IsShuttingDown => _isShuttingDown;

    /// <summary>Somebody asks for the health.</summary>
    internal void Asked(IPAddress? who)
    {
        if (who is null) return;
        // A port scan of a whole network must not fill the memory of an agent that runs for years.
        if (_asked.Count > 1000)
        {
            foreach (var (old, at) in _asked)
                if (time.GetUtcNow() - at > Lately) _asked.TryRemove(old, out _);
        }

        _asked[who] = time.GetUtcNow();
    }

    /// <summary>Before anything else ends: the agent still listens.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (!await machine.IsStoppingAsync().ConfigureAwait(false)) return;
        var began = time.GetUtcNow();
        var watching = _asked.Where(a => began - a.Value <= Lately).Select(a => a.Key).ToList();
        _isShuttingDown = true;
        log.LogInformation("the host is being shut down or rebooted: {Count} who watch it are told", watching.Count);
        while (time.GetUtcNow() - began < AtMost && !watching.All(w => _asked.TryGetValue(w, out var at) && at > began))
        {
            if (cancellationToken.IsCancellationRequested) return;
            await Task.Delay(Pace, time, CancellationToken.None).ConfigureAwait(false);
        }

        // The last answer is on its way.
        await Task.Delay(Pace, time, CancellationToken.None).ConfigureAwait(false);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
