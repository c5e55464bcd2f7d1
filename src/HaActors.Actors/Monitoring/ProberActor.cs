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
/// One on each master: runs sweeps through a stream that bounds how many probes run at once. What missed last time has lanes of its own, so that a black-holed
/// rack, each probe of which takes the whole deadline, does not hold up the rest. A failed probe is a value; a failed stream is a bug and loud.
/// </summary>
public sealed class ProberActor : UntypedActor
{
    private readonly HaDoors _doors;
    private readonly IInventory _inventory;
    private readonly IHypervisorProbe _probe;
    private readonly int _atOnce;
    private readonly ActorMaterializer _streams = Context.Materializer();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Queue<Job> _queue = new();
    private readonly HashSet<HypervisorId> _missed = [];
    private readonly Dictionary<long, Job> _running = [];
    private readonly Dictionary<HypervisorId, string?> _uuids = [];
    private readonly Dictionary<HypervisorId, TimeSpan> _passedAt = [];
    private InventorySnapshot? _known;
    private long _jobs;
    private long? _sweeping;

    public ProberActor(HaDoors doors, IInventory inventory, IHypervisorProbe probe, HaSettings settings)
    {
        _doors = doors;
        _inventory = inventory;
        _probe = probe;
        _atOnce = settings.ProbeParallelism;
    }

    public static Props Props(HaDoors doors, HaPorts ports, HaSettings settings) =>
        Akka.Actor.Props.Create(() => new ProberActor(doors, ports.Inventory, ports.Probe, settings));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RunSweep run:
                var job = new Job(++_jobs, run, Sender, Context.System.Scheduler.MonotonicClock);
                // Extra probes answer a question with a deadline: they do not queue behind a sweep.
                if (run.Pace == TimeSpan.Zero)
                {
                    Start(job);
                }
                else
                {
                    _queue.Enqueue(job);
                    StartNext();
                }

                break;
            case AskOpinion ask:
                // One probe more, beside whatever runs: the gate has a deadline. No answer would be no opinion.
                Start(new Job(++_jobs, new RunSweep(ask.Question, TimeSpan.Zero, [new SweepTarget(ask.HypervisorId, ask.KnownUuid)]), Sender, Context.System.Scheduler.MonotonicClock)
                {
                    Opinion = ask,
                    PassedAt = _passedAt.TryGetValue(ask.HypervisorId, out var passed) ? passed : null,
                });
                break;
            case Found found when _running.TryGetValue(found.Job, out var owner):
                Record(owner, found);
                break;
            case LaneEnded ended when _running.TryGetValue(ended.Job, out var owner):
                if (--owner.LanesOpen == 0)
                {
                    Complete(owner);
                }

                break;
            case NotStarted failed when _known is { } known && _running.TryGetValue(failed.Job, out var owner):
                // The database is away; who is to be probed is known from before.
                Open(owner, known);
                break;
            case NotStarted failed when _running.TryGetValue(failed.Job, out var owner):
                Context.GetLogger().Warning(failed.Cause, "Sweep {Sweep} could not read the inventory and probed nobody", owner.Request.Sweep);
                Complete(owner);
                break;
            case Ready ready when _running.TryGetValue(ready.Job, out var owner):
                _known = ready.Inventory;
                Open(owner, ready.Inventory);
                break;
            case LaneFailed failed:
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

    private void StartNext()
    {
        if (_sweeping is null && _queue.TryDequeue(out var job))
        {
            _sweeping = job.Number;
            Start(job);
        }
    }

    private void Start(Job job)
    {
        _running[job.Number] = job;
        _inventory.ReadAsync(_stopping.Token).PipeTo(Self, success: i => new Ready(job.Number, i), failure: e => new NotStarted(job.Number, e));
    }

    private void Open(Job job, InventorySnapshot inventory)
    {
        if (job.Request.Pace > TimeSpan.Zero)
        {
            foreach (var target in job.Request.Targets)
            {
                _uuids[target.Id] = target.KnownUuid;
            }
        }

        // An extra probe may not know whom it expects there; the last sweep did.
        var targets = job.Request.Targets
            .Where(t => inventory.Hypervisors.ContainsKey(t.Id))
            .Select(t => (Hypervisor: inventory.Hypervisors[t.Id], KnownUuid: t.KnownUuid ?? _uuids.GetValueOrDefault(t.Id)))
            .Select(t => new ProbeTarget(t.Hypervisor.Id, t.Hypervisor.Address, t.Hypervisor.Agent, t.KnownUuid))
            .ToImmutableArray();
        var dead = targets.Where(t => _missed.Contains(t.Id)).ToImmutableArray();
        var alive = targets.Where(t => !_missed.Contains(t.Id)).ToImmutableArray();
        var lanesOfTheDead = alive.IsEmpty ? _atOnce : Math.Max(1, _atOnce / 3);
        job.LanesOpen = 2;
        Lane(job.Number, alive, dead.IsEmpty ? _atOnce : Math.Max(1, _atOnce - lanesOfTheDead));
        Lane(job.Number, dead, lanesOfTheDead);
    }

    private void Lane(long job, ImmutableArray<ProbeTarget> targets, int atOnce)
    {
        var probe = _probe;
        var token = _stopping.Token;
        var scheduler = Context.System.Scheduler;
        Source.From(targets)
            .SelectAsyncUnordered(atOnce, async target =>
            {
                var begun = scheduler.Now;
                return (object)new Found(job, await probe.ProbeAsync(target, token), begun);
            })
            .To(Sink.ActorRef<object>(Self, new LaneEnded(job), e => new LaneFailed(e)))
            .Run(_streams);
    }

    private void Record(Job job, Found found)
    {
        var outcome = found.Outcome;
        if (outcome.Passed)
        {
            _missed.Remove(outcome.Hypervisor);
            _passedAt[outcome.Hypervisor] = Context.System.Scheduler.MonotonicClock;
        }
        else
        {
            _missed.Add(outcome.Hypervisor);
        }

        job.Outcomes.Add(outcome);
        _doors.Hypervisors.Tell(new RecordProbe(outcome.Hypervisor, job.Request.Sweep, job.Request.Pace, outcome, found.Begun));
    }

    private void Complete(Job job)
    {
        _running.Remove(job.Number);
        var took = Context.System.Scheduler.MonotonicClock - job.Begun;
        job.Asker.Tell(job.Opinion is { } ask
            ? new OpinionGiven(ask.HypervisorId, ask.Question, ask.Master, job.Outcomes.FirstOrDefault(), Context.System.Scheduler.MonotonicClock - job.PassedAt)
            : new SweepCompleted(job.Request.Sweep, [.. job.Outcomes.OrderBy(o => o.Hypervisor)], (long)took.TotalMilliseconds));
        if (_sweeping == job.Number)
        {
            _sweeping = null;
            StartNext();
        }
    }

    private sealed record Job(long Number, RunSweep Request, IActorRef Asker, TimeSpan Begun)
    {
        public int LanesOpen { get; set; }

        /// <summary>Somebody wants an opinion, not a sweep.</summary>
        public AskOpinion? Opinion { get; init; }

        /// <summary>When it last passed before this job, on this master's monotonic clock.</summary>
        public TimeSpan? PassedAt { get; init; }

        public List<ProbeOutcome> Outcomes { get; } = [];
    }

    private sealed record Ready(long Job, InventorySnapshot Inventory);

    private sealed record NotStarted(long Job, Exception Cause);

    private sealed record Found(long Job, ProbeOutcome Outcome, DateTimeOffset Begun);

    private sealed record LaneEnded(long Job);

    private sealed record LaneFailed(Exception Cause);
}
