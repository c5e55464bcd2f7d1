using System.Collections.Concurrent;
using HaActors.Agent.State;
using HaActors.AgentApi;

namespace HaActors.Agent.Hosts;

/// <summary>
/// Datastores are found by the marker on the file system itself. Every look goes through a thread that it may lose:
/// a dead NFS server never answers.
/// </summary>
internal sealed class Datastores(StateStore store)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);
    private readonly ConcurrentDictionary<string, BoundedThreads> _threads = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _uuids = new(Remembered(store), StringComparer.Ordinal);
    private readonly Lock _remembering = new();

    /// <summary>The directories to look at: those configured, or libvirt's pools as last seen.</summary>
    internal IReadOnlyList<string> Paths { get; set; } = [];

    /// <summary>Looks at all of them now; what does not answer is a warning.</summary>
    internal async Task<(IReadOnlyList<DatastoreInfo> Found, IReadOnlyList<string> Warnings)> LookAsync()
    {
        var looks = await Task.WhenAll(Paths.Select(LookAtAsync)).ConfigureAwait(false);
        return ([.. looks.Select(l => l.Found).OfType<DatastoreInfo>()], [.. looks.Select(l => l.Warning).OfType<string>()]);
    }

    /// <summary>The datastore that a path lies on, from what was last seen; null if on none.</summary>
    internal string? UuidOf(string path) => Paths
        .Where(p => path.StartsWith(p + "/", StringComparison.Ordinal))
        .OrderByDescending(p => p.Length)
        .Select(p => _uuids.GetValueOrDefault(p))
        .FirstOrDefault(u => u is not null);

    /// <summary>Nonces read afresh from the file system.</summary>
    /// <exception cref="AgentRefusal">404: not here.</exception>
    /// <exception cref="TimeoutException">The file system does not answer.</exception>
    internal Task<NonceAnswer> NoncesAsync(string uuid) => OnAsync(uuid, path => new NonceAnswer(uuid, DatastoreFiles.Nonces(path)));

    /// <summary>Writes this host's nonce, and reads all of them.</summary>
    internal Task<NonceAnswer> WriteNonceAsync(string uuid, string hypervisor, string nonce) => OnAsync(uuid, path =>
    {
        DatastoreFiles.WriteNonce(path, hypervisor, nonce);
        return new NonceAnswer(uuid, DatastoreFiles.Nonces(path));
    });

    private async Task<NonceAnswer> OnAsync(string uuid, Func<string, NonceAnswer> work)
    {
        var path = Paths.FirstOrDefault(p => _uuids.GetValueOrDefault(p) == uuid) ?? throw AgentRefusal.NotFound($"no datastore {uuid} here");
        return await Threads(path).RunAsync(
            () => DatastoreFiles.Marker(path) == uuid ? work(path) : throw AgentRefusal.NotFound($"the datastore at {path} is no longer {uuid}; is it mounted?"),
            TimeSpan.FromSeconds(5)).ConfigureAwait(false);
    }

    private async Task<(DatastoreInfo? Found, string? Warning)> LookAtAsync(string path)
    {
        try
        {
            return await Threads(path).RunAsync(() => LookAt(path), Limit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return (null, $"The datastore at {path} does not answer.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, $"The datastore at {path} cannot be used: {failure.Message}");
        }
    }

    private (DatastoreInfo? Found, string? Warning) LookAt(string path)
    {
        if (!Directory.Exists(path)) return (null, $"The datastore directory {path} does not exist.");
        var known = _uuids.GetValueOrDefault(path);
        if (DatastoreFiles.Marker(path) is not { } uuid)
        {
            // An empty mount point looks like a new datastore: marking it would make a local directory pass for the shared one.
            if (known is not null) return (null, $"The datastore at {path} has lost its marker {DatastoreFiles.MarkerName} ({known}); is it mounted?");
            if (MountTable.ShouldBeMounted(path)) return (null, $"{path} is in /etc/fstab and not mounted, so it is no datastore now.");
            if (DatastoreFiles.TryMark(path) is not { } made) return (null, $"The marker {DatastoreFiles.MarkerName} at {path} is empty or damaged; if that lasts, delete the file.");
            uuid = made;
        }

        if (known != uuid) Remember(path, uuid);
        return (new DatastoreInfo(uuid, path, new DriveInfo(path).AvailableFreeSpace >> 20, DatastoreFiles.Nonces(path)),
            known is null || known == uuid ? null : $"The datastore at {path} was {known} and is {uuid} now.");
    }

    private BoundedThreads Threads(string path) => _threads.GetOrAdd(path, static p => new BoundedThreads($"the datastore at {p}", 2));

    private void Remember(string path, string uuid)
    {
        lock (_remembering)
        {
            _uuids[path] = uuid;
            DurableFile.Write(Path.Combine(store.Root, "datastores"), string.Concat(_uuids.Select(d => $"{d.Value} {d.Key}\n")));
        }
    }

    private static Dictionary<string, string> Remembered(StateStore store) =>
        (DurableFile.Read(Path.Combine(store.Root, "datastores")) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 2)).Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
}
