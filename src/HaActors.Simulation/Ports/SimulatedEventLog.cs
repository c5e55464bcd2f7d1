using System.Collections.Immutable;
using HaActors.Domain.EventLog;
using HaActors.Domain.Ports;

namespace HaActors.Simulation.Ports;

/// <summary>The table <c>ha_events</c> in memory: each journal offset once, whatever is repeated.</summary>
/// <param name="inventory">Where operators' changes wait for the log; null: there are none.</param>
public sealed class SimulatedEventLog(SimulatedInventory? inventory = null) : IEventLog
{
    private readonly Lock _gate = new();
    private readonly List<LogEntry> _entries = [];
    private long _offset;

    /// <summary>True: every call throws <see cref="SimulatedDatabaseAwayException"/>.</summary>
    public bool Away { get; set; }

    /// <summary>All lines; the id of each is its place, from 1.</summary>
    public ImmutableArray<LogEntry> Entries
    {
        get { lock (_gate) return [.. _entries]; }
    }

    /// <summary>Called for each line once it is in the table, for whoever watches the log.</summary>
    public event Action<LogEntry>? Appended;

    public Task<long> ReadOffsetAsync(CancellationToken stopping) => Serve(() => _offset);

    /// <summary>Where the journal ends; the world's database tells.</summary>
    public Func<long> JournalEnd { get; set; } = () => 0;

    public Task<long> ReadJournalEndAsync(CancellationToken stopping) => Serve(JournalEnd);

    /// <summary>Sets the table back to its first <paramref name="lines"/> lines and an offset, as a restored backup would.</summary>
    public void RestoreTo(int lines, long offset)
    {
        lock (_gate)
        {
            _entries.RemoveRange(lines, _entries.Count - lines);
            _offset = offset;
        }
    }

    /// <summary>Offset up to which it is written.</summary>
    public long WrittenUpTo
    {
        get { lock (_gate) return _offset; }
    }

    public Task<long> AppendAsync(ImmutableArray<LogEntry> entries, long offset, CancellationToken stopping) => Serve(() =>
    {
        var found = _offset;
        if (offset <= _offset) return found;
        Add(entries);
        _offset = offset;
        return found;
    });

    /// <summary>The next <see cref="AppendInventoryChangesAsync"/> would do something, or fail.</summary>
    public bool HasChanges => Away || inventory is { HasChanges: true };

    public Task<int> AppendInventoryChangesAsync(CancellationToken stopping) => Serve(() =>
    {
        var changes = inventory?.TakeChanges() ?? [];
        Add(changes);
        return changes.Length;
    });

    private void Add(ImmutableArray<LogEntry> entries)
    {
        _entries.AddRange(entries);
        foreach (var entry in entries) Appended?.Invoke(entry);
    }

    private Task<T> Serve<T>(Func<T> work)
    {
        if (Away) return Task.FromException<T>(new SimulatedDatabaseAwayException());
        lock (_gate) return Task.FromResult(work());
    }
}
