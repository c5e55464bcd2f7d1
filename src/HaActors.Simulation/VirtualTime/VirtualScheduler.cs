using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace HaActors.Simulation.VirtualTime;

/// <summary>Akka's scheduler on the lane's timers. Named in HOCON, created by Akka.</summary>
internal sealed class VirtualScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log)
{
    private readonly VirtualLane _lane = LaneRegistry.Find(config);

    public override TimeSpan MonotonicClock => _lane.Timeline.Elapsed;

    public override TimeSpan HighResMonotonicClock => _lane.Timeline.Elapsed;

    protected override DateTimeOffset TimeNow => _lane.Time.GetUtcNow();

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Once(delay, () => receiver.Tell(message, sender), receiver, cancelable);

    protected override void InternalScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, () => receiver.Tell(message, sender), receiver, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Once(delay, action, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Once(delay, action.Run, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, action, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, action.Run, action, cancelable);

    private void Once(TimeSpan delay, Action action, object source, ICancelable? cancelable)
    {
        if (cancelable is { IsCancellationRequested: true })
            return;
        _lane.Enqueue(() =>
        {
            if (cancelable is not { IsCancellationRequested: true })
                action();
        }, source, delay.Ticks);
    }

    /// <summary>The next firing counts from this one, as in Akka's own wheel: after a pause there is one, not a burst.</summary>
    private void Repeatedly(TimeSpan delay, TimeSpan interval, Action action, object source, ICancelable? cancelable) =>
        Once(delay, () =>
        {
            action();
            Repeatedly(interval, interval, action, source, cancelable);
        }, source, cancelable);
}
