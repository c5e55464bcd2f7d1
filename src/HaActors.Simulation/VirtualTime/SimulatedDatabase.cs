using System.Data.Common;

namespace HaActors.Simulation.VirtualTime;

/// <summary>The database could not be reached, or its answer was lost: whether a write took place is unknown.</summary>
public sealed class DatabaseAwayException(string message) : DbException(message);

/// <summary>Another writer already stored this sequence number of this persistence id.</summary>
public sealed class UniqueViolationException(string message) : DbException(message);

/// <summary>A writer remembers more of its persistence id than is stored: what it writes would lie behind a gap. As the real schema's trigger says it.</summary>
public sealed class JournalGapException(string message) : DbException(message);

/// <summary>
/// The one database of the simulated world: it outlives every master, can be slow, away, cut off from one master, or set back
/// to a backup. It runs in a lane of its own (usually the world's), so a write that was sent is stored though its sender died.
/// </summary>
public sealed class SimulatedDatabase(VirtualLane lane)
{
    private readonly List<StoredEvent> _rows = [];
    private readonly Dictionary<string, List<StoredEvent>> _byId = new(StringComparer.Ordinal);
    private readonly HashSet<VirtualLane> _cutOff = [];
    private long _lastOrdering;

    public VirtualLane Lane { get; } = lane;

    /// <summary>Time from a request's arrival to its effect. Default zero.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>True refuses every request, also those under way.</summary>
    public bool Away { get; set; }

    /// <summary>True stores what comes and then fails the writer: the answer was lost.</summary>
    public bool LosesWriteAnswers { get; set; }

    /// <summary>
    /// Called after each stored event, in order, before its writer hears of it. A transaction of several events is stored as a
    /// whole before the first call. It may kill or pause any lane.
    /// </summary>
    public Action<StoredEvent>? OnStored { get; set; }

    /// <summary>Every row, by ascending ordering.</summary>
    public IReadOnlyList<StoredEvent> Rows => _rows;

    /// <summary>Lets one lane lose the database while others keep it.</summary>
    public void CutOff(VirtualLane caller) => _cutOff.Add(caller);

    public void Reconnect(VirtualLane caller) => _cutOff.Remove(caller);

    /// <summary>Removes the last rows of one persistence id, as a restored backup would.</summary>
    /// <returns>How many were removed: fewer than asked where there were fewer.</returns>
    public int Forget(string persistenceId, int count)
    {
        var rows = _byId.GetValueOrDefault(persistenceId) ?? [];
        var lost = rows.TakeLast(count).ToHashSet();
        rows.RemoveAll(lost.Contains);
        return _rows.RemoveAll(lost.Contains);
    }

    /// <summary>Sets the whole journal back to what it held up to that ordering. Later rows get new orderings.</summary>
    public void RestoreTo(long ordering)
    {
        _rows.RemoveAll(row => row.Ordering > ordering);
        foreach (var rows in _byId.Values)
            rows.RemoveAll(row => row.Ordering > ordering);
    }

    /// <summary>
    /// Runs a request of some lane in the database: after the latency, unless it is away. For further stores (inventory, event
    /// log) that share this database's faults.
    /// </summary>
    /// <exception cref="DatabaseAwayException">Away, or cut off from the caller, when the request came or when its turn came.</exception>
    public Task<T> RequestAsync<T>(VirtualLane caller, Func<T> work, CancellationToken abandon = default) => caller.CallAsync(Lane, async () =>
    {
        ThrowIfAway(caller);
        if (Latency > TimeSpan.Zero)
        {
            await Task.Delay(Latency, Lane.Time);
            ThrowIfAway(caller);
        }
        return work();
    }, abandon);

    /// <summary>At most <paramref name="max"/> rows above an ordering, ascending.</summary>
    public Task<IReadOnlyList<StoredEvent>> ReadAfterAsync(VirtualLane caller, long ordering, int max, string? tag = null) =>
        RequestAsync(caller, () => ReadAfter(ordering, max, tag));

    /// <inheritdoc cref="ReadAfterAsync"/>
    /// <remarks>At once and without faults: for scenarios and their assertions.</remarks>
    public IReadOnlyList<StoredEvent> ReadAfter(long ordering, int max, string? tag = null) =>
        [.. _rows.Skip(FirstAfter(ordering)).Where(row => tag is null || row.Tags.Contains(tag)).Take(max)];

    /// <summary>The highest stored sequence number of a persistence id; 0 if there is none.</summary>
    public long HighestSequenceNr(string persistenceId) => _byId.GetValueOrDefault(persistenceId) is [.., var last] ? last.SequenceNr : 0;

    /// <summary>The highest ordering ever given.</summary>
    public long HighestOrdering => _lastOrdering;

    internal Task<bool> WriteAsync(VirtualLane caller, IReadOnlyList<NewEvent> events) => RequestAsync(caller, () =>
    {
        Store(events);
        return LosesWriteAnswers ? throw new DatabaseAwayException("The connection broke before the answer to a write came.") : true;
    });

    internal Task<IReadOnlyList<StoredEvent>> ReadAsync(VirtualLane caller, string persistenceId, long from, long to, long max) =>
        RequestAsync<IReadOnlyList<StoredEvent>>(caller, () =>
        [
            .. (_byId.GetValueOrDefault(persistenceId) ?? [])
                .Where(row => row.SequenceNr >= from && row.SequenceNr <= to)
                .Take((int)Math.Min(max, int.MaxValue)),
        ]);

    private void Store(IReadOnlyList<NewEvent> events)
    {
        foreach (var e in events)
            if (_byId.GetValueOrDefault(e.PersistenceId)?.Exists(row => row.SequenceNr == e.SequenceNr) is true)
                throw new UniqueViolationException($"duplicate key value violates unique constraint \"journal_uq\": ({e.PersistenceId}, {e.SequenceNr}) already exists");
        foreach (var batch in events.GroupBy(e => e.PersistenceId, StringComparer.Ordinal))
            if (batch.Min(e => e.SequenceNr) is var first && first > HighestSequenceNr(batch.Key) + 1)
                throw new JournalGapException($"journal_without_gaps: {batch.Key} ends at {HighestSequenceNr(batch.Key)}, and its writer goes on with {first}; the journal went back");
        var stored = events.Select(e => new StoredEvent(
            ++_lastOrdering, e.PersistenceId, e.SequenceNr, e.Manifest, e.SerializerId, e.Bytes is null ? null : new ReadOnlyMemory<byte>(e.Bytes), e.Written, e.Tags, e.WriterGuid, Lane.Time.GetUtcNow())).ToList();
        foreach (var row in stored)
        {
            _rows.Add(row);
            if (!_byId.TryGetValue(row.PersistenceId, out var rows))
                _byId[row.PersistenceId] = rows = [];
            rows.Add(row);
        }
        foreach (var row in stored)
            OnStored?.Invoke(row);
    }

    private int FirstAfter(long ordering)
    {
        var (low, high) = (0, _rows.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _rows[middle].Ordering <= ordering ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    internal bool Answers(VirtualLane caller) => !Away && !_cutOff.Contains(caller);

    private void ThrowIfAway(VirtualLane caller)
    {
        if (!Answers(caller))
            throw new DatabaseAwayException($"The database does not answer {caller.Name}.");
    }
}
