using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence.Query;
using Akka.Streams;
using Akka.Streams.Dsl;
using HaActors.Actors.Hosting;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Actors.EventLog;

/// <summary>
/// The only writer of the event log: follows the journal from the stored offset, writes lines and offset in one transaction, and asks for the next page only when that
/// is done. Whatever fails, it starts again from the stored offset; what was written before is skipped there.
/// </summary>
public sealed class EventLogProjection : UntypedActor, IWithTimers
{
    private const int PageSize = 100;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ChangesPoll = TimeSpan.FromSeconds(1);

    private readonly IEventLog _log;
    private readonly IInventory _inventory;
    private readonly string _readJournal;
    private ActorMaterializer _streams = ActorMaterializer.Create(Context);
    private readonly CancellationTokenSource _stopping = new();
    private InventorySnapshot _known = InventorySnapshot.Empty;
    private int _run;
    private bool _failedTold;
    private bool _draining;

    public EventLogProjection(HaPorts ports, HaSettings settings)
    {
        _log = ports.EventLog;
        _inventory = ports.Inventory;
        _readJournal = settings.ReadJournal;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(HaPorts ports, HaSettings settings) => Akka.Actor.Props.Create(() => new EventLogProjection(ports, settings));

    protected override void PreStart()
    {
        Begin();
        Timers.StartPeriodicTimer("changes", DrainChanges.Instance, ChangesPoll, ChangesPoll);
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case BeginAgain:
                Begin();
                break;
            case Offset offset when offset.Run == _run:
                Follow(offset.Value);
                break;
            case Opened:
                Sender.Tell(Ack.Instance);
                break;
            case Page page when page.Run == _run:
                var stream = Sender;
                WriteAsync(page).PipeTo(Self, stream, success: known => new Written(page.Run, known), failure: e => new Broken(page.Run, e));
                break;
            case Written written when written.Run == _run:
                _known = written.Known;
                _failedTold = false;
                Sender.Tell(Ack.Instance);
                break;
            case Broken broken when broken.Run == _run:
                Restart(broken.Cause);
                break;
            case DrainChanges when !_draining:
                _draining = true;
                _log.AppendInventoryChangesAsync(_stopping.Token).PipeTo(Self, success: _ => Drained.Instance, failure: _ => Drained.Instance);
                break;
            case Drained:
                _draining = false;
                break;
        }
    }

    private void Begin()
    {
        var run = ++_run;
        _log.ReadOffsetAsync(_stopping.Token).PipeTo(Self, success: o => new Offset(run, o), failure: e => new Broken(run, e));
    }

    private void Follow(long offset)
    {
        var run = _run;
        var journal = PersistenceQuery.Get(Context.System).ReadJournalFor<IEventsByTagQuery>(_readJournal);
        journal.EventsByTag(HaEventTagger.Tag, Akka.Persistence.Query.Offset.Sequence(offset))
            .BatchWeighted(PageSize, _ => 1L, e => ImmutableArray.Create(e), (page, e) => page.Add(e))
            .Select(page => (object)new Page(run, page))
            .To(Sink.ActorRefWithAck<object>(Self, new Opened(), Ack.Instance, new Broken(run, new InvalidOperationException("The journal's stream ended.")), e => new Broken(run, e)))
            .Run(_streams);
    }

    private async Task<InventorySnapshot> WriteAsync(Page page)
    {
        var known = _known;
        if (page.Events.Any(e => e.Event is IWithHypervisorId h && !known.Hypervisors.ContainsKey(h.HypervisorId)))
        {
            known = await _inventory.ReadAsync(_stopping.Token);
        }

        foreach (var place in page.Events.Select(e => e.Event).OfType<PlaceRecorded>())
        {
            await _inventory.SavePlaceAsync(place.InstanceId, place.Place, place.Epoch, place.MayRun, place.Runs, _stopping.Token);
        }

        foreach (var e in page.Events)
        {
            var entry = Entry(e.Event, id => known.Hypervisors.TryGetValue(id, out var h) ? h.LocationId : null);
            await _log.AppendAsync(entry is null ? [] : [entry], ((Sequence)e.Offset).Value, _stopping.Token);
        }

        return known;
    }

    private static LogEntry? Entry(object e, Func<HypervisorId, LocationId?> locationOf) => e switch
    {
        IHypervisorEvent h => HypervisorLog.Of(h, locationOf),
        IInstanceEvent i => InstanceLog.Of(i, locationOf),
        IGateEvent g => HypervisorLog.Of(g),
        _ => null,
    };

    private void Restart(Exception cause)
    {
        if (!_failedTold)
        {
            _failedTold = true;
            Context.GetLogger().Warning(cause, "The event log can't be written or the journal not be read; tried again every {Retry}", Retry);
        }

        _run++;
        // All of that stream ends with its materializer. A kill switch would end it from the thread pool, at a moment of chance.
        _streams.Shutdown();
        _streams = ActorMaterializer.Create(Context);
        Timers.StartSingleTimer("begin", BeginAgain.Instance, Retry);
    }

    private sealed record Offset(int Run, long Value);

    private sealed record Page(int Run, ImmutableArray<EventEnvelope> Events);

    private sealed record Written(int Run, InventorySnapshot Known);

    private sealed record Broken(int Run, Exception Cause);

    private sealed record Opened;

    private sealed record Ack
    {
        public static readonly Ack Instance = new();
    }

    private sealed record BeginAgain
    {
        public static readonly BeginAgain Instance = new();
    }

    private sealed record DrainChanges
    {
        public static readonly DrainChanges Instance = new();
    }

    private sealed record Drained
    {
        public static readonly Drained Instance = new();
    }
}
