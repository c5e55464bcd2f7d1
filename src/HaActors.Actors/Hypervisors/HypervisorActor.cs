using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;

namespace HaActors.Actors.Hypervisors;

/// <summary>
/// One hypervisor: its failure counter and state machine, its incident and its proof of power-off. The rules are in <see cref="HypervisorDecider"/>; here is who is
/// told, what is waited for, and what is said again. The parts: this file (life and messages), probing, clocks, gain, permit, fencing, proof, take-back, devices, silence, evacuation, operator.
/// </summary>
public sealed partial class HypervisorActor : EventSourcedActor<HypervisorState, IHypervisorEvent>
{
    private readonly HypervisorId _id;
    private readonly HaDoors _doors;
    private readonly HaPorts _ports;
    private readonly HaSettings _settings;
    private readonly HaRules _rules;
    private readonly TimeSpan _bornAt = Clock;
    private WakeHypervisor? _policy;
    private readonly Queue<(IHypervisorCommand Command, Action<Decision<IHypervisorEvent>>? Then)> _decideLater = [];
    private bool? _armed;
    private IActorRef _power = ActorRefs.Nobody;

    public HypervisorActor(HypervisorId id, HaDoors doors, HaPorts ports, HaSettings settings, HaRules rules) : base(PersistenceIds.Hypervisor(id), HypervisorState.New(id), doors)
    {
        _id = id;
        _doors = doors;
        _ports = ports;
        _settings = settings;
        _rules = rules;
    }

    public static Props Props(HypervisorId id, HaDoors doors, HaPorts ports, HaSettings settings, HaRules? rules = null) =>
        Made.By(() => new HypervisorActor(id, doors, ports, settings, rules ?? HaRules.Real));

    private HaPolicy Policy => _policy?.Policy ?? new HaPolicy(HaEnabled: false);

    protected override HypervisorState Apply(HypervisorState state, IHypervisorEvent e) => state.Apply(e);

    protected override void OnRecovered()
    {
        Date(recovered: true);
        var ports = _ports;
        var id = _id;
        var hold = _settings.HoldInterval;
        var check = _settings.CheckInterval;
        _power = Context.ActorOf(Made.By(() => new PowerActor(id, ports.Inventory, ports.Power, hold, check)), "power");
        Timers.StartPeriodicTimer("repeat", Repeat.Instance, _settings.RepeatInterval, _settings.RepeatInterval);
    }

    /// <summary>What does this state wait for? Says it (again).</summary>
    protected override void React()
    {
        // The policy comes with the first wake: before it nobody knows whether HA is on here.
        if (_policy is null)
        {
            return;
        }

        ReactToPower();
        ReactToEvacuation();
        ReactToQuarantine();
        ReactToPowerOn();
        ReactToDevices();
        ReactToSilence();
        TellView();
    }

    protected override void OnMessage(object message)
    {
        switch (message)
        {
            case WakeHypervisor wake:
                OnWake(wake);
                break;
            case RecordProbe probe:
                OnProbe(probe);
                break;
            case InstancesListed listed:
                OnInstances(listed);
                break;
            case HostRead host:
                OnHost(host);
                break;
            case PermitGranted granted:
                OnPermit(granted);
                break;
            case PermitWithheld withheld:
                OnWithheld(withheld);
                break;
            case GainCounted gain:
                OnGain(gain);
                break;
            case GuardTold told:
                OnGuardTold(told);
                break;
            case GuardsOverdue late:
                OnGuardsOverdue(late);
                break;
            case WantOff want:
                OnWantOff(want, Sender);
                break;
            case FenceFound found:
                Handle(found.Finding);
                break;
            case FenceEnded ended:
                Handle(ended.Result);
                break;
            case HeldReading held:
                OnReading(held.Reading, held.Device);
                break;
            case DeviceSeen seen:
                Note(seen.Reading, seen.Device);
                break;
            case PowerReport report:
                OnPowerReport(report);
                break;
            case DevicesChecked check:
                OnChecked(check.Answers);
                break;
            case AskDevices ask:
                OnAskDevices(ask);
                break;
            case SilenceJudged judged:
                OnJudged(judged);
                break;
            case SweepCompleted probes:
                OnExtraProbe(probes);
                break;
            case OpinionGiven opinion:
                OnOpinion(opinion);
                break;
            case SignatureOpinionsOverdue late:
                OnOpinionsOverdue(late);
                break;
            case AskStillOff ask:
                OnStillOff(ask);
                break;
            case ClaimPlace claim:
                OnClaim(claim);
                break;
            case EvacuationProgress progress:
                OnProgress(progress);
                break;
            case EvacuationOver over:
                Handle(new SettleEvacuation(over.Incident, over.Total, 0, Now));
                Handle(new CloseIncident(over.Incident, Now, over.Total));
                break;
            case ReturnWaits waits:
                OnReturnWaits(waits);
                break;
            case ReturnCleared cleared:
                Handle(new ConfirmCleared(cleared.BootId, Now));
                break;
            case ArmedChanged armed:
                OnArmed(armed.Armed);
                break;
            case ArmedAnswer armed:
                OnArmed(armed.State == "armed");
                break;
            case RemoveHypervisor when !State.IncidentOpen:
                Self.Tell(HandOver.Instance);
                break;
            case OperatorRequest request:
                OnOperator(request);
                break;
            case OperatorLook look:
                OnOperatorLook(look);
                break;
            case ExplainHypervisor:
                AnswerExplain(Sender);
                break;
            case Repeat:
                if (_armed is null)
                {
                    _doors.Gate.Tell(new GetArmed());
                }

                React();
                break;
            case RetryFence:
                _mayRetry = true;
                React();
                break;
            case CallFailed failed:
                OnCallFailed(failed);
                break;
        }
    }

    /// <summary>Decides, stores, reacts; <paramref name="then"/> hears the decision when it is stored.</summary>
    private void Handle(IHypervisorCommand command, Action<Decision<IHypervisorEvent>>? then = null)
    {
        if (IsStoring)
        {
            // Decided when the store before it is done, on the state that it then meets.
            _decideLater.Enqueue((command, then));
            return;
        }

        var before = State.Phase;
        var decision = _rules.Hypervisor(State, command);
        switch (decision)
        {
            case Decision<IHypervisorEvent>.Accepted { Events: var events }:
                Store(events, () =>
                {
                    Date(recovered: false);
                    if (State.Phase != before)
                    {
                        Logger.Info("{HypervisorId}: {From} → {To} ({Reason})", _id, before, State.Phase, Reason());
                        OnPhaseChanged();
                    }

                    then?.Invoke(decision);
                });
                break;
            default:
                then?.Invoke(decision);
                break;
        }
    }

    protected override void OnStored()
    {
        while (!IsStoring && _decideLater.TryDequeue(out var next))
        {
            Handle(next.Command, next.Then);
        }
    }

    private void OnArmed(bool armed)
    {
        _armed = armed;
        TellMayLeave();
    }

    private void TellMayLeave() => _power.Tell(new MayLeave(WhyNoOff() is null, WantsPowerOn));

    private void OnWake(WakeHypervisor wake)
    {
        var first = _policy is null;
        _policy = wake;
        TellMayLeave();
        OnDevices(wake, first);
        if (first)
        {
            _doors.Gate.Tell(new GetArmed());
            React();
        }
        else
        {
            TellView();
        }
    }

    private void OnCallFailed(CallFailed failed)
    {
        Logger.Warning(failed.Cause, "{HypervisorId}: {Call} failed; it is done again", _id, failed.What);
        switch (failed.What)
        {
            case CountGain:
                _countingGain = false;
                break;
            case ListInstances:
                _listing = false;
                break;
            case ReadHost:
                _readingHost = false;
                break;
        }
    }

    private void TellView()
    {
        var view = View();
        _doors.Monitor.Tell(view);
        _doors.Gate.Tell(view);
        _doors.Placement.Tell(view);
    }

    private HypervisorView View() => new(
        _id, _policy?.Location ?? default, State.Phase, State.Since ?? Now, Reason(), Policy.HaEnabled, State.Maintenance, State.Misses, State.Failing, State.FirstMissAt,
        State.IsProvedOff, _seenPassing, _lastPassAt, _lastProbeAt, _lastProbe, State.HypervisorUuid, State.BootId, _capacity, _running,
        State.IncidentOpen ? State.Incident : null, State.Attempt, State.LastOffAt, State.AgentVersion, AgentChangedAt, WithheldView(),
        State.QuarantinedUntil, State.Notice?.At, Policy.ObserveOnly, DeviceViews(), NotFenceable(),
        Clock - _lastBegun, Clock - _lastPass, State.IsProvedOff ? State.Proof : null);

    private sealed record Repeat
    {
        public static readonly Repeat Instance = new();
    }

    private sealed record RetryFence
    {
        public static readonly RetryFence Instance = new();
    }
}
