using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

/// <summary>
/// One fence attempt, level by level: of each device of a level, read; if on, off; then read until off, twice, at least 2 s apart; when all of them are, look whether
/// the world agrees. A level that fails hands over to the next. It remembers nothing: after a crash its parent starts another, which looks first.
/// The parts: this file (levels), what one device answers, and the look at the world.
/// </summary>
internal sealed partial class FenceActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan BetweenReadings = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LostAnswer = TimeSpan.FromSeconds(45);

    /// <summary>Without a word from the parent after this, it is asked again.</summary>
    private static readonly TimeSpan StoreTakes = TimeSpan.FromSeconds(5);

    private readonly HypervisorState _request;
    private readonly IActorRef _power;
    private readonly IActorRef _prober;
    private readonly Func<ImmutableArray<MasterDoor>> _masters;
    private readonly HaSettings _settings;
    private readonly bool _offBefore;
    private readonly List<DeviceFailure> _failures = [];
    private readonly SortedDictionary<string, DeviceRun> _runs = new(StringComparer.Ordinal);
    private Queue<ImmutableArray<string>>? _levels;
    private TimeSpan _begun;
    private long _question;
    private bool _sent;
    private FenceEnded? _end;

    /// <param name="request">The parent's state when the attempt was begun or resumed.</param>
    /// <param name="prober">Of this master.</param>
    /// <param name="masters">All of them, as this one sees them now.</param>
    public FenceActor(HypervisorState request, IActorRef power, IActorRef prober, Func<ImmutableArray<MasterDoor>> masters, HaSettings settings)
    {
        _request = request;
        _power = power;
        _prober = prober;
        _masters = masters;
        _settings = settings;
        _begun = Context.System.Scheduler.MonotonicClock;
        // An off of this attempt, or of an earlier one of this incident, may be what turned it off.
        _offBefore = request.LastOffAt is not null;
        _peers = [.. request.Peers.Where(p => p != request.Id && !request.OthersOff.Contains(p))];
        _peersLeft = _peers;
        _blamed = [.. request.Excluded.SelectMany(e => request.Device(e.Device).ContradictedBy).Where(p => p != request.Id)];
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Clock => Context.System.Scheduler.MonotonicClock;

    private static DateTimeOffset Now => Context.System.Scheduler.Now;

    private bool IsOverdue => Clock - _begun > _settings.FenceDeadline;

    protected override void PreStart() => AskPlan();

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
            case AskPlanAgain when _levels is null:
                AskPlan();
                break;
            case DevicePlan plan when plan.Question == _question && _levels is null:
                OnPlan(plan);
                break;
            case ReadAgain again when RunOf(again.Device) is { } run:
                Ask(run);
                break;
            case IdentityAnswer a when RunOf(a.Device) is { } run && a.Question == run.Question:
                Timers.Cancel(ReadTimer(run));
                OnIdentity(run, a.Identity);
                break;
            case PowerAnswer a when RunOf(a.Device) is { } run && a.Question == run.Question:
                Timers.Cancel(ReadTimer(run));
                OnAnswer(run, a.Reading);
                break;
            case OffStored s when s.Attempt == _request.Attempt && RunOf(s.Device) is { } run:
                run.Before = (run.LastOffSent, run.Sent, _sent);
                run.LastOffSent = Clock;
                run.Sent = true;
                _sent = true;
                _power.Tell(new SendOff(run.Question = ++_question, s.Device, s.StoredAt));
                ReadIn(run, LostAnswer);
                break;
            case SweepCompleted sweep when sweep.Sweep == _probe:
                OnCorroboration(sweep);
                break;
            // Only silence has a deadline: a master that hears it contradicts as long as the look goes on.
            case OpinionGiven opinion when opinion.Question == _probe && (_unheard.Remove(opinion.Master) || opinion.Outcome is { AnyAnswer: true }):
                OnOpinion(opinion);
                break;
            case OpinionsOverdue late when late.Question == _probe:
                _unheard.Clear();
                Conclude();
                break;
            case NoCorroboration n when n.Question == _probe:
                Corroborate();
                break;
        }
    }

    private void AskPlan()
    {
        _power.Tell(new ReadPlan(++_question));
        Timers.StartSingleTimer("plan", AskPlanAgain.Instance, StoreTakes);
    }

    private void OnPlan(DevicePlan plan)
    {
        Timers.Cancel("plan");
        if (plan.Trouble is { } trouble)
        {
            if (IsOverdue)
            {
                _failures.Add(new DeviceFailure("?", FenceFailure.TimedOut, trouble));
                Fail();
                return;
            }

            Timers.StartSingleTimer("plan", AskPlanAgain.Instance, BetweenReadings);
            return;
        }

        var levels = FenceLevels.Of(_request, plan.Devices);
        _failures.AddRange(levels.Unused);
        _levels = new(levels.Usable);
        NextLevel();
    }

    private void NextLevel()
    {
        Timers.CancelAll();
        _runs.Clear();
        ForgetCorroboration();
        if (_levels!.TryDequeue(out var next))
        {
            _begun = Clock;
            foreach (var device in next)
            {
                _runs[device] = new DeviceRun(device);
            }

            foreach (var run in _runs.Values.ToArray())
            {
                Ask(run);
            }
        }
        else
        {
            Fail();
        }
    }

    private DeviceRun? RunOf(string device) => _runs.GetValueOrDefault(device);

    private static string ReadTimer(DeviceRun run) => $"read {run.Device}";

    private void FailLevel(string device, FenceFailure cause, string detail)
    {
        _failures.Add(new DeviceFailure(device, cause, detail));
        NextLevel();
    }

    private void Fail() =>
        End(new FailFence(_request.Attempt, _failures.Count > 0 ? _failures[^1].Cause : FenceFailure.NoDevice, [.. _failures], Now));

    private void End(IHypervisorCommand result)
    {
        Timers.CancelAll();
        _end = new FenceEnded(_request.Attempt, result);
        Self.Tell(SayAgain.Instance);
    }

    private sealed record ReadAgain(string Device);

    private sealed record AskPlanAgain
    {
        public static readonly AskPlanAgain Instance = new();
    }

    private sealed record SayAgain
    {
        public static readonly SayAgain Instance = new();
    }

    private sealed record NoCorroboration(long Question);

    private sealed record OpinionsOverdue(long Question);
}
