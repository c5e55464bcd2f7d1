using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Gate;

/// <summary>
/// Permits: collects the fleet-wide facts of a question under one deadline, lets <see cref="FenceGate"/> decide, stores the permit, and only then tells it.
/// A no is never stored here: it is decided again at each question.
/// </summary>
public sealed class FenceGateActor : EventSourcedActor<GateState, IGateEvent>
{
    /// <summary>Facts older than this are gathered again (SAFETY 10).</summary>
    private static readonly TimeSpan FactsFresh = TimeSpan.FromSeconds(10);

    /// <summary>A start within this time of the last row of this journal is no cold start.</summary>
    private static readonly TimeSpan WarmStart = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMinutes(2);

    private readonly HaDoors _doors;
    private readonly HaSettings _settings;
    private readonly SortedDictionary<HypervisorId, (HypervisorView View, TimeSpan At)> _fleet = [];
    private readonly Dictionary<HypervisorId, OpenQuestion> _open = [];
    private readonly TimeSpan _leaderSince = Clock;
    private bool _cold;
    private int _sweeps;
    private long _probes;
    private TimeSpan? _heartbeatAt;
    private bool _heartbeatUnderWay;

    public FenceGateActor(HaDoors doors, HaSettings settings) : base(PersistenceIds.FenceGate, GateState.New)
    {
        _doors = doors;
        _settings = settings;
    }

    public static Props Props(HaDoors doors, HaSettings settings) => Akka.Actor.Props.Create(() => new FenceGateActor(doors, settings));

    protected override GateState Apply(GateState state, IGateEvent e) => state.Apply(e);

    protected override void OnRecovered()
    {
        _cold = !_doors.GateHasRun && (State.LastAt is not { } last || Now - last > WarmStart);
        _doors.GateHasRun = true;
        Timers.StartPeriodicTimer("heartbeat", HeartbeatTick.Instance, TimeSpan.FromSeconds(1), HeartbeatInterval);
    }

    protected override void React()
    {
    }

    protected override void OnMessage(object message)
    {
        switch (message)
        {
            case HypervisorView view:
                OnView(view);
                break;
            case RemoveHypervisor gone:
                _fleet.Remove(gone.HypervisorId);
                break;
            case SweepDone:
                _sweeps++;
                break;
            case HeartbeatTick:
                Heartbeat();
                AnnounceArmed();
                break;
            case AskPermit ask:
                Open(ask);
                break;
            case SweepCompleted probes when _open.Values.FirstOrDefault(q => q.Probe == probes.Sweep) is { } question:
                question.Outcomes = probes.Outcomes;
                DecideWhenReady(question);
                break;
            case Overdue late when _open.TryGetValue(late.Hypervisor, out var question) && question.Probe == late.Probe:
                question.Outcomes ??= [];
                Decide(question);
                break;
            case SetArmed set:
                Arm(set);
                break;
            case GetArmed:
                Sender.Tell(Answer());
                break;
        }
    }

    private void OnView(HypervisorView view)
    {
        var isNew = !_fleet.ContainsKey(view.HypervisorId);
        _fleet[view.HypervisorId] = (view, Clock);
        if (isNew)
        {
            _doors.Hypervisors.Tell(new ArmedChanged(view.HypervisorId, State.DisarmedBy is null));
        }
    }

    private void Heartbeat()
    {
        if (!_heartbeatUnderWay)
        {
            _heartbeatUnderWay = true;
            Store([new GateHeartbeat(Now)], () =>
            {
                _heartbeatUnderWay = false;
                _heartbeatAt = Clock;
                foreach (var question in _open.Values.OrderBy(q => q.Ask.HypervisorId).ToArray())
                {
                    DecideWhenReady(question);
                }
            });
        }
    }

    private void Open(AskPermit ask)
    {
        if (_open.TryGetValue(ask.HypervisorId, out var running) && Clock - running.Begun < FactsFresh)
        {
            if (running.Ask.Attempt == ask.Attempt)
            {
                // The answer goes to the newest question; the facts are still being gathered.
                running.Ask = ask;
                return;
            }
        }

        var question = new OpenQuestion(ask, ++_probes, Clock);
        _open[ask.HypervisorId] = question;
        var stale = _fleet.Values
            .Where(m => m.View.Location == ask.Location && m.View.HaEnabled && m.View.HypervisorId != ask.HypervisorId)
            .Where(m => m.View.LastProbeAt is not { } at || Now - at > FactsFresh || Clock - m.At > FactsFresh)
            .Select(m => new SweepTarget(m.View.HypervisorId, m.View.HypervisorUuid));
        ImmutableArray<SweepTarget> targets = [new SweepTarget(ask.HypervisorId, ask.KnownUuid), .. stale];
        question.Probed = [.. targets.Select(t => t.Id)];
        _doors.Prober.Tell(new RunSweep(question.Probe, TimeSpan.Zero, targets));
        if (_heartbeatAt is not { } last || Clock - last > FenceGate.JournalFresh / 2)
        {
            Heartbeat();
        }

        var deadline = (_settings.ProbeTimeout * (1 + (targets.Length / _settings.ProbeParallelism))) + TimeSpan.FromSeconds(2);
        Timers.StartSingleTimer($"overdue-{ask.HypervisorId}", new Overdue(ask.HypervisorId, question.Probe), deadline < FactsFresh ? deadline : FactsFresh);
    }

    private void DecideWhenReady(OpenQuestion question)
    {
        if (question.Outcomes is not null && _heartbeatAt is { } at && Clock - at <= FenceGate.JournalFresh)
        {
            Decide(question);
        }
    }

    private void Decide(OpenQuestion question)
    {
        var ask = question.Ask;
        Timers.Cancel($"overdue-{ask.HypervisorId}");
        _open.Remove(ask.HypervisorId);
        var outcomes = question.Outcomes!.Value.ToDictionary(o => o.Hypervisor);
        var candidate = new FenceCandidate(
            ask.HypervisorId, ask.Location, ask.Policy, ask.Maintenance, ask.Failing, ask.FailingSince, ask.Device, DeviceProblem(ask), ask.ToGain, ask.SeenPassing, ask.Order);
        var members = _fleet.Values.Where(m => m.View.Location == ask.Location).Select(m => Member(m.View, question, outcomes)).ToImmutableArray();
        var evidence = new GateEvidence(
            State.DisarmedBy is { } d ? $"by {d.Who}: {d.Reason}" : null,
            Clock - _leaderSince, _cold, _sweeps, _heartbeatAt is { } h ? Clock - h : null,
            outcomes.GetValueOrDefault(ask.HypervisorId), members, question.Probed.All(outcomes.ContainsKey));

        switch (FenceGate.Decide(candidate, evidence, _settings.Gate, Now))
        {
            case GateDecision.Permitted:
                ImmutableArray<HypervisorId> peers = [.. members.Where(m => m.Id != ask.HypervisorId && m.Phase == HypervisorPhase.Healthy).Select(m => m.Id)];
                Logger.Info("Fence of {HypervisorId} permitted, attempt {Attempt}", ask.HypervisorId, ask.Attempt);
                Store([new FencePermitted(ask.HypervisorId, ask.Attempt, Now)], () => _doors.Hypervisors.Tell(new PermitGranted(ask.HypervisorId, ask.Attempt, ask.Question, peers)));
                break;
            case GateDecision.Withheld no:
                _doors.Hypervisors.Tell(new PermitWithheld(ask.HypervisorId, ask.Attempt, ask.Question, no.Check, no.Reason, no.Transient));
                break;
        }
    }

    private static FleetMember Member(HypervisorView view, OpenQuestion question, Dictionary<HypervisorId, ProbeOutcome> outcomes)
    {
        // One that did not pass just now fails, even if its own actor has not counted that yet: a storm shows in its first seconds.
        var phase = view.Phase == HypervisorPhase.Healthy && question.Probed.Contains(view.HypervisorId) && outcomes.TryGetValue(view.HypervisorId, out var o) && !o.Passed
            ? HypervisorPhase.Suspect
            : view.Phase;
        return new FleetMember(view.HypervisorId, phase, view.HaEnabled, view.Maintenance, view.Misses, view.Capacity is not null);
    }

    /// <summary>A contradiction stays with the device until each who contradicted passes again or is proved off by its own device; its own host's only until a person or a reading says so.</summary>
    private string? DeviceProblem(AskPermit ask)
    {
        var open = ask.ContradictedBy
            .Where(id => id == ask.HypervisorId || !_fleet.TryGetValue(id, out var m)
                || !(m.View.ProvedOff || (m.View.LastPassAt is { } pass && ask.ContradictedAt is { } at && pass > at)))
            .ToArray();
        return open.Length == 0 ? null : $"it read off and {string.Join(", ", open.Take(5))} contradicted that";
    }

    private void Arm(SetArmed set)
    {
        var asker = Sender;
        if (set.Armed == State.DisarmedBy is null)
        {
            asker.Tell(Answer());
            return;
        }

        Store([set.Armed ? new Armed(set.Who, set.Reason, Now) : new Disarmed(set.Who, set.Reason, Now)], () =>
        {
            AnnounceArmed();
            asker.Tell(Answer());
        });
    }

    private void AnnounceArmed()
    {
        foreach (var id in _fleet.Keys)
        {
            _doors.Hypervisors.Tell(new ArmedChanged(id, State.DisarmedBy is null));
        }
    }

    private ArmedAnswer Answer() => State.DisarmedBy is { } d
        ? new ArmedAnswer(_fleet.Values.Any(m => m.View.Phase == HypervisorPhase.Fencing) ? "disarming" : "disarmed", d.Who, d.Reason, d.At)
        : new ArmedAnswer("armed", null, null, null);

    private sealed class OpenQuestion(AskPermit ask, long probe, TimeSpan begun)
    {
        public AskPermit Ask { get; set; } = ask;

        public long Probe { get; } = probe;

        public TimeSpan Begun { get; } = begun;

        public ImmutableArray<ProbeOutcome>? Outcomes { get; set; }

        public ImmutableArray<HypervisorId> Probed { get; set; } = [];
    }

    private sealed record HeartbeatTick
    {
        public static readonly HeartbeatTick Instance = new();
    }

    private sealed record Overdue(HypervisorId Hypervisor, long Probe);
}
