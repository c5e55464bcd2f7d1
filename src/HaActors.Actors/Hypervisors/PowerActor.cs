using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Hypervisors;

/// <summary>
/// The only one who talks to this hypervisor's fence devices: a queue for each, one call at a time, readings that are always asked afresh. Devices and credentials are
/// read from the inventory for each call, so a changed password counts at once. It keeps the scheduled check, too.
/// </summary>
internal sealed partial class PowerActor : UntypedActor, IWithTimers
{
    private readonly HypervisorId _id;
    private readonly TimeSpan _holdInterval;
    private readonly TimeSpan _checkInterval;
    private readonly SortedDictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly RefusedPasswords _refused = new();
    private readonly DeviceCalls _calls;
    private readonly CancellationTokenSource _stopping = new();
    private volatile MayLeave _may = new(true, true);
    private HoldProof _hold = new(false, []);

    public PowerActor(HypervisorId id, IInventory inventory, IPowerSwitch power, TimeSpan holdInterval, TimeSpan checkInterval)
    {
        _id = id;
        _calls = new DeviceCalls(id, inventory, power, () => _may, _stopping.Token);
        _holdInterval = holdInterval;
        _checkInterval = checkInterval;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>To who asked; the parent hears as well what somebody else's call came to, so that it can be told.</summary>
    private static void Answer(IActorRef asker, PowerAnswer answer)
    {
        asker.Tell(answer);
        if (!asker.Equals(Context.Parent))
        {
            Context.Parent.Tell(new DeviceSeen(answer.Reading, answer.Device));
        }
    }

    /// <summary>A device that does not tell who it is is not read after that: its silence is what the parent hears.</summary>
    private static void Answer(IActorRef asker, IdentityAnswer answer, TimeSpan begun)
    {
        asker.Tell(answer);
        if (answer.Identity is DeviceIdentity.Trouble trouble)
        {
            Context.Parent.Tell(new DeviceSeen(new PowerReading(trouble.Outcome, begun, trouble.Detail), answer.Device));
        }
    }

    protected override void OnReceive(object message)
    {
        var asker = Sender;
        switch (message)
        {
            case ReadPlan r:
                Plan(p => asker.Tell(new DevicePlan(r.Question, p.Devices, p.Trouble)));
                break;
            case ReadPower r:
                Enqueue(new Job(Act.Read, r.Device, (reading, _) => Answer(asker, new PowerAnswer(r.Question, reading, r.Device))));
                break;
            case ReadIdentity r:
                Enqueue(new Job(Act.Identity, r.Device, (reading, identity) => Answer(asker, new IdentityAnswer(r.Question, r.Device, identity!), reading.Begun)));
                break;
            case SendOff o:
                Enqueue(new Job(Act.Off, o.Device, (reading, _) => Answer(asker, new PowerAnswer(o.Question, reading, o.Device))) { StoredAt = o.StoredAt });
                break;
            case SendOn o:
                Each(Act.On, o.Devices, false, (answers, trouble) => asker.Tell(new PowerReport(o.Question, answers, trouble)), o.StoredAt);
                break;
            case ReadAll r:
                Each(r.WithIdentity ? Act.Check : Act.Read, [], r.ByPerson, (answers, trouble) => asker.Tell(new PowerReport(r.Question, answers, trouble)));
                break;
            case HoldProof h:
                Hold(h);
                break;
            case HoldTick when _hold.Hold:
                ReadHeld();
                break;
            case MayLeave may:
                _may = may;
                break;
            case WatchDevices w:
                Watch(w);
                break;
            case CheckTick:
                Check();
                break;
            case Planned planned:
                planned.Then(planned);
                break;
            case Ended ended:
                OnEnded(ended);
                break;
        }
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void Hold(HoldProof hold)
    {
        var same = hold.Hold == _hold.Hold;
        _hold = hold;
        if (same)
        {
            return;
        }

        if (hold.Hold)
        {
            Timers.StartPeriodicTimer("hold", HoldTick.Instance, TimeSpan.Zero, _holdInterval);
        }
        else
        {
            Timers.Cancel("hold");
        }
    }

    private void ReadHeld()
    {
        if (!_hold.Devices.IsEmpty)
        {
            ReadHeld(_hold.Devices);
        }
        else
        {
            Plan(p => ReadHeld([.. p.Devices.Select(d => d.Device)]));
        }
    }

    private void ReadHeld(ImmutableArray<string> devices)
    {
        foreach (var device in devices.Where(d => LaneOf(d) is { IsBusy: false, Queue.Count: 0 }))
        {
            // One under way is read by the next tick.
            Enqueue(new Job(Act.Read, device, (reading, _) => Context.Parent.Tell(new HeldReading(reading, device))));
        }
    }

    /// <summary>The devices as they are registered now, then <paramref name="then"/>.</summary>
    private void Plan(Action<Planned> then) => _calls.RegisteredAsync().PipeTo(
        Self,
        success: devices => new Planned([.. devices.Select(d => new DevicePlace(d.Name, d.Level))], null, then),
        failure: e => new Planned([], DeviceCalls.Trouble(e), then));

    /// <summary>The same for each of these devices (none: for all), in their own queues; <paramref name="then"/> hears of all at once.</summary>
    private void Each(Act act, ImmutableArray<string> of, bool byPerson, Action<ImmutableArray<DeviceAnswer>, string?> then, TimeSpan? storedAt = null) => Plan(plan =>
    {
        var devices = plan.Devices.Where(d => of.IsEmpty || of.Contains(d.Device)).ToArray();
        if (devices.Length == 0)
        {
            then([], plan.Trouble);
            return;
        }

        var answers = new DeviceAnswer?[devices.Length];
        for (var i = 0; i < devices.Length; i++)
        {
            var (place, device) = (i, devices[i]);
            Enqueue(new Job(act, device.Device, (reading, identity) =>
            {
                answers[place] = new DeviceAnswer(device.Device, device.Level, reading, identity);
                if (answers.All(a => a is not null))
                {
                    then([.. answers.Select(a => a!)], null);
                }
            })
            { ByPerson = byPerson, StoredAt = storedAt });
        }
    });

    private Lane LaneOf(string device)
    {
        if (!_lanes.TryGetValue(device, out var lane))
        {
            _lanes[device] = lane = new Lane();
        }

        return lane;
    }

    private void Enqueue(Job job)
    {
        var lane = LaneOf(job.Device);
        lane.Queue.Enqueue(job);
        Next(lane);
    }

    private void Next(Lane lane)
    {
        if (lane.IsBusy || !lane.Queue.TryDequeue(out var job))
        {
            return;
        }

        lane.IsBusy = true;
        var scheduler = Context.System.Scheduler;
        var begun = scheduler.MonotonicClock;
        _calls.MakeAsync(job, job.ByPerson ? null : _refused.Of(job.Device, begun), scheduler).PipeTo(
            Self,
            success: c => new Ended(job, c.Reading with { Begun = begun }, c.Identity, c.Device, c.Asked),
            failure: e => new Ended(job, new PowerReading(PowerOutcome.Unreachable, begun, DeviceCalls.Trouble(e)), new DeviceIdentity.Trouble(PowerOutcome.Unreachable, DeviceCalls.Trouble(e)), null, false));
    }

    private void OnEnded(Ended ended)
    {
        var lane = LaneOf(ended.Job.Device);
        lane.IsBusy = false;
        if (ended is { Asked: true, Device: { } device })
        {
            _refused.Note(device, ended.Job.Act == Act.Identity, ended.Reading, ended.Identity, Context.System.Scheduler.MonotonicClock);
        }

        ended.Job.Then(ended.Reading, ended.Identity);
        Next(lane);
    }

    private sealed class Lane
    {
        public Queue<Job> Queue { get; } = new();

        public bool IsBusy { get; set; }
    }

    private sealed record Planned(ImmutableArray<DevicePlace> Devices, string? Trouble, Action<Planned> Then);

    /// <param name="Asked">The device itself answered, not the memory of its refusal.</param>
    private sealed record Ended(Job Job, PowerReading Reading, DeviceIdentity? Identity, FenceDevice? Device, bool Asked);

    private sealed record HoldTick
    {
        public static readonly HoldTick Instance = new();
    }
}
