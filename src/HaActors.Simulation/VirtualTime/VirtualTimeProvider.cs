namespace HaActors.Simulation.VirtualTime;

/// <summary>The clock of one lane: what <c>Task.Delay</c>, deadlines and time-outs of code in that lane are given.</summary>
internal sealed class VirtualTimeProvider(VirtualLane lane) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => lane.Timeline.Now + lane.Skew;

    public override long GetTimestamp() => lane.Timeline.NowTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(lane, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class VirtualTimer(VirtualLane lane, TimerCallback callback, object? state) : ITimer
    {
        private VirtualStep? _next;
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_isDisposed)
                return false;
            Cancel();
            if (dueTime != Timeout.InfiniteTimeSpan)
                _next = lane.Enqueue(() => Fire(period), callback, dueTime.Ticks);
            return true;
        }

        public void Dispose()
        {
            _isDisposed = true;
            Cancel();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Fire(TimeSpan period)
        {
            if (period > TimeSpan.Zero)
                Change(period, period);
            callback(state);
        }

        private void Cancel()
        {
            if (_next is not null)
                _next.IsCancelled = true;
            _next = null;
        }
    }
}
