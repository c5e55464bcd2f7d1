namespace HaActors.Simulation.VirtualTime;

/// <summary>
/// One clock and one single-threaded queue of work, divided into lanes: the simulated world has one, each master has one.
/// Time stands still while there is work, then jumps to the next timer; so a night passes in a second, and always the same way.
/// </summary>
/// <remarks>
/// Everything happens on the thread that made the timeline. A post from any other thread fails the run: its place in the queue
/// would be chance. There is no SynchronizationContext while it runs; continuations of awaited tasks run inline.
/// </remarks>
public sealed class VirtualTimeline : IDisposable
{
    private readonly int _ownThread = Environment.CurrentManagedThreadId;
    private readonly ReadyQueue _ready;
    private readonly PriorityQueue<VirtualStep, (long At, long Sequence)> _timed = new();
    private readonly List<VirtualLane> _lanes = [];
    private readonly InstantGuard _guard = new();
    private readonly Lock _faultLock = new();
    private volatile string? _fault;
    private long _now;
    private long _sequence;
    private bool _isRunning;

    /// <param name="shuffleSeed">
    /// Null runs what is ready in the order in which it was posted. A number runs it in an order drawn from that seed: another
    /// order that could have happened, the same again for the same seed. The order of messages in one mailbox always stays.
    /// </param>
    /// <param name="start">The time at which the clock starts; 2026-01-01T00:00:00Z unless told.</param>
    public VirtualTimeline(int? shuffleSeed = null, DateTimeOffset? start = null)
    {
        Start = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        _ready = new ReadyQueue(shuffleSeed);
        Scenario = new VirtualLane(this, "scenario");
        Current = Scenario;
    }

    public DateTimeOffset Start { get; }

    public DateTimeOffset Now => Start.AddTicks(_now);

    /// <summary>Virtual time since the start.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(_now);

    /// <summary>Steps run so far, over all lanes.</summary>
    public long Steps { get; private set; }

    /// <summary>Steps that may run without time moving on; more is a livelock and fails the run. Range 1 and up, default 1,000,000.</summary>
    public int MaxStepsPerInstant { get => _guard.Limit; init => _guard.Limit = value; }

    /// <summary>The lane of whoever directs the run. Never paused or killed; its steps may reach into every lane.</summary>
    public VirtualLane Scenario { get; }

    /// <summary>The lane whose step runs now; <see cref="Scenario"/> between runs.</summary>
    internal VirtualLane Current { get; private set; }

    internal long NowTicks => _now;

    internal bool IsOwnThread => Environment.CurrentManagedThreadId == _ownThread;

    /// <summary>A queue of its own on this clock, for something that can be paused or killed by itself.</summary>
    public VirtualLane NewLane(string name)
    {
        var lane = new VirtualLane(this, name);
        _lanes.Add(lane);
        return lane;
    }

    /// <summary>Does something at a time since the start; in the past means now, after what is already ready.</summary>
    public void At(TimeSpan sinceStart, Action act) => Enqueue(new VirtualStep(Scenario, act, null), sinceStart.Ticks - _now);

    /// <summary>Does something after a while.</summary>
    public void After(TimeSpan delay, Action act) => Enqueue(new VirtualStep(Scenario, act, null), delay.Ticks);

    /// <summary>Runs everything due until that time since the start, and leaves the clock there.</summary>
    /// <exception cref="VirtualTimeException">A rule was broken, or a step threw.</exception>
    public void RunUntil(TimeSpan sinceStart)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sinceStart.Ticks, _now, nameof(sinceStart));
        Run(sinceStart.Ticks, null);
    }

    /// <inheritdoc cref="RunUntil"/>
    public void RunFor(TimeSpan duration) => RunUntil(Elapsed + duration);

    /// <summary>
    /// Runs while the predicate holds, at most for <paramref name="limit"/>. It is asked before every step, so the clock stops at
    /// the very step that ended it.
    /// </summary>
    /// <returns>True when the predicate no longer holds; false when the limit came first.</returns>
    public bool RunWhile(Func<bool> predicate, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        return Run(_now + limit.Ticks, predicate) || !predicate();
    }

    /// <summary>Kills what still lives, so that nothing of this run stays reachable.</summary>
    public void Dispose()
    {
        foreach (var lane in _lanes)
            lane.Kill();
        _timed.Clear();
        _ready.Clear();
    }

    internal VirtualStep Enqueue(VirtualStep step, long delayTicks)
    {
        if (!IsOwnThread)
            Fault($"Work for lane '{step.Lane.Name}' came from another thread; virtual time has one. Look for Task.Run, a real timer or a task completed elsewhere");
        else if (delayTicks <= 0)
            _ready.Add(step);
        else
            _timed.Enqueue(step, (_now + delayTicks, _sequence++));
        return step;
    }

    /// <summary>Fails the run with the stack of who calls this. The first fault counts: what follows may be its consequence.</summary>
    internal void Fault(string what)
    {
        lock (_faultLock)
            _fault ??= $"{what}. At {Elapsed}, in:\n{new System.Diagnostics.StackTrace(1, true)}";
    }

    /// <summary>Runs work as the given lane, without its queue and without a SynchronizationContext.</summary>
    internal T Within<T>(VirtualLane lane, Func<T> work)
    {
        if (!IsOwnThread)
            throw new VirtualTimeException($"Lane '{lane.Name}' was entered from another thread than the one that made the timeline.");
        var (outer, context) = (Current, SynchronizationContext.Current);
        SynchronizationContext.SetSynchronizationContext(null);
        Current = lane;
        try
        {
            return work();
        }
        finally
        {
            Current = outer;
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private bool Run(long until, Func<bool>? predicate)
    {
        if (_isRunning)
            throw new VirtualTimeException("The timeline already runs: a step cannot wait for virtual time, it can only post or set a timer.");
        _isRunning = true;
        try
        {
            return Within(Scenario, () => RunToEnd(until, predicate));
        }
        finally
        {
            _isRunning = false;
        }
    }

    private bool RunToEnd(long until, Func<bool>? predicate)
    {
        while (true)
        {
            ThrowIfFaulted();
            if (predicate is not null && !predicate())
                return true;
            if (_ready.TryTake(out var step))
                Execute(step);
            else if (!ReleaseNext(until))
                break;
        }
        MoveTo(until);
        ThrowIfFaulted();
        return false;
    }

    private void Execute(VirtualStep step)
    {
        if (step.IsCancelled || !step.Lane.Admits(step))
            return;
        Steps++;
        _guard.Count(step, Elapsed);
        Current = step.Lane;
        try
        {
            step.Run();
        }
        catch (Exception e) when (e is not VirtualTimeException)
        {
            throw new VirtualTimeException($"A step of {step} threw at {Elapsed}: {e.Message}", e);
        }
        finally
        {
            Current = Scenario;
        }
    }

    /// <summary>Moves the clock to the next timer and makes ready all that is due at that instant, so that a seed may shuffle it.</summary>
    private bool ReleaseNext(long until)
    {
        if (!_timed.TryPeek(out _, out var next) || next.At > until)
            return false;
        MoveTo(next.At);
        while (_timed.TryPeek(out _, out var due) && due.At == next.At)
            _ready.Add(_timed.Dequeue());
        return true;
    }

    private void MoveTo(long at)
    {
        if (at != _now)
            _guard.Reset();
        _now = at;
    }

    private void ThrowIfFaulted()
    {
        if (_fault is { } fault)
            throw new VirtualTimeException(fault);
    }
}
