using System.Collections.Concurrent;

namespace HaActors.Agent.Instances;

/// <summary>One act at a time on each instance. The lock is held until the act really ended, also when its caller has gone.</summary>
internal sealed class InstanceLocks
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _locks = new(StringComparer.Ordinal);

    /// <summary>Waits for the lock; null if it is still taken after <paramref name="limit"/>.</summary>
    internal async Task<IDisposable?> EnterAsync(string uuid, TimeSpan limit)
    {
        var gate = _locks.GetOrAdd(uuid, static _ => new SemaphoreSlim(1, 1));
        return await gate.WaitAsync(limit).ConfigureAwait(false) ? new Held(gate) : null;
    }

    /// <summary>Takes the lock if it is free.</summary>
    internal IDisposable? TryEnter(string uuid)
    {
        var gate = _locks.GetOrAdd(uuid, static _ => new SemaphoreSlim(1, 1));
        return gate.Wait(0) ? new Held(gate) : null;
    }

    private sealed class Held(SemaphoreSlim gate) : IDisposable
    {
        private SemaphoreSlim? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Release();
    }
}
