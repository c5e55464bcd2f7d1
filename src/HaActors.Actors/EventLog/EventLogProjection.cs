using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence.Query;
using Akka.Streams;
using Akka.Streams.Dsl;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
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
    private static readonly TimeSpan MarksPoll = TimeSpan.FromSeconds(10);

    private readonly HaDoors _doors;
    private readonly IEventLog _log;
    private readonly IInventory _inventory;
    private readonly string _readJournal;
    private ActorMaterializer _streams = ActorMaterializer.Create(Context);
    private readonly CancellationTokenSource _stopping = new();
    private InventorySnapshot _known = InventorySnapshot.Empty;
    private int _run;
    private bool _failedTold;
    private bool _draining;
    private (long Written, long JournalEnd) _marks;
    private JournalWentBack? _wentBack;
    private bool _checking;

    public EventLogProjection(HaDoors doors, HaPorts ports, HaSettings settings)
    {
        _doors = doors;
        _log = ports.EventLog;
        _inventory = ports.Inventory;
        _readJournal = settings.ReadJournal;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(HaDoors doors, HaPorts ports, HaSettings settings) => Made.By(() => new EventLogProjection(doors, ports, settings));

    protected override void PreStart()
    {
        Begin();
        Timers.StartPeriodicTimer("marks", CheckMarks.Instance, MarksPoll, MarksPoll);
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
                WriteAsync(page).PipeTo(Self, stream, success: written => written, failure: e => new Broken(page.Run, e));
                break;
            case Written { SetBackTo: { } found } written when written.Run == _run:
                OnWentBack($"the event log was written up to row {_marks.Written} of the journal, and now it is at {found}");
                break;
            case Written written when written.Run == _run:
                _marks = (Math.Max(_marks.Written, written.UpTo), Math.Max(_marks.JournalEnd, written.UpTo));
                _known = written.Known;
                _failedTold = false;
                Sender.Tell(Ack.Instance);
                break;
            case Broken broken when broken.Run == _run:
                Restart(broken.Cause);
                break;
            case CheckMarks when _wentBack is { } finding:
                _doors.Gate.Tell(finding);
                break;
            case CheckMarks when !_checking:
                _checking = true;
                MarksAsync(_run, _marks).PipeTo(Self, success: m => m, failure: _ => NotRead.Instance);
                break;
            case Marks marks:
                _checking = false;
                // Asked before the log was begun anew: by then another offset may have been right.
                if (marks.Run == _run)
                {
                    OnMarks(marks);
                }

                break;
            case NotRead:
                _checking = false;
                break;
            case WentBackTaken taken when taken.Key == _wentBack?.Key:
                _wentBack = null;
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

    /// <param name="known">What had been written when it was asked: what is written while the answers are under way is no reason to call them too low.</param>
    private async Task<Marks> MarksAsync(int run, (long Written, long JournalEnd) known)
    {
        // The offset first: the journal never ends before what was written of it.
        var offset = await _log.ReadOffsetAsync(_stopping.Token);
        return new Marks(run, known, offset, await _log.ReadJournalEndAsync(_stopping.Token));
    }

    /// <summary>The database is compared with what this process had written into it before it asked, and the log with the journal that it follows (SAFETY 23).</summary>
    private void OnMarks(Marks marks)
    {
        var end = Math.Max(marks.Known.JournalEnd, marks.Offset);
        if (marks.Offset < marks.Known.Written)
        {
            OnWentBack($"the event log was written up to row {marks.Known.Written} of the journal, and now it is at {marks.Offset}");
        }
        else if (marks.JournalEnd < end)
        {
            OnWentBack($"the journal reached row {end}, and now it ends at {marks.JournalEnd}");
        }
        else
        {
            _marks = (Math.Max(_marks.Written, marks.Offset), Math.Max(_marks.JournalEnd, marks.JournalEnd));
        }
    }

    /// <summary>Told to the gate until it is taken; the log is followed anew from where the database says.</summary>
    private void OnWentBack(string detail)
    {
        _wentBack = new JournalWentBack(detail, detail);
        _marks = default;
        _doors.Gate.Tell(_wentBack);
        // The stream is alive and well, only at rows that are not there any more: it ends with its materializer.
        Restart(new InvalidOperationException($"The journal went back: {detail}."));
    }

    private async Task<Written> WriteAsync(Page page)
    {
        var upTo = _marks.Written;
        var known = _known;
        if (page.Events.Any(e => e.Event is IWithHypervisorId h && !known.Hypervisors.ContainsKey(h.HypervisorId)))
        {
            known = await _inventory.ReadAsync(_stopping.Token);
        }

        foreach (var place in page.Events.Select(e => e.Event).OfType<PlaceRecorded>())
        {
            await _inventory.SavePlaceAsync(place.InstanceId, place.Place, place.Epoch, place.MayRun, place.Runs, _stopping.Token);
        }

        ImmutableArray<(EventEnvelope Event, LogEntry? Line)> lines =
            [.. page.Events.Select(e => (e, LineOf(e.Event, id => known.Hypervisors.TryGetValue(id, out var h) ? h.LocationId : null)))];
        if (lines.Any(l => l.Line is not null))
        {
            // What an actor says of a change was said after the change: whoever reads the log finds them in that order.
            await _log.AppendInventoryChangesAsync(_stopping.Token);
        }

        foreach (var (e, entry) in lines)
        {
            var found = await _log.AppendAsync(entry is null ? [] : [entry], ((Sequence)e.Offset).Value, _stopping.Token);
            if (found < upTo)
            {
                return new Written(page.Run, known, upTo, found);
            }

            upTo = ((Sequence)e.Offset).Value;
        }

        return new Written(page.Run, known, upTo, null);
    }

    /// <summary>The line that a stored event makes, or null if operators are not told.</summary>
    public static LogEntry? LineOf(object e, Func<HypervisorId, LocationId?> locationOf) => e switch
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

    /// <param name="UpTo">Offset of the last row of the page.</param>
    /// <param name="SetBackTo">Not null: the database was found at this offset, below what had been written into it.</param>
    private sealed record Written(int Run, InventorySnapshot Known, long UpTo, long? SetBackTo);

    /// <param name="Known">What was known to be written when it was asked.</param>
    private sealed record Marks(int Run, (long Written, long JournalEnd) Known, long Offset, long JournalEnd);

    /// <summary>The database was away; the next check asks again.</summary>
    private sealed record NotRead
    {
        public static readonly NotRead Instance = new();
    }

    private sealed record CheckMarks
    {
        public static readonly CheckMarks Instance = new();
    }

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
