using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Domain.Fencing;

namespace HaActors.Actors.Hypervisors;

/// <summary>The scheduled check of its devices: each at its own place of the interval, sooner where one is new or in doubt.</summary>
internal sealed partial class PowerActor
{
    /// <summary>A check that failed is made again after this, should the interval be longer.</summary>
    private static readonly TimeSpan CheckAgain = TimeSpan.FromMinutes(5);

    /// <summary>One lost answer is no news: a device that did not answer is asked again after this before anybody hears of it.</summary>
    private static readonly TimeSpan InDoubt = TimeSpan.FromSeconds(30);

    /// <summary>New devices are checked at once, but not those of a whole rack in one moment.</summary>
    private static readonly TimeSpan SoonWithin = TimeSpan.FromSeconds(10);

    private readonly CheckDoubts _doubts = new();
    private bool _watching;
    private bool _checking;

    private void Watch(WatchDevices w)
    {
        if (!w.Watch)
        {
            _watching = false;
            Timers.Cancel("check");
            Timers.Cancel("check-soon");
            Timers.Cancel("check-again");
            return;
        }

        _watching = true;
        if (w.Soon && !Timers.IsTimerActive("check-soon"))
        {
            Timers.StartSingleTimer("check-soon", CheckTick.Instance, CheckSchedule.Spread(_id, SoonWithin));
        }

        if (w.Again && !Timers.IsTimerActive("check-again"))
        {
            Timers.StartSingleTimer("check-again", CheckTick.Instance, CheckAgain < _checkInterval ? CheckAgain : _checkInterval);
        }

        if (!Timers.IsTimerActive("check"))
        {
            Timers.StartSingleTimer("check", CheckTick.Instance, CheckSchedule.Until(_id, Context.System.Scheduler.Now, _checkInterval));
        }
    }

    private void Check()
    {
        if (_watching && !Timers.IsTimerActive("check"))
        {
            // A moment later, so that the place of this interval is not found once more.
            Timers.StartSingleTimer("check", CheckTick.Instance, CheckSchedule.Until(_id, Context.System.Scheduler.Now + TimeSpan.FromMilliseconds(1), _checkInterval) + TimeSpan.FromMilliseconds(1));
        }

        if (!_watching || _checking)
        {
            return;
        }

        _checking = true;
        Each(Act.Check, [], false, (answers, _) =>
        {
            _checking = false;
            OnChecked(answers);
        });
    }

    private void OnChecked(ImmutableArray<DeviceAnswer> answers)
    {
        var (told, doubt) = _doubts.Sift(answers);
        if (doubt && _watching)
        {
            Timers.StartSingleTimer("check-soon", CheckTick.Instance, InDoubt);
        }

        if (told.Length > 0)
        {
            Context.Parent.Tell(new DevicesChecked(told));
        }
    }

    private sealed record CheckTick
    {
        public static readonly CheckTick Instance = new();
    }
}
