using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Akka.Streams.Dsl;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Monitoring;

/// <summary>
/// One on each master: probes through a stream that bounds how many run at once; <see cref="ProbeLanes"/> says whose turn it is. A sweep does not wait for the one
/// before: who is still waiting for its probe from that one is not queued twice. A failed probe is a value; a failed stream is a bug and loud.
/// </summary>
public sealed class ProberActor : UntypedActor, IWithTimers
{
    private readonly HaDoors _doors;
    private readonly IInventory _inventory;
    private readonly IHypervisorProbe _probe;
    private readonly int _atOnce;
    private readonly TimeSpan _timeout;
    private readonly ActorMaterializer _streams = Context.Materializer();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<HypervisorId, bool> _passed = [];
    private readonly HashSet<HypervisorId> _inSweep = [];
    private readonly Dictionary<long, Job> _jobs = [];
    private readonly Dictionary<HypervisorId, string?> _uuids = [];
    private readonly Dictionary<HypervisorId, TimeSpan> _passedAt = [];
    private readonly Crew _sweeps;
    private readonly Crew _extras;
    private InventorySnapshot? _known;
    private long _lastJob;

    public ProberActor(HaDoors doors, IInventory inventory, IHypervisorProbe probe, HaSettings settings)
    {
        _doors = doors;
        _inventory = inventory;
        _probe = probe;
        _atOnce = settings.ProbeParallelism;
        _timeout = settings.ProbeTimeout;
        // Extra probes answer a question with a deadline: they do not queue behind a sweep.
        _sweeps = new Crew(new ProbeLanes(_atOnce), Stream());
        _extras = new Crew(new ProbeLanes(_atOnce), Stream());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(HaDoors doors, HaPorts ports, HaSettings settings) =>
        Made.By(() => new ProberActor(doors, ports.Inventory, ports.Probe, settings));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RunSweep run:
                Start(new Job(++_lastJob, run, Sender, Context.System.Scheduler.MonotonicClock));
                break;
            case AskOpinion ask:
                // One probe more, beside whatever runs: the gate has a deadline. No answer would be no opinion.
                Start(new Job(++_lastJob, new RunSweep(ask.Question, TimeSpan.Zero, [new SweepTarget(ask.HypervisorId, ask.KnownUuid)]), Sender, Context.System.Scheduler.MonotonicClock)
                {
                    Opinion = ask,
                    PassedAt = _passedAt.TryGetValue(ask.HypervisorId, out var passed) ? passed : null,
                });
                break;
            case Ready ready when _jobs.TryGetValue(ready.Job, out var owner):
                _known = ready.Inventory;
                Open(owner, ready.Inventory);
                break;
            case NotStarted failed when _known is { } known && _jobs.TryGetValue(failed.Job, out var owner):
                // The database is away; who is to be probed is known from before.
                Open(owner, known);
                break;
            case NotStarted failed when _jobs.TryGetValue(failed.Job, out var owner):
                _log.Warning(failed.Cause, "Sweep {Sweep} could not read the inventory and probed nobody", owner.Request.Sweep);
                Complete(owner);
                break;
            case Impatient { Probe: var slow, Of: var leaves } when slow.Leaves == leaves && !slow.HasSilentLane:
                if (!CrewOf(slow).Lanes.MovesOver(slow))
                {
                    // It comes again at the end of their queue, with the whole deadline; who answers must not wait for it here.
                    leaves.Cancel();
                }
                else
                {
                    Pump(CrewOf(slow));
                }

                break;
            case Found found:
                OnEnded(found.Probe, () => Record(found));
                break;
            case Left left:
                CrewOf(left.Probe).Lanes.Ended(left.Probe);
                left.Probe.Leaves?.Dispose();
                left.Probe.Leaves = null;
                CrewOf(left.Probe).Lanes.Add(left.Probe);
                Pump(CrewOf(left.Probe));
                break;
            case StreamFailed failed:
                throw new InvalidOperationException("A probe threw instead of answering with a value.", failed.Cause);
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void Start(Job job)
    {
        _jobs[job.Number] = job;
        _inventory.ReadAsync(_stopping.Token).PipeTo(Self, success: i => new Ready(job.Number, i), failure: e => new NotStarted(job.Number, e));
    }

    private Crew CrewOf(Probe probe) => _jobs.TryGetValue(probe.Job, out var job) && job.IsSweep ? _sweeps : _extras;

    private void Open(Job job, InventorySnapshot inventory)
    {
        var crew = job.IsSweep ? _sweeps : _extras;
        foreach (var asked in job.Request.Targets)
        {
            if (job.IsSweep)
            {
                _uuids[asked.Id] = asked.KnownUuid;
            }

            if (!inventory.Hypervisors.TryGetValue(asked.Id, out var it) || (job.IsSweep && !_inSweep.Add(asked.Id)))
            {
                continue;
            }

            // An extra probe may not know whom it expects there; the last sweep did.
            var target = new ProbeTarget(it.Id, it.Address, it.Agent, asked.KnownUuid ?? _uuids.GetValueOrDefault(asked.Id));
            crew.Lanes.Add(new Probe(job.Number, target, StandingOf(asked)));
            job.Open++;
        }

        if (job.Open == 0)
        {
            Complete(job);
        }
        else
        {
            Pump(crew);
        }
    }

    /// <summary>What was seen here last counts; what was never probed here, as whoever asks has it.</summary>
    private ProbeStanding StandingOf(SweepTarget asked) => !_passed.TryGetValue(asked.Id, out var passed) ? asked.Standing
        : passed ? ProbeStanding.Answers
        : asked.Standing == ProbeStanding.Answers ? ProbeStanding.Suspect
        : asked.Standing;

    private void Pump(Crew crew)
    {
        foreach (var probe in crew.Lanes.Next())
        {
            probe.Leaves = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            if (!probe.HasSilentLane)
            {
                // Whoever answers at all has answered in a fifth of the deadline.
                Timers.StartSingleTimer(probe, new Impatient(probe, probe.Leaves), _timeout / 5);
            }

            crew.Stream.Tell(probe);
        }
    }

    private IActorRef Stream()
    {
        var port = _probe;
        var scheduler = Context.System.Scheduler;
        var stopping = _stopping.Token;
        return Source.ActorRef<Probe>(_atOnce * 4, OverflowStrategy.Fail)
            .SelectAsyncUnordered(_atOnce, async probe =>
            {
                var (begun, at) = (scheduler.MonotonicClock, scheduler.Now);
                var leaves = probe.Leaves!;
                try
                {
                    var outcome = await port.ProbeAsync(probe.Target, leaves.Token);
                    return (object)new Found(probe, outcome, begun, at);
                }
                catch (OperationCanceledException) when (leaves.IsCancellationRequested && !stopping.IsCancellationRequested)
                {
                    return new Left(probe);
                }
            })
            .To(Sink.ActorRef<object>(Self, StreamEnded.Instance, e => new StreamFailed(e)))
            .Run(_streams);
    }

    private void OnEnded(Probe probe, Action record)
    {
        var crew = CrewOf(probe);
        crew.Lanes.Ended(probe);
        Timers.Cancel(probe);
        probe.Leaves?.Dispose();
        probe.Leaves = null;
        record();
        if (_jobs.TryGetValue(probe.Job, out var job))
        {
            if (job.IsSweep)
            {
                _inSweep.Remove(probe.Id);
            }

            if (--job.Open == 0)
            {
                Complete(job);
            }
        }

        Pump(crew);
    }

    private void Record(Found found)
    {
        var (outcome, request) = (found.Outcome, _jobs[found.Probe.Job].Request);
        var scheduler = Context.System.Scheduler;
        var took = scheduler.MonotonicClock - found.Begun;
        if (!outcome.Passed && (took > _timeout * 2 || scheduler.Now - found.At > _timeout * 2))
        {
            // This master stood still (or its clock jumped) while it waited: that nobody answered it says nothing of the host.
            _log.Warning("{HypervisorId}: a probe ended {Took} after it was begun, with a deadline of {Timeout}; that it found no answer is not used", outcome.Hypervisor, took, _timeout);
            return;
        }

        if (outcome.Passed && found.Probe.Target.KnownUuid is null && outcome.HypervisorUuid is { } uuid)
        {
            if (_uuids.Where(u => u.Value == uuid && u.Key != outcome.Hypervisor).Select(u => u.Key).Order().ToArray() is [var owner, ..])
            {
                // A wrong agent URL at the registration: watched by another one's health, it would never be seen to die.
                outcome = outcome with { Health = HealthFinding.WrongHost, Detail = $"{owner} answers there: both have the host UUID {uuid}" };
            }
            else
            {
                _uuids[outcome.Hypervisor] = uuid;
            }
        }

        _passed[outcome.Hypervisor] = outcome.Passed;
        if (outcome.Passed)
        {
            _passedAt[outcome.Hypervisor] = scheduler.MonotonicClock;
        }

        _jobs[found.Probe.Job].Outcomes.Add(outcome);
        _doors.Hypervisors.Tell(new RecordProbe(outcome.Hypervisor, request.Sweep, request.Pace, outcome, found.At, found.Begun, took, request.Monitor));
    }

    private void Complete(Job job)
    {
        _jobs.Remove(job.Number);
        var took = Context.System.Scheduler.MonotonicClock - job.Begun;
        job.Asker.Tell(job.Opinion is { } ask
            ? new OpinionGiven(ask.HypervisorId, ask.Question, ask.Master, job.Outcomes.FirstOrDefault(), Context.System.Scheduler.MonotonicClock - job.PassedAt)
            : new SweepCompleted(job.Request.Sweep, [.. job.Outcomes.OrderBy(o => o.Hypervisor)], (long)took.TotalMilliseconds));
    }

    /// <summary>Lanes, and the stream that keeps their bound.</summary>
    private sealed record Crew(ProbeLanes Lanes, IActorRef Stream);

    private sealed record Job(long Number, RunSweep Request, IActorRef Asker, TimeSpan Begun)
    {
        public bool IsSweep => Request.Pace > TimeSpan.Zero;

        /// <summary>Somebody wants an opinion, not a sweep.</summary>
        public AskOpinion? Opinion { get; init; }

        /// <summary>When it last passed before this job, on this master's monotonic clock.</summary>
        public TimeSpan? PassedAt { get; init; }

        /// <summary>Probes without an end.</summary>
        public int Open { get; set; }

        public List<ProbeOutcome> Outcomes { get; } = [];
    }

    private sealed record Ready(long Job, InventorySnapshot Inventory) : INoSerializationVerificationNeeded;

    private sealed record NotStarted(long Job, Exception Cause) : INoSerializationVerificationNeeded;

    private sealed record Impatient(Probe Probe, CancellationTokenSource Of) : INoSerializationVerificationNeeded;

    private sealed record Found(Probe Probe, ProbeOutcome Outcome, TimeSpan Begun, DateTimeOffset At) : INoSerializationVerificationNeeded;

    private sealed record Left(Probe Probe) : INoSerializationVerificationNeeded;

    private sealed record StreamEnded : INoSerializationVerificationNeeded
    {
        public static readonly StreamEnded Instance = new();
    }

    private sealed record StreamFailed(Exception Cause) : INoSerializationVerificationNeeded;
}
