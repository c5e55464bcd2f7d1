using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

/// <summary>FenceActor to its parent: store that an off is to leave, then say <see cref="OffStored"/>.</summary>
public sealed record WantOff(int Attempt, string Device);

/// <summary>The parent: stored at this moment of the monotonic clock.</summary>
public sealed record OffStored(int Attempt, string Device, TimeSpan StoredAt);

/// <summary>FenceActor to its parent: what was found out about a device on the way, as the command that says so. The next attempt finds it out again.</summary>
public sealed record FenceFound(IHypervisorCommand Finding);

/// <summary>FenceActor to its parent: how the attempt ended, as the command that says so. Repeated until the parent stops it.</summary>
public sealed record FenceEnded(int Attempt, IHypervisorCommand Result);

/// <summary>
/// One fence attempt, level by level: of each device of a level, read; if on, off; then read until off, twice, at least 2 s apart; when all of them are, look whether
/// the world agrees. A level that fails hands over to the next. It remembers nothing: after a crash its parent starts another, which looks first.
/// The parts: this file (levels and devices), and the look at the world.
/// </summary>
internal sealed partial class FenceActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan BetweenProofs = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenReadings = TimeSpan.FromSeconds(1);

    /// <summary>An off command whose host still reads on is given again after this, within the level's deadline.</summary>
    private static readonly TimeSpan BetweenOffs = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LostAnswer = TimeSpan.FromSeconds(45);

    /// <summary>Without a word from the parent after this, it is asked again.</summary>
    private static readonly TimeSpan StoreTakes = TimeSpan.FromSeconds(5);

    /// <summary>A reading that is older proves nothing of now: the other devices of the level took too long.</summary>
    private static readonly TimeSpan ReadingFresh = TimeSpan.FromSeconds(10);

    private readonly HypervisorState _request;
    private readonly IActorRef _power;
    private readonly IActorRef _prober;
    private readonly HaSettings _settings;
    private readonly bool _offBefore;
    private readonly List<DeviceFailure> _failures = [];
    private readonly SortedDictionary<string, DeviceRun> _runs = new(StringComparer.Ordinal);
    private Queue<(int Level, ImmutableArray<string> Devices)>? _levels;
    private int _level;
    private TimeSpan _begun;
    private long _question;
    private bool _sent;
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

        _levels = new();
        foreach (var level in plan.Devices.GroupBy(d => d.Level).OrderBy(g => g.Key))
        {
            var bad = level.Select(d => (d.Device, Why: WhyNot(d.Device))).Where(d => d.Why is not null).OrderBy(d => d.Device, StringComparer.Ordinal).ToArray();
            _failures.AddRange(bad.Select(d => d.Why!));
            if (bad.Length == 0)
            {
                // All devices of a level must read off, so one that is no path takes its level with it, and nothing else.
                _levels.Enqueue((level.Key, [.. level.Select(d => d.Device).Order(StringComparer.Ordinal)]));
            }
        }

        NextLevel();
    }

    /// <summary>Why a device is not used in this attempt, or null.</summary>
    private DeviceFailure? WhyNot(string device)
    {
        var memory = _request.Device(device);
        var cause = !memory.Identified ? FenceFailure.NotIdentified
            : memory.OtherIdentity is not null ? FenceFailure.IdentityChanged
            : memory.SharedWith is not null ? FenceFailure.IdentityShared
            : FenceFailure.Contradicted;
        return _request.Excluded.FirstOrDefault(e => e.Device == device) is { } excluded ? new DeviceFailure(device, cause, excluded.Why)
            // Registered since the permit was given: what nobody looked at is not used.
            : !memory.Identified ? new DeviceFailure(device, cause, memory.Problem!)
            : null;
    }

    private void NextLevel()
    {
        Timers.CancelAll();
        _runs.Clear();
        _corroborations = 0;
        _peersLeft = _peers;
        if (_levels!.TryDequeue(out var next))
        {
            _level = next.Level;
            _begun = Clock;
            foreach (var device in next.Devices)
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

    /// <summary>First who it is (SAFETY 13), then its power.</summary>
    private void Ask(DeviceRun run)
    {
        run.Question = ++_question;
        _power.Tell(run.IsIdentified ? new ReadPower(run.Question, run.Device) : new ReadIdentity(run.Question, run.Device));
        // Should the answer be lost, it is asked again; a call has its own, shorter deadline.
        ReadIn(run, LostAnswer);
    }

    private void ReadIn(DeviceRun run, TimeSpan pause) => Timers.StartSingleTimer(ReadTimer(run), new ReadAgain(run.Device), pause);

    private void OnIdentity(DeviceRun run, DeviceIdentity identity)
    {
        var known = _request.Device(run.Device).Identity;
        switch (identity)
        {
            case DeviceIdentity.Known told when known is not null && told.Id != known:
                Context.Parent.Tell(new FenceFound(new RecordIdentity(run.Device, told.Id, Now)));
                FailLevel(run.Device, FenceFailure.IdentityChanged, $"it was {known} and is {told.Id} now");
                break;
            case DeviceIdentity.Trouble { Outcome: PowerOutcome.AuthenticationFailed or PowerOutcome.ToolMissing } trouble:
                OnTrouble(run, new PowerReading(trouble.Outcome, Clock, trouble.Detail));
                break;
            default:
                // One that tells no name just now but its power has told it before.
                run.IsIdentified = true;
                Ask(run);
                break;
        }
    }

    private void OnAnswer(DeviceRun run, PowerReading reading)
    {
        switch (reading.Outcome)
        {
            case PowerOutcome.Off:
                run.Silent = 0;
                run.FirstOff ??= reading.Begun;
                run.LastOff = reading.Begun;
                OnOff(run);
                break;
            case PowerOutcome.On:
                run.FirstOff = run.LastOff = null;
                run.Silent = 0;
                OnStillOn(run);
                break;
            case PowerOutcome.Accepted:
                ReadIn(run, BetweenReadings);
                break;
            case PowerOutcome.NotSent:
                // Not a lost answer but a certain one: all that was sent is what was sent before.
                (run.LastOffSent, run.Sent, _sent) = run.Before;
                run.LastTrouble = reading.Outcome;
                run.LastDetail = reading.Detail;
                ReadIn(run, BetweenReadings);
                break;
            default:
                OnTrouble(run, reading);
                break;
        }
    }

    /// <summary>All of the level have to be off at one time, each read twice; until the last one is, the others are read on.</summary>
    private void OnOff(DeviceRun run)
    {
        if (_runs.Values.All(r => r.IsProved && Clock - r.LastOff!.Value <= ReadingFresh))
        {
            foreach (var other in _runs.Values)
            {
                Timers.Cancel(ReadTimer(other));
            }

            _readings = string.Join(", ", _runs.Values.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Device} read off twice, {(r.LastOff!.Value - r.FirstOff!.Value).TotalSeconds:F1} s apart")));
            Corroborate();
        }
        else if (run.IsProved && IsOverdue)
        {
            var late = _runs.Values.FirstOrDefault(r => !r.IsProved) ?? run;
            FailLevel(late.Device, late.LastDetail.Length > 0 ? FenceFailure.TimedOut : FenceFailure.StillOn, late.LastDetail.Length > 0 ? late.LastDetail : "it did not read off while the others of its level did");
        }
        else
        {
            var pause = BetweenProofs + TimeSpan.FromMilliseconds(100) - (Clock - run.LastOff!.Value);
            ReadIn(run, pause > TimeSpan.FromMilliseconds(100) ? pause : TimeSpan.FromMilliseconds(100));
        }
    }

    private void OnStillOn(DeviceRun run)
    {
        if (run.Sent && run.LastTrouble == PowerOutcome.Refused)
        {
            FailLevel(run.Device, FenceFailure.Refused, run.LastDetail);
        }
        else if (IsOverdue)
        {
            // Of an attempt that was resumed an off may have left before.
            var (cause, detail) = run.Sent || _request.OffsIssued > 0
                ? (FenceFailure.StillOn, "it took the command and goes on reading on")
                : (FenceFailure.NotSent, "none could be stored, or none was allowed any more");
            FailLevel(run.Device, cause, run.LastDetail.Length > 0 ? run.LastDetail : detail);
        }
        else if (run.LastOffSent is { } at && Clock - at < BetweenOffs)
        {
            ReadIn(run, BetweenReadings);
        }
        else
        {
            Context.Parent.Tell(new WantOff(_request.Attempt, run.Device));
            // Should the parent be unable to store it, the reading after the pause asks again, with a fresh look.
            ReadIn(run, StoreTakes);
        }
    }

    private void OnTrouble(DeviceRun run, PowerReading reading)
    {
        run.FirstOff = run.LastOff = null;
        run.LastTrouble = reading.Outcome;
        run.LastDetail = reading.Detail;
        switch (reading.Outcome)
        {
            case PowerOutcome.AuthenticationFailed:
                FailLevel(run.Device, FenceFailure.AuthenticationFailed, reading.Detail);
                break;
            case PowerOutcome.ToolMissing:
                FailLevel(run.Device, FenceFailure.ToolMissing, reading.Detail);
                break;
            case PowerOutcome.Refused when !run.Sent:
                FailLevel(run.Device, FenceFailure.Refused, reading.Detail);
                break;
            // Before anything was sent two silences in a row are enough: the next level, or the pause before the next attempt, does the waiting. After an off its
            // answer may be lost and the host dead, so it is read on until the deadline.
            case PowerOutcome.Unreachable or PowerOutcome.TimedOut when ++run.Silent >= 2 && !run.Sent:
            case var _ when IsOverdue:
                FailLevel(run.Device, reading.Outcome == PowerOutcome.TimedOut ? FenceFailure.TimedOut : FenceFailure.Unreachable, reading.Detail);
                break;
            default:
                ReadIn(run, BetweenReadings);
                break;
        }
    }

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

    /// <summary>What this attempt knows of one device of the level that is tried now.</summary>
    private sealed class DeviceRun(string device)
    {
        public string Device { get; } = device;

        public long Question { get; set; }

        /// <summary>It told its name, or could not just now, in this attempt.</summary>
        public bool IsIdentified { get; set; }

        public TimeSpan? FirstOff { get; set; }

        public TimeSpan? LastOff { get; set; }

        public TimeSpan? LastOffSent { get; set; }

        public bool Sent { get; set; }

        /// <summary>What was known of offs before the one that is under way.</summary>
        public (TimeSpan? LastOffSent, bool Sent, bool AnySent) Before { get; set; }

        public int Silent { get; set; }

        public PowerOutcome LastTrouble { get; set; } = PowerOutcome.Unreachable;

        public string LastDetail { get; set; } = "";

        public bool IsProved => FirstOff is { } first && LastOff is { } last && last - first >= BetweenProofs;
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
}
