namespace HaActors.Agent.Hosts;

/// <summary>
/// Runs blocking calls that may never return (a hung libvirtd, a dead NFS server) on threads of their own, so that none of
/// the pool's threads is ever stuck. A call over its limit is left behind; a bounded number of them may exist at once.
/// </summary>
/// <param name="name">Names the threads, and the refusals.</param>
/// <param name="most">Most calls at once, those left behind included.</param>
internal sealed class BoundedThreads(string name, int most)
{
    private int _busy;

    internal int Busy => Volatile.Read(ref _busy);

    /// <summary>
    /// Runs <paramref name="work"/>. It goes on after <paramref name="limit"/>, but nobody waits for it any more.
    /// </summary>
    /// <exception cref="TimeoutException">Over the limit, or all threads are stuck.</exception>
    internal async Task<T> RunAsync<T>(Func<T> work, TimeSpan limit)
    {
        if (Interlocked.Increment(ref _busy) > most)
        {
            Interlocked.Decrement(ref _busy);
            throw new TimeoutException($"{most} calls to {name} are running or stuck; none more is tried until one of them ends");
        }

        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                var answer = work();
                Interlocked.Decrement(ref _busy);
                done.SetResult(answer);
            }
#pragma warning disable CA1031 // handed to whoever waits
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Interlocked.Decrement(ref _busy);
                done.SetException(failure);
            }
        })
        { IsBackground = true, Name = name };
        thread.Start();
        // A late failure of a call that was left behind is nobody's any more.
        _ = done.Task.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        try
        {
            return await done.Task.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!done.Task.IsCompleted)
        {
            throw new TimeoutException($"{name} has not answered for {limit.TotalSeconds:0.#} s");
        }
    }
}
