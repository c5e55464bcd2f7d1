using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Notifications;

/// <summary>
/// One webhook: reads the event log behind its stored position, calls its receiver with one line after the other, and stores each step before the next. What was sent and not
/// yet stored is sent again, with the same id: at least once, in order. Whatever fails, it begins again from what is stored.
/// </summary>
public sealed class WebhookActor : UntypedActor, IWithTimers
{
    private const int PageSize = 100;

    /// <summary>How late an event may be noticed.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>While a failed call waits for its next try: how late an operator's change may be noticed.</summary>
    private static readonly TimeSpan ChangePace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DatabaseRetry = TimeSpan.FromSeconds(3);

    private readonly WebhookId _id;
    private readonly IWebhookStore _store;
    private readonly IWebhookSender _sender;
    private readonly TimeSpan _maxAge;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Queue<LoggedEvent> _lines = [];
    private Webhook? _webhook;
    private WebhookProgress _progress = new(0);
    private long _revision;
    private long _stored;
    private int _run;
    private bool _more;
    private bool _awayTold;
    private TimeSpan? _tryAt;

    public WebhookActor(WebhookId id, IWebhookStore store, IWebhookSender sender, TimeSpan maxAge)
    {
        _id = id;
        _store = store;
        _sender = sender;
        _maxAge = maxAge;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(WebhookId id, IWebhookStore store, IWebhookSender sender, TimeSpan maxAge) =>
        Made.By(() => new WebhookActor(id, store, sender, maxAge));

    protected override void PreStart() => Load();

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LoadAgain:
                Load();
                break;
            case Loaded loaded when loaded.Run == _run:
                Begin(loaded.Stored);
                break;
            case LookAgain again when again.Run == _run:
                Read();
                break;
            case Lines { Read: null } lines when lines.Run == _run:
                // An operator changed it: with what is stored now, and at once.
                Load();
                break;
            case Lines lines when lines.Run == _run:
                Take(lines.Read!.Value);
                break;
            case Called called when called.Run == _run:
                Settle(called);
                break;
            case Saved { Revision: null } saved when saved.Run == _run:
                Load();
                break;
            case Saved saved when saved.Run == _run:
                Go(saved.Revision!.Value, saved.Step);
                break;
            case DatabaseAway away when away.Run == _run:
                // What was to be stored may have been: only reading it tells.
                if (!_awayTold)
                {
                    _awayTold = true;
                    Context.GetLogger().Warning(away.Cause, "Webhook {Webhook}: the database does not answer, or its secret can't be read; tried again every {Retry}", _id, DatabaseRetry);
                }

                Timers.StartSingleTimer("next", LoadAgain.Instance, DatabaseRetry);
                break;
        }
    }

    private void Load()
    {
        var run = ++_run;
        _lines.Clear();
        Timers.CancelAll();
        _store.LoadAsync(_id, _stopping.Token).PipeTo(Self, success: s => new Loaded(run, s), failure: e => new DatabaseAway(run, e));
    }

    private void Begin(StoredWebhook? stored)
    {
        _awayTold = false;
        if (stored is not { Webhook.Enabled: true })
        {
            Context.Stop(Self);
            return;
        }

        (_webhook, _revision, _progress, _stored) = (stored.Webhook, stored.Revision, stored.Progress, stored.Progress.Position);
        // Whatever the reason to begin anew, it is one to try at once.
        _tryAt = null;
        Read();
    }

    private void Read()
    {
        var run = _run;
        var after = _lines.Count > 0 ? _lines.Last().Id : _progress.Position;
        _store.ReadAsync(_id, _revision, after, Math.Max(1, PageSize - _lines.Count), _stopping.Token)
            .PipeTo(Self, success: read => new Lines(run, read), failure: e => new DatabaseAway(run, e));
    }

    private void Take(ImmutableArray<LoggedEvent> read)
    {
        _more = read.Length > 0;
        // While the receiver is away the queue is full, and what was read only told that nothing was changed.
        foreach (var line in read.Take(PageSize - _lines.Count))
        {
            _lines.Enqueue(line);
        }

        Next();
    }

    /// <summary>What is not wanted is passed; what is too old is skipped; the first of the rest is sent when its pause is over.</summary>
    private void Next()
    {
        while (_lines.TryPeek(out var first) && !_webhook!.Wants(first.Entry))
        {
            _progress = WebhookRules.Passed(_progress, _lines.Dequeue().Id).Progress;
        }

        var now = Context.System.Scheduler.Now;
        var overdue = _lines.Where(l => _webhook!.Wants(l.Entry)).TakeWhile(l => l.Entry.At + _maxAge <= now).ToImmutableArray();
        if (!overdue.IsEmpty)
        {
            Save(WebhookRules.Overdue(_progress, _webhook!, overdue, _maxAge, now));
        }
        else if (_lines.TryPeek(out var line))
        {
            if (_tryAt is { } at && at - Context.System.Scheduler.MonotonicClock is var left && left > TimeSpan.Zero)
            {
                LookIn(left < ChangePace ? left : ChangePace);
            }
            else
            {
                Call(line);
            }
        }
        else if (_progress.Position > _stored)
        {
            // Kept, so that an operator who wants more from now on is not called for what has passed.
            Save(new WebhookStep(_progress, []));
        }
        else if (_more)
        {
            Read();
        }
        else
        {
            LookIn(Pace);
        }
    }

    private void Call(LoggedEvent line)
    {
        var run = _run;
        _sender.SendAsync(_webhook!, line, _stopping.Token).PipeTo(
            Self, success: answer => new Called(run, line, answer), failure: e => new Called(run, line, new CallAnswer(CallOutcome.Failed, null, $"the call itself failed: {e.Message}")));
    }

    private void Settle(Called called)
    {
        var now = Context.System.Scheduler.Now;
        Save(called.Answer.Outcome == CallOutcome.Taken
            ? WebhookRules.Taken(_progress, _webhook!, called.Line, now)
            : WebhookRules.Failed(_progress, _webhook!, called.Line, called.Answer, now));
    }

    private void Save(WebhookStep step)
    {
        var run = _run;
        _store.SaveAsync(_id, _revision, step, _stopping.Token).PipeTo(Self, success: revision => new Saved(run, revision, step), failure: e => new DatabaseAway(run, e));
    }

    private void Go(long revision, WebhookStep step)
    {
        (_revision, _progress, _stored) = (revision, step.Progress, step.Progress.Position);
        while (_lines.TryPeek(out var line) && line.Id <= _progress.Position)
        {
            _lines.Dequeue();
        }

        if (step.Progress.Failures == 0)
        {
            _tryAt = null;
        }
        else if (step.Pause > TimeSpan.Zero)
        {
            _tryAt = Context.System.Scheduler.MonotonicClock + step.Pause;
        }

        Next();
    }

    private void LookIn(TimeSpan time) => Timers.StartSingleTimer("next", new LookAgain(_run), time);

    private sealed record LoadAgain
    {
        public static readonly LoadAgain Instance = new();
    }

    private sealed record LookAgain(int Run);

    private sealed record Loaded(int Run, StoredWebhook? Stored);

    private sealed record Lines(int Run, ImmutableArray<LoggedEvent>? Read);

    private sealed record Called(int Run, LoggedEvent Line, CallAnswer Answer);

    private sealed record Saved(int Run, long? Revision, WebhookStep Step);

    private sealed record DatabaseAway(int Run, Exception Cause);
}
