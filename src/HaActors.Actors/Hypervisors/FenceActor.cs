using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

/// <summary>FenceActor to its parent: store that an off is to leave, then say <see cref="OffStored"/>.</summary>
public sealed record WantOff(int Attempt, string Device);

/// <summary>The parent: stored at this moment of the monotonic clock.</summary>
public sealed record OffStored(int Attempt, TimeSpan StoredAt);

/// <summary>FenceActor to its parent: how the attempt ended, as the command that says so. Repeated until the parent stops it.</summary>
public sealed record FenceEnded(int Attempt, IHypervisorCommand Result);

/// <summary>
/// One fence attempt: read; if on, off; then read until off, twice, at least 2 s apart; then look whether the world agrees. It remembers nothing: after a crash its
/// parent starts another, which looks first.
/// </summary>
internal sealed class FenceActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan BetweenProofs = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenReadings = TimeSpan.FromSeconds(1);

    /// <summary>An off command whose host still reads on is given again after this, within the attempt's deadline.</summary>
    private static readonly TimeSpan BetweenOffs = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LostAnswer = TimeSpan.FromSeconds(45);

    /// <summary>Without a word from the parent after this, it is asked again.</summary>
    private static readonly TimeSpan StoreTakes = TimeSpan.FromSeconds(5);

    private const int CorroborationTries = 3;

    private readonly HypervisorState _request;
    private readonly IActorRef _power;
    private readonly IActorRef _prober;
    private readonly HaSettings _settings;
    private readonly TimeSpan _begun;
    private readonly bool _offBefore;
    private TimeSpan? _firstOffReading;
    private TimeSpan? _lastOffSent;
    private long _question;
    private bool _sent;
    private int _silent;
    private PowerOutcome _lastTrouble = PowerOutcome.Unreachable;
    private string _lastDetail = "";
    private string? _device;
    private int _corroborations;
    private string _readings = "";
    private ImmutableHashSet<HypervisorId> _peersLeft;
    private FenceEnded? _end;

    /// <param name="request">The parent's state when the attempt was begun or resumed.</param>
    public FenceActor(HypervisorState request, IActorRef power, IActorRef prober, HaSettings settings)
    {
        _request = request;
        _power = power;
        _prober = prober;
        _settings = settings;
        _begun = Context.System.Scheduler.MonotonicClock;
        // An off of this attempt, or of an earlier one of this incident, may be what turned it off.
        _offBefore = request.LastOffAt is not null;
        _peersLeft = [.. request.Peers.Where(p => p != request.Id)];
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Clock => Context.System.Scheduler.MonotonicClock;

    private static DateTimeOffset Now => Context.System.Scheduler.Now;

    private bool IsOverdue => Clock - _begun > _settings.FenceDeadline;

    protected override void PreStart() => Read();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SayAgain when _end is { } end:
                Context.Parent.Tell(end);
                Timers.StartSingleTimer("again", SayAgain.Instance, _settings.RepeatInterval);
                break;
            case not null when _end is not null:
                break;
            case ReadAgain:
                Read();
                break;
            case PowerAnswer a when a.Question == _question:
                Timers.Cancel("read");
                _device = a.Device ?? _device;
                OnAnswer(a.Reading);
                break;
            case OffStored s when s.Attempt == _request.Attempt:
                _lastOffSent = Clock;
                _sent = true;
                _power.Tell(new SendOff(++_question, s.StoredAt));
                ReadIn(LostAnswer);
                break;
            case SweepCompleted sweep when sweep.Sweep == _question:
                OnCorroboration(sweep);
                break;
            case NoCorroboration n when n.Question == _question:
                Corroborate();
                break;
        }
    }

    private void Read()
    {
        _power.Tell(new ReadPower(++_question));
        // Should the answer be lost, it is asked again; a call has its own, shorter deadline.
        ReadIn(LostAnswer);
    }

    private void ReadIn(TimeSpan pause) => Timers.StartSingleTimer("read", ReadAgain.Instance, pause);

    private void OnAnswer(PowerReading reading)
    {
        switch (reading.Outcome)
        {
            case PowerOutcome.Off when _firstOffReading is { } first && reading.Begun - first >= BetweenProofs:
                _readings = string.Create(CultureInfo.InvariantCulture, $"{_device} read off twice, {(reading.Begun - first).TotalSeconds:F1} s apart");
                Corroborate();
                break;
            case PowerOutcome.Off:
                _firstOffReading ??= reading.Begun;
                ReadIn(BetweenProofs + TimeSpan.FromMilliseconds(100) - (Clock - _firstOffReading.Value) is var pause && pause > TimeSpan.Zero ? pause : TimeSpan.FromMilliseconds(100));
                break;
            case PowerOutcome.On:
                _firstOffReading = null;
                _silent = 0;
                OnStillOn();
                break;
            case PowerOutcome.Accepted:
                ReadIn(BetweenReadings);
                break;
            default:
                OnTrouble(reading);
                break;
        }
    }

    private void OnStillOn()
    {
        if (IsOverdue)
        {
            Fail(_sent && _lastTrouble == PowerOutcome.Refused ? FenceFailure.Refused : FenceFailure.StillOn, _lastDetail.Length > 0 ? _lastDetail : "it took the command and goes on reading on");
        }
        else if (_sent && _lastTrouble == PowerOutcome.Refused)
        {
            Fail(FenceFailure.Refused, _lastDetail);
        }
        else if (_lastOffSent is { } at && Clock - at < BetweenOffs)
        {
            ReadIn(BetweenReadings);
        }
        else if (!IsOverdue)
        {
            Context.Parent.Tell(new WantOff(_request.Attempt, _device ?? "?"));
            // Should the parent be unable to store it, the reading after the pause asks again, with a fresh look.
            ReadIn(StoreTakes);
        }
    }

    private void OnTrouble(PowerReading reading)
    {
        _firstOffReading = null;
        _lastTrouble = reading.Outcome;
        _lastDetail = reading.Detail;
        switch (reading.Outcome)
        {
            case PowerOutcome.AuthenticationFailed:
                Fail(FenceFailure.AuthenticationFailed, reading.Detail);
                break;
            case PowerOutcome.ToolMissing:
                Fail(FenceFailure.ToolMissing, reading.Detail);
                break;
            case PowerOutcome.Refused when !_sent:
                Fail(reading.Detail.Contains("no fence device", StringComparison.Ordinal) ? FenceFailure.NoDevice : FenceFailure.Refused, reading.Detail);
                break;
            // Before anything was sent two silences in a row are enough: the pause before the next attempt does the waiting. After an off its answer may be
            // lost and the host dead, so it is read on until the deadline.
            case PowerOutcome.Unreachable or PowerOutcome.TimedOut when ++_silent >= 2 && !_sent:
            case var _ when IsOverdue:
                Fail(reading.Outcome == PowerOutcome.TimedOut ? FenceFailure.TimedOut : FenceFailure.Unreachable, reading.Detail);
                break;
            default:
                ReadIn(BetweenReadings);
                break;
        }
    }

    /// <summary>The device says off: does the world agree? Nothing of it may answer, and each peer that passed before still must.</summary>
    private void Corroborate()
    {
        if (++_corroborations > CorroborationTries)
        {
            var silent = _peersLeft.Order().ToImmutableArray();
            Fail(FenceFailure.Contradicted, $"since the off command {string.Join(", ", silent.Take(5))} no longer pass{(silent.Length == 1 ? "es" : "")}", silent);
            return;
        }

        ImmutableArray<SweepTarget> targets = [new SweepTarget(_request.Id, null), .. _peersLeft.Order().Select(p => new SweepTarget(p, null))];
        _prober.Tell(new RunSweep(++_question, TimeSpan.Zero, targets));
        Timers.StartSingleTimer("corroborate", new NoCorroboration(_question), _settings.ProbeTimeout * 2 + TimeSpan.FromSeconds(1) + (_settings.ProbeTimeout * (targets.Length / Math.Max(1, _settings.ProbeParallelism))));
    }

    private void OnCorroboration(SweepCompleted sweep)
    {
        Timers.Cancel("corroborate");
        var own = sweep.Outcomes.FirstOrDefault(o => o.Hypervisor == _request.Id);
        if (own is null)
        {
            // Nobody was probed, so nobody said anything: this try does not count, within the deadline.
            _corroborations--;
            if (Clock - _begun > _settings.FenceDeadline * 2)
            {
                Fail(FenceFailure.TimedOut, "it reads off, and nobody could be probed to confirm that");
            }
            else
            {
                Again();
            }

            return;
        }

        if (own.AnyAnswer)
        {
            Fail(FenceFailure.Contradicted, $"{_request.Id} still answers ({(own.Ping == Domain.Probing.PingFinding.Ok ? "ping" : "/health")})", [_request.Id]);
            return;
        }

        _peersLeft = _peersLeft.Except(sweep.Outcomes.Where(o => o.Passed).Select(o => o.Hypervisor));
        if (!_peersLeft.IsEmpty)
        {
            Again();
            return;
        }

        var peers = _request.Peers.Count(p => p != _request.Id);
        var proof = _sent || _offBefore ? ProofKind.PoweredOff : ProofKind.AlreadyOff;
        End(new ProveOff(_request.Attempt, proof, _device ?? "?", $"{_readings}; nothing of it answers; {(peers == 0 ? "no other hypervisor was up to compare with" : $"{peers} others of its location still answer")}", Now));
    }

    private void Again() => Timers.StartSingleTimer("corroborate", new NoCorroboration(_question), BetweenProofs);

    private void Fail(FenceFailure cause, string detail, ImmutableArray<HypervisorId>? by = null) =>
        End(new FailFence(_request.Attempt, cause, _device, detail, by ?? [], Now));

    private void End(IHypervisorCommand result)
    {
        Timers.CancelAll();
        _end = new FenceEnded(_request.Attempt, result);
        Self.Tell(SayAgain.Instance);
    }

    private sealed record ReadAgain
    {
        public static readonly ReadAgain Instance = new();
    }

    private sealed record SayAgain
    {
        public static readonly SayAgain Instance = new();
    }

    private sealed record NoCorroboration(long Question);
}
