using Akka.Actor;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Hypervisors;

/// <summary>Read the power. Answered with <see cref="PowerAnswer"/>.</summary>
public sealed record ReadPower(long Question);

/// <summary>Hard power off, if it can leave within 10 s of <paramref name="StoredAt"/> on the monotonic clock.</summary>
public sealed record SendOff(long Question, TimeSpan StoredAt);

/// <summary>Power on; an operator asked for it.</summary>
public sealed record SendOn(long Question);

/// <summary>Begin, or cease, to read the power at the hold's pace; each reading goes to the parent as <see cref="HeldReading"/>.</summary>
public sealed record HoldProof(bool Hold);

/// <summary>HA is armed, or not: an off that still waits in the queue leaves only while it is.</summary>
public sealed record MayCut(bool Armed);

public sealed record PowerAnswer(long Question, PowerReading Reading, string? Device);

/// <summary>PowerActor to its parent: what somebody else's call came to, so that it can be told.</summary>
public sealed record DeviceSeen(PowerReading Reading, string? Device);

public sealed record HeldReading(PowerReading Reading, string? Device);

/// <summary>
/// The only one who talks to this hypervisor's BMC: a queue, one call at a time, readings that are always asked afresh. Credentials are read from the
/// inventory for each call, so a changed password counts at once and none is kept here.
/// </summary>
internal sealed class PowerActor : UntypedActor, IWithTimers
{
    /// <summary>An off command leaves within this time of its own stored write, or not at all (SAFETY 12).</summary>
    public static readonly TimeSpan OffFresh = TimeSpan.FromSeconds(10);

    /// <summary>A BMC locks out whom it refuses too often, so the hold does not ask with the same refused password again before this.</summary>
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMinutes(15);

    private readonly HypervisorId _id;
    private readonly IInventory _inventory;
    private readonly IPowerSwitch _power;
    private readonly TimeSpan _holdInterval;
    private readonly Queue<(object Request, IActorRef Asker)> _queue = new();
    private readonly CancellationTokenSource _stopping = new();
    private volatile bool _mayCut = true;
    private (IpmiDevice Device, TimeSpan At)? _refused;
    private bool _busy;
    private bool _hold;

    public PowerActor(HypervisorId id, IInventory inventory, IPowerSwitch power, TimeSpan holdInterval)
    {
        _id = id;
        _inventory = inventory;
        _power = power;
        _holdInterval = holdInterval;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReadPower or SendOff or SendOn:
                _queue.Enqueue((message, Sender));
                Next();
                break;
            case HoldProof h when h.Hold == _hold:
                break;
            case HoldProof h:
                _hold = h.Hold;
                if (_hold)
                {
                    Timers.StartPeriodicTimer("hold", HoldTick.Instance, TimeSpan.Zero, _holdInterval);
                }
                else
                {
                    Timers.Cancel("hold");
                }

                break;
            case MayCut may:
                _mayCut = may.Armed;
                break;
            case HoldTick when _hold && !_busy && _queue.Count == 0:
                _queue.Enqueue((HoldTick.Instance, Context.Parent));
                Next();
                break;
            case HoldTick:
                // A call is under way; the next tick reads.
                break;
            case Ended ended:
                _busy = false;
                object answer = ended.Request switch
                {
                    HoldTick => new HeldReading(ended.Reading, ended.Device),
                    ReadPower r => new PowerAnswer(r.Question, ended.Reading, ended.Device),
                    SendOff o => new PowerAnswer(o.Question, ended.Reading, ended.Device),
                    SendOn o => new PowerAnswer(o.Question, ended.Reading, ended.Device),
                    _ => throw new InvalidOperationException($"{ended.Request.GetType().Name} is no request."),
                };
                ended.Asker.Tell(answer);
                if (!ended.Asker.Equals(Context.Parent))
                {
                    Context.Parent.Tell(new DeviceSeen(ended.Reading, ended.Device));
                }

                Next();
                break;
        }
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void Next()
    {
        if (_busy || !_queue.TryDequeue(out var next))
        {
            return;
        }

        _busy = true;
        var (request, asker) = next;
        var scheduler = Context.System.Scheduler;
        var begun = scheduler.MonotonicClock;
        CallAsync(request, scheduler).PipeTo(
            Self,
            success: r => new Ended(request, asker, r.Reading with { Begun = begun }, r.Device),
            failure: e => new Ended(request, asker, new PowerReading(PowerOutcome.Unreachable, begun, e is OperationCanceledException ? "cancelled" : $"the inventory can't be read: {e.Message}"), null));
    }

    private async Task<(PowerReading Reading, string? Device)> CallAsync(object request, IScheduler scheduler)
    {
        var inventory = await _inventory.ReadAsync(_stopping.Token);
        if (!inventory.Hypervisors.TryGetValue(_id, out var hypervisor) || hypervisor.Ipmi is not { } device)
        {
            return (new PowerReading(PowerOutcome.Refused, scheduler.MonotonicClock, "no fence device is registered"), null);
        }

        if (request is HoldTick && _refused is { } refused && refused.Device == device && scheduler.MonotonicClock - refused.At < AfterRefusal)
        {
            return (new PowerReading(PowerOutcome.AuthenticationFailed, scheduler.MonotonicClock, "its user or password was refused; asked again when they change, or after 15 min"), device.Name);
        }

        var reading = request switch
        {
            SendOff off => await _power.TurnOffAsync(device, () => _mayCut && scheduler.MonotonicClock - off.StoredAt < OffFresh, _stopping.Token),
            SendOn => await _power.TurnOnAsync(device, _stopping.Token),
            _ => await _power.ReadAsync(device, _stopping.Token),
        };
        _refused = reading.Outcome == PowerOutcome.AuthenticationFailed ? (device, scheduler.MonotonicClock) : null;
        return (reading, device.Name);
    }

    private sealed record Ended(object Request, IActorRef Asker, PowerReading Reading, string? Device);

    private sealed record HoldTick
    {
        public static readonly HoldTick Instance = new();
    }
}
