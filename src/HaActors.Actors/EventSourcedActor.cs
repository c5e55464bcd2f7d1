using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using HaActors.Actors.Protocol;
using HaActors.Domain;

namespace HaActors.Actors;

/// <summary>The shell of a persistent actor: recover, decide, store, then act. Rules live in the Domain, never here.</summary>
/// <remarks>
/// <see cref="React"/> is the only place with side effects: it looks at the state and says again what that state waits for. It runs after each store, after
/// recovery and on the actor's own timers, so a lost message heals and a repeat is harmless.
/// </remarks>
public abstract class EventSourcedActor<TState, TEvent> : UntypedPersistentActor, IWithTimers
    where TEvent : class, IDomainEvent
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<long> _calls = [];
    private long _lastCall;
    private bool _handingOver;
    private int _storing;
    private JournalWentBack? _wentBack;
    private long _replayed;

    protected EventSourcedActor(string persistenceId, TState initial, HaDoors doors)
    {
        Doors = doors;
        PersistenceId = persistenceId;
        State = initial;
    }

    public override string PersistenceId { get; }

    protected HaDoors Doors { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    protected TState State { get; private set; }

    protected ILoggingAdapter Logger => field ??= Context.GetLogger();

    /// <summary>Wall clock of this master, for what people read.</summary>
    protected static DateTimeOffset Now => Context.System.Scheduler.Now;

    /// <summary>Monotonic clock of this master, for every decision about age.</summary>
    protected static TimeSpan Clock => Context.System.Scheduler.MonotonicClock;

    /// <summary>State after an event. Total: throws on an event that it doesn't know, for a silent skip hides a missed upgrade.</summary>
    protected abstract TState Apply(TState state, TEvent e);

    /// <summary>Says (again) what the state waits for.</summary>
    protected abstract void React();

    protected abstract void OnMessage(object message);

    /// <summary>A store is under way: what is decided now would be decided on a state that is about to change.</summary>
    protected bool IsStoring => _storing > 0;

    /// <summary>After each store, before <see cref="React"/>.</summary>
    protected virtual void OnStored()
    {
    }

    /// <summary>Runs once after recovery, before <see cref="React"/>: start the timers here.</summary>
    protected virtual void OnRecovered()
    {
    }

    protected sealed override void OnRecover(object message)
    {
        if (message is TEvent e)
        {
            // What lies behind a gap was decided on a state that nobody can know any more. The schema refuses such writes, so the rows between were lost behind its back.
            if (LastSequenceNr == _replayed + 1)
            {
                _replayed++;
                State = Apply(State, e);
            }
        }
        else if (message is RecoveryCompleted)
        {
            // Not in OnReplaySuccess: React may store, and that is allowed from here on.
            OnRecovered();
            React();
        }
    }

    protected sealed override void OnReplaySuccess()
    {
        if (_replayed < LastSequenceNr)
        {
            Logger.Error("{PersistenceId}: #{Missing} is missing in the journal, which goes on up to #{Last}; what follows the gap is not taken", PersistenceId, _replayed + 1, LastSequenceNr);
            WentBack($"{PersistenceId} gap {_replayed}", $"event {_replayed + 1} of {PersistenceId} is missing in the journal, which has later ones up to {LastSequenceNr}");
        }
        else if (Doors.Marks.Missing(PersistenceId, LastSequenceNr) is { } stored)
        {
            Logger.Error("{PersistenceId}: the journal ends at #{Found}, and #{Stored} was stored; it went back", PersistenceId, LastSequenceNr, stored);
            WentBack($"{PersistenceId} {stored}", $"{PersistenceId} had stored {stored} events, and the journal has {LastSequenceNr} of them");
        }
    }

    private void WentBack(string key, string detail)
    {
        _wentBack = new JournalWentBack(key, detail);
        Timers.StartPeriodicTimer(nameof(JournalWentBack), SayWentBack.Instance, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    protected sealed override void OnCommand(object message)
    {
        switch (message)
        {
            case CallEnded ended:
                _calls.Remove(ended.Number);
                if (_handingOver)
                {
                    StopWhenQuiet();
                }
                else
                {
                    OnMessage(ended.Result);
                }

                break;
            case SayWentBack when _wentBack is { } finding:
                Doors.Gate.Tell(finding);
                break;
            case SayWentBack:
                break;
            case WentBackTaken taken when taken.Key == _wentBack?.Key:
                _wentBack = null;
                Timers.Cancel(nameof(JournalWentBack));
                Doors.Marks.Stored(PersistenceId, LastSequenceNr);
                break;
            case HandOver:
                _handingOver = true;
                _stopping.Cancel();
                StopWhenQuiet();
                break;
            case LeaveNow when _handingOver:
                Context.Stop(Self);
                break;
            default:
                if (!_handingOver)
                {
                    OnMessage(message);
                }

                break;
        }
    }

    /// <summary>Stores events; when the last one is stored, <paramref name="then"/> and after it <see cref="React"/>.</summary>
    /// <remarks>
    /// Who remembers more than the journal has (it went back under a running master) can't store: the database refuses what would lie behind a gap, this actor stops, and finds
    /// out when it recovers. All in the handler of the last event, not in <c>DeferAsync</c>: what is stored from within a deferred handler leaves Akka's actor waiting for ever
    /// (its count of pending stores is only taken back while it stashes), and React stores.
    /// </remarks>
    protected void Store(IReadOnlyList<TEvent> events, Action? then = null)
    {
        _storing++;
        if (events.Count == 0)
        {
            Stored(then);
            return;
        }

        var left = events.Count;
        PersistAll(events, e =>
        {
            State = Apply(State, e);
            Doors.Marks.Stored(PersistenceId, LastSequenceNr);
            if (--left == 0)
            {
                Stored(then);
            }
        });
    }

    private void Stored(Action? then)
    {
        _storing--;
        then?.Invoke();
        OnStored();
        React();
    }

    /// <summary>Calls a port beside the mailbox; its result comes back as a message, a throw as <see cref="CallFailed"/>.</summary>
    protected void Call<T>(string what, Func<CancellationToken, Task<T>> call, Func<T, object> result)
    {
        var number = ++_lastCall;
        _calls.Add(number);
        Task<T> task;
        try
        {
            task = call(_stopping.Token);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            task = Task.FromException<T>(e);
        }

        task.PipeTo(Self, success: value => new CallEnded(number, result(value)), failure: e => new CallEnded(number, new CallFailed(what, e)));
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        // Whether it was stored only recovery tells; Akka stops this actor now and the next message for it wakes it from the journal.
        Logger.Error(cause, "{PersistenceId}: {Event} #{SequenceNr} could not be stored; the journal is away or another master owns this actor", PersistenceId, @event.GetType().Name, sequenceNr);
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        Logger.Error(cause, "{PersistenceId}: {Event} was rejected by the journal (is its type bound to the serializer?)", PersistenceId, @event.GetType().Name);
        Context.Stop(Self);
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
        base.PostStop();
    }

    private void StopWhenQuiet()
    {
        if (_calls.Count == 0)
        {
            Context.Stop(Self);
        }
        else
        {
            // A call that ignores its cancellation must not hold the shard's hand-over for ever.
            Timers.StartSingleTimer(nameof(LeaveNow), LeaveNow.Instance, TimeSpan.FromSeconds(10));
        }
    }

    private sealed record SayWentBack
    {
        public static readonly SayWentBack Instance = new();
    }

    private sealed record CallEnded(long Number, object Result) : INoSerializationVerificationNeeded;

    private sealed record LeaveNow
    {
        public static readonly LeaveNow Instance = new();
    }
}

/// <summary>A port threw instead of answering with a value: the call was cancelled, or the database is away.</summary>
public sealed record CallFailed(string What, Exception Cause) : INoSerializationVerificationNeeded;

/// <summary>The shard moves to another master: take no more work, cancel port calls, wait until they ended (at most 10 s), then stop.</summary>
public sealed record HandOver : INoSerializationVerificationNeeded
{
    public static HandOver Instance { get; } = new();
}
