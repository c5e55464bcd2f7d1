using System.Collections.Concurrent;

namespace HaActors.Agent.State;

/// <summary>
/// The state directory. Every change is on disk before the call returns. Files: <c>instances/&lt;uuid&gt;</c>,
/// <c>epochs-known</c>, <c>cleared</c>, <c>datastores</c>, and <c>hook-used</c>, which the hook writes.
/// </summary>
internal sealed class StateStore : IDisposable
{
    private readonly ConcurrentDictionary<string, InstanceRecord> _records = new(StringComparer.Ordinal);
    private readonly Lock _writing = new();
    private readonly FileStream _alone;

    /// <summary>Reads the directory, and makes it if it is not there.</summary>
    /// <exception cref="IOException">It cannot be read or written, or a file in it is damaged; the message names the path.</exception>
    internal StateStore(string directory)
    {
        Root = Path.GetFullPath(directory);
        try
        {
            Directory.CreateDirectory(InstancesDirectory);
            // Two agents on one directory would each know half of the epochs.
            _alone = new FileStream(Path.Combine(Root, "lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
            foreach (var path in Directory.EnumerateFiles(InstancesDirectory).Where(p => !p.EndsWith(".new", StringComparison.Ordinal))) Load(path);
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException and not DamagedStateException)
        {
            throw new IOException($"HaAgent:StateDirectory: {Root} cannot be read and written: {failure.Message}", failure);
        }
    }

    public void Dispose() => _alone.Dispose();

    internal string Root { get; }

    /// <summary>Floors are known: a master has told them to this directory once. Before, an old <c>run</c> could not be told from a new one.</summary>
    internal bool FloorsKnown => File.Exists(Path.Combine(Root, "epochs-known"));

    internal string? ClearedBoot => DurableFile.Read(Path.Combine(Root, "cleared"))?.Trim();

    private string InstancesDirectory => Path.Combine(Root, "instances");

    /// <summary>The record, or a blank one.</summary>
    internal InstanceRecord Get(string uuid) => _records.GetValueOrDefault(uuid) ?? new InstanceRecord();

    internal bool Knows(string uuid) => _records.ContainsKey(uuid);

    /// <summary>Changes a record; durable on return. Nothing is written if nothing changes.</summary>
    internal InstanceRecord Update(string uuid, Func<InstanceRecord, InstanceRecord> change)
    {
        lock (_writing)
        {
            var before = Get(uuid);
            var after = change(before);
            if (after == before) return after;
            DurableFile.Write(Path.Combine(InstancesDirectory, uuid), after.Format());
            _records[uuid] = after;
            return after;
        }
    }

    /// <summary>Raises the floors, never lowers one, and remembers that they are known.</summary>
    internal void LearnFloors(IReadOnlyDictionary<string, long> floors)
    {
        foreach (var (uuid, floor) in floors) Update(uuid, r => r with { Floor = Math.Max(r.Floor, floor) });
        if (!FloorsKnown) DurableFile.Write(Path.Combine(Root, "epochs-known"), "A master has told the floors to this directory.\n");
    }

    internal void Clear(string bootId)
    {
        if (ClearedBoot != bootId) DurableFile.Write(Path.Combine(Root, "cleared"), bootId + "\n");
    }

    private void Load(string path)
    {
        try
        {
            _records[Path.GetFileName(path)] = InstanceRecord.Parse(File.ReadAllText(path));
        }
        catch (FormatException damage)
        {
            // Guessing a floor could start an instance twice.
            throw new DamagedStateException($"HaAgent:StateDirectory: {path} is damaged ({damage.Message}); move the whole directory away, and the masters will tell the floors again");
        }
    }
}

/// <summary>A file of the state directory that cannot be understood.</summary>
internal sealed class DamagedStateException(string message) : IOException(message);
