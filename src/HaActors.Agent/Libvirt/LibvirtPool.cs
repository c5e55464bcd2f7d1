using System.Collections.Concurrent;
using HaActors.Agent.Hosts;

namespace HaActors.Agent.Libvirt;

/// <summary>
/// The way to libvirt. Watching and acting have threads of their own, so that starts that hang never blind the watcher.
/// Connections are kept and shared out; a broken one is dropped, and the next call opens another.
/// </summary>
internal sealed class LibvirtPool(string uri) : IDisposable
{
    private readonly BoundedThreads _watching = new("libvirt", 4);
    private readonly BoundedThreads _acting = new("libvirt (acting)", 16);
    private readonly ConcurrentBag<LibvirtConnection> _idle = [];
    private volatile bool _disposed;

    internal string Uri => uri;

    /// <summary>A short read.</summary>
    /// <exception cref="LibvirtDownException">No answer within <paramref name="limit"/>, or no connection.</exception>
    internal Task<T> ReadAsync<T>(Func<LibvirtConnection, T> work, TimeSpan limit) => CallAsync(_watching, work, limit);

    /// <summary>An act, e.g. a start. After <paramref name="limit"/> it goes on unwatched: its outcome is unknown, not failed.</summary>
    /// <exception cref="LibvirtDownException">No answer within <paramref name="limit"/>, or no connection.</exception>
    internal Task<T> ActAsync<T>(Func<LibvirtConnection, T> work, TimeSpan limit) => CallAsync(_acting, work, limit);

    public void Dispose()
    {
        _disposed = true;
        // Closing asks the daemon, too: one that hangs must not keep the agent from ending.
        var closing = new Thread(() =>
        {
            while (_idle.TryTake(out var connection)) connection.Dispose();
        })
        { IsBackground = true, Name = "libvirt close" };
        closing.Start();
        closing.Join(TimeSpan.FromSeconds(1));
    }

    private async Task<T> CallAsync<T>(BoundedThreads threads, Func<LibvirtConnection, T> work, TimeSpan limit)
    {
        try
        {
            return await threads.RunAsync(() => WithConnection(work), limit).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new LibvirtDownException(late.Message);
        }
    }

    private T WithConnection<T>(Func<LibvirtConnection, T> work)
    {
        var connection = TakeIdle() ?? LibvirtConnection.Open(uri);
        try
        {
            return work(connection);
        }
        catch (LibvirtException error) when (!connection.IsAlive)
        {
            throw new LibvirtDownException($"the connection to libvirt broke: {error.Message}");
        }
        finally
        {
            if (connection.IsAlive && !_disposed) _idle.Add(connection);
            else connection.Dispose();
        }
    }

    private LibvirtConnection? TakeIdle()
    {
        while (_idle.TryTake(out var connection))
        {
            if (connection.IsAlive) return connection;
            connection.Dispose();
        }

        return null;
    }
}
