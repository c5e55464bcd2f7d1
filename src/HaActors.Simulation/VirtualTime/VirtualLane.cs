namespace HaActors.Simulation.VirtualTime;

/// <summary>
/// The queue of one process of the simulation: the world, or one master. Lanes share the clock. A killed lane never runs
/// again, as after kill -9; a paused lane stands still, as after SIGSTOP, while the others go on.
/// </summary>
/// <remarks>
/// Lanes meet only through <see cref="CallAsync{T}"/> (a request and its answer) and <see cref="Post"/> (one way), as processes
/// meet only through a network. Code of one lane that runs inside a step of another would survive a kill, so a message or
/// timer set across lanes fails the run.
/// </remarks>
public sealed class VirtualLane
{
    private readonly VirtualTimeline _timeline;
    private readonly Queue<VirtualStep> _frozen = new();
    private int _pauses;

    internal VirtualLane(VirtualTimeline timeline, string name)
    {
        _timeline = timeline;
        Name = name;
        Time = new VirtualTimeProvider(this);
    }

    public string Name { get; }

    public VirtualTimeline Timeline => _timeline;

    /// <summary>The clock of this lane. Its timers fire in this lane, and die with it.</summary>
    public TimeProvider Time { get; }

    /// <summary>How far this lane's wall clock is off; may be negative. Timers and timestamps are not touched.</summary>
    public TimeSpan Skew { get; set; }

    public bool IsKilled { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Drops all that waits here, and for ever refuses more. What runs this very moment ends its step.</summary>
    public void Kill()
    {
        if (this == _timeline.Scenario)
            throw new InvalidOperationException("The scenario's own lane cannot be killed.");
        IsKilled = true;
        _frozen.Clear();
    }

    /// <summary>Stops this lane for a while; then it runs what has come meanwhile, in that order, and finds its clock jumped.</summary>
    public void Pause(TimeSpan duration)
    {
        Pause();
        var pause = _pauses;
        _timeline.After(duration, () =>
        {
            if (pause == _pauses)
                Resume();
        });
    }

    /// <summary>Stops this lane until <see cref="Resume"/>.</summary>
    public void Pause()
    {
        if (this == _timeline.Scenario)
            throw new InvalidOperationException("The scenario's own lane cannot be paused.");
        IsPaused = true;
        _pauses++;
    }

    public void Resume()
    {
        IsPaused = false;
        _pauses++;
        while (_frozen.TryDequeue(out var step))
            _timeline.Enqueue(step, 0);
    }

    /// <summary>Hands work to this lane, from any lane; it runs as a step of this one. Dropped without a word if this lane is dead.</summary>
    public void Post(Action work)
    {
        if (!IsKilled)
            _timeline.Enqueue(new VirtualStep(this, work, null), 0);
    }

    /// <summary>Runs work now as code of this lane, as when it starts a process in it. The scenario's tool; not a call between lanes.</summary>
    public T Inside<T>(Func<T> work) =>
        IsKilled ? throw new InvalidOperationException($"Lane '{Name}' was killed; nothing runs in it.") : _timeline.Within(this, work);

    /// <inheritdoc cref="Inside{T}"/>
    public void Inside(Action work) => Inside(() =>
    {
        work();
        return true;
    });

    /// <summary>
    /// Asks another lane: <paramref name="work"/> runs there, the answer or the exception comes back as a step of this lane. If
    /// this lane is killed meanwhile, the work is done all the same and its answer is lost. If the other one is killed, no
    /// answer ever comes, so bring a deadline.
    /// </summary>
    /// <param name="abandon">Ends the waiting here; the work there goes on.</param>
    public Task<T> CallAsync<T>(VirtualLane callee, Func<Task<T>> work, CancellationToken abandon = default)
    {
        ArgumentNullException.ThrowIfNull(callee);
        var answer = new TaskCompletionSource<T>();
        callee.Post(() => _ = ServeAsync(work, answer));
        return abandon.CanBeCanceled ? answer.Task.WaitAsync(abandon) : answer.Task;
    }

    /// <inheritdoc cref="CallAsync{T}"/>
    public Task CallAsync(VirtualLane callee, Func<Task> work, CancellationToken abandon = default) => CallAsync(callee, async () =>
    {
        await work();
        return true;
    }, abandon);

    internal VirtualStep? Enqueue(Action work, object? source, long delayTicks)
    {
        if (IsKilled)
            return null;
        if (_timeline.IsOwnThread && _timeline.Current is var current && current != this && current != _timeline.Scenario)
            _timeline.Fault($"A step of lane '{current.Name}' set a message or timer in lane '{Name}': code of one lane ran in the other. Cross by CallAsync or Post");
        return _timeline.Enqueue(new VirtualStep(this, work, source), delayTicks);
    }

    /// <summary>Whether a step may run now. A step of a paused lane is kept for later.</summary>
    internal bool Admits(VirtualStep step)
    {
        if (IsKilled)
            return false;
        if (IsPaused)
            _frozen.Enqueue(step);
        return !IsPaused;
    }

    private async Task ServeAsync<T>(Func<Task<T>> work, TaskCompletionSource<T> answer)
    {
        try
        {
            var result = await work();
            Post(() => answer.TrySetResult(result));
        }
        catch (OperationCanceledException e)
        {
            Post(() => answer.TrySetCanceled(e.CancellationToken));
        }
        catch (Exception e)
        {
            // The network carries any failure of the other side back to the caller, whatever it is.
            Post(() => answer.TrySetException(e));
        }
    }
}
