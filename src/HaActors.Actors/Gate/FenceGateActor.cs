using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Gate;

/// <summary>
/// Permits: collects the fleet-wide facts of a question under one deadline, lets <see cref="FenceGate"/> decide, stores the permit, and only then tells it.
/// A no is never stored here: it is decided again at each question. The parts: this file (life, messages, armed), questions, witnesses, storms, paths.
/// </summary>
public sealed partial class FenceGateActor : EventSourcedActor<GateState, IGateEvent>
{
    /// <summary>Who disarmed, when it was no person.</summary>
    public const string Itself = "haactors";

    /// <summary>A start within this time of the last row of this journal is no cold start.</summary>
    private static readonly TimeSpan WarmStart = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMinutes(2);

    private readonly HaDoors _doors;
    private readonly IWitnessProbe _witnesses;
    private readonly HaSettings _settings;
    private readonly SortedDictionary<HypervisorId, Known> _fleet = [];
    private readonly TimeSpan _leaderSince = Clock;
    private bool _cold;
    private int _sweeps;
    private TimeSpan? _heartbeatAt;
    private bool _heartbeatUnderWay;

    public FenceGateActor(HaDoors doors, IWitnessProbe witnesses, HaSettings settings) : base(PersistenceIds.FenceGate, GateState.New, doors)
    {
        _doors = doors;
        _witnesses = witnesses;
        _settings = settings;
    }

    private GatePolicy Policy => _settings.Gate;

    public static Props Props(HaDoors doors, IWitnessProbe witnesses, HaSettings settings) => Made.By(() => new FenceGateActor(doors, witnesses, settings));

    protected override GateState Apply(GateState state, IGateEvent e) => state.Apply(e);

    protected override void OnRecovered()
    {
        // Another master was up all the while: what it saw pass is known, and the hypervisors' actors come with it. A last row that lies far ahead says that the wall clock
        // was set back: how long nobody was there is not known, so it was long.
        _cold = !_doors.GateHasRun && !_doors.Masters().Any(m => !m.IsThis) && (State.LastAt is not { } last || (Now - last).Duration() > WarmStart);
        _doors.GateHasRun = true;
        RememberAges();
        RememberPaths();
        Timers.StartPeriodicTimer("heartbeat", HeartbeatTick.Instance, TimeSpan.FromSeconds(1), HeartbeatInterval);
        WatchIfNeeded();
    }

    protected override void React() => DecideWhatIsReady();

    protected override void OnMessage(object message)
    {
        switch (message)
        {
            case HypervisorView view:
                OnView(view);
                break;
            case RemoveHypervisor gone:
                _fleet.Remove(gone.HypervisorId);
                _probed.Remove(gone.HypervisorId);
                break;
            case SweepDone:
                _sweeps++;
                break;
            case HeartbeatTick:
                Heartbeat();
                AnnounceArmed();
                AskWitnesses();
                break;
            case AskPermit ask:
                Open(ask);
                break;
            case SweepCompleted probes:
                OnProbed(probes);
                break;
            case OpinionGiven opinion:
                OnOpinion(opinion);
                break;
            case WitnessTold told:
                OnWitness(told.Name, told.Reading);
                break;
            case CallFailed failed:
                Logger.Warning(failed.Cause, "{Call} failed; that is no answer", failed.What);
                OnWitness(failed.What, new WitnessReading(false, "it could not be asked"));
                break;
            case Overdue late when _open.TryGetValue(late.Hypervisor, out var question) && question.Number == late.Question:
                Decide(question);
                break;
            case StormSettled storm:
                Watch(storm.Location, settled: true);
                break;
            case DevicesSilent silent:
                OnSilent(silent);
                break;
            case DevicesAnswered devices:
                OnDevices(devices);
                break;
            case RollDue due:
                OnRollDue(due);
                break;
            case StormTick:
                WatchAll();
                break;
            case OverrideStorm order:
                OnOverride(order);
                break;
            case GetGate:
                Sender.Tell(View());
                break;
            case JournalWentBack back:
                OnWentBack(back);
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
        _fleet[view.HypervisorId] = new Known(view, Clock);
        if (isNew)
        {
            _doors.Hypervisors.Tell(new ArmedChanged(view.HypervisorId, State.DisarmedBy is null));
        }

        CountFence(view);
        Watch(view.Location);
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
            });
        }
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

    /// <summary>Whoever finds it first disarms HA; what others find until somebody arms it again is the same story.</summary>
    private void OnWentBack(JournalWentBack back)
    {
        var finder = Sender;
        if (State.SetBack is not null)
        {
            Logger.Warning("The journal went back, also: {Detail}", back.Detail);
            finder.Tell(new WentBackTaken(back.Key));
            return;
        }

        IGateEvent[] events = State.DisarmedBy is null
            ? [new JournalSetBack(back.Detail, Now), new Disarmed(Itself, $"the journal went back: {back.Detail}", Now)]
            : [new JournalSetBack(back.Detail, Now)];
        Store(events, () =>
        {
            AnnounceArmed();
            finder.Tell(new WentBackTaken(back.Key));
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

    /// <summary>A hypervisor as last heard.</summary>
    /// <param name="At">When, on this master's monotonic clock.</param>
    private sealed record Known(HypervisorView View, TimeSpan At);

    private sealed record HeartbeatTick
    {
        public static readonly HeartbeatTick Instance = new();
    }
}
