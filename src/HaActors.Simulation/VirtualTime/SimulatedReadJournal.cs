using Akka;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Query;
using Akka.Streams.Dsl;

namespace HaActors.Simulation.VirtualTime;

/// <summary>
/// The read side of a <see cref="SimulatedDatabase"/>, as the SQL one offers it: ascending orderings, offset = ordering of the
/// last event seen. Live queries look again after the refresh interval; a database that is away fails the stream.
/// </summary>
public sealed class SimulatedReadJournal : IEventsByTagQuery, ICurrentEventsByTagQuery, IAllEventsQuery, ICurrentAllEventsQuery
{
    public const string Identifier = "akka.persistence.query.journal.simulated";
    private readonly ExtendedActorSystem _system;
    private readonly VirtualTimeSetup _setup;
    private readonly TimeSpan _refreshInterval;
    private readonly int _batchSize;

    internal SimulatedReadJournal(ExtendedActorSystem system, Config config)
    {
        _system = system;
        _setup = VirtualTimeSetup.Of(system.Settings);
        _refreshInterval = config.GetTimeSpan("refresh-interval", TimeSpan.FromSeconds(1));
        _batchSize = config.GetInt("batch-size", 100);
    }

    public Source<EventEnvelope, NotUsed> EventsByTag(string tag, Offset offset) => Live(tag, offset);

    public Source<EventEnvelope, NotUsed> CurrentEventsByTag(string tag, Offset offset) => Current(tag, offset);

    public Source<EventEnvelope, NotUsed> AllEvents(Offset offset) => Live(null, offset);

    public Source<EventEnvelope, NotUsed> CurrentAllEvents(Offset offset) => Current(null, offset);

    /// <remarks>SelectAsync, because UnfoldAsync continues on the thread pool.</remarks>
    private Source<EventEnvelope, NotUsed> Live(string? tag, Offset offset) => Lazily(() =>
    {
        var last = OrderingOf(offset);
        return Source.Repeat(NotUsed.Instance).SelectAsync(1, async _ =>
        {
            var newestAsked = _setup.Database.HighestOrdering;
            var rows = await _setup.Database.ReadAfterAsync(_setup.Lane, last, _batchSize, tag);
            if (rows is [.., var newest])
            {
                last = newest.Ordering;
                return rows;
            }

            // Whoever finds nothing looks again after the interval. A look that is sure to find nothing is not made: in a quiet night these were half of all steps.
            do await Task.Delay(_refreshInterval, _setup.Lane.Time);
            while (_setup.Database.HighestOrdering == newestAsked && _setup.Database.Answers(_setup.Lane));
            return rows;
        }).SelectMany(ToEnvelopes);
    });

    private Source<EventEnvelope, NotUsed> Current(string? tag, Offset offset) => Lazily(() =>
        Source.Single(OrderingOf(offset))
            .SelectAsync(1, after => _setup.Database.ReadAfterAsync(_setup.Lane, after, int.MaxValue, tag))
            .SelectMany(ToEnvelopes));

    /// <summary>Each materialization starts anew from its offset.</summary>
    private static Source<EventEnvelope, NotUsed> Lazily(Func<Source<EventEnvelope, NotUsed>> source) =>
        Source.Single(NotUsed.Instance).ConcatMany(_ => source());

    private List<EventEnvelope> ToEnvelopes(IReadOnlyList<StoredEvent> rows) => [.. rows.SelectMany(ToEnvelopes)];

    private IEnumerable<EventEnvelope> ToEnvelopes(StoredEvent row)
    {
        var stored = row.Read(_system);
        var adapter = Persistence.Instance.Apply(_system).AdaptersFor(SimulatedJournal.PluginId).Get(stored.GetType());
        foreach (var e in adapter.FromJournal(stored, row.Manifest).Events)
            yield return new EventEnvelope(Offset.Sequence(row.Ordering), row.PersistenceId, row.SequenceNr, e, row.StoredAt.UtcTicks, [.. row.Tags]);
    }

    private static long OrderingOf(Offset? offset) => offset switch
    {
        Sequence sequence => sequence.Value,
        NoOffset or null => 0,
        _ => throw new ArgumentException($"The simulated read journal counts by ordering; it cannot start at {offset}.", nameof(offset)),
    };
}

/// <summary>Named in HOCON, created by Akka.</summary>
internal sealed class SimulatedReadJournalProvider(ExtendedActorSystem system, Config config) : IReadJournalProvider
{
    public IReadJournal GetReadJournal() => new SimulatedReadJournal(system, config);
}
