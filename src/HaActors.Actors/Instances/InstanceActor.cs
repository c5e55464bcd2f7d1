using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Instances;

/// <summary>
/// One instance: the only writer of its epoch, its place, the set of hypervisors that may run it, its attempts and its end. The rules are
/// <see cref="InstanceDecider"/>; here is who is asked, and how often again.
/// </summary>
public sealed partial class InstanceActor : EventSourcedActor<InstanceStatus, IInstanceEvent>
{
    /// <summary>Whoever waits says it again after this.</summary>
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(1);

    private readonly InstanceId _id;
    private readonly HaDoors _doors;
    private readonly IInventory _inventory;
    private readonly IHypervisorAgent _agent;
    private readonly SharedInventory _known;
    private readonly HaRules _rules;
    private readonly Dictionary<string, TimeSpan> _said = [];
    private readonly Queue<(IInstanceCommand Command, Action<Decision<IInstanceEvent>> Then)> _pending = new();
    private long _question;
    private bool _storing;
    private bool _pulsing;

    public InstanceActor(InstanceId id, HaDoors doors, IInventory inventory, IHypervisorAgent agent, HaRules rules)
        : base(PersistenceIds.Instance(id), InstanceStatus.New(id), doors)
    {
        _id = id;
        _doors = doors;
        _inventory = inventory;
        _agent = agent;
        _known = new SharedInventory(inventory);
        _rules = rules;
    }

    public static Props Props(InstanceId id, HaDoors doors, IInventory inventory, IHypervisorAgent agent, HaRules? rules = null) =>
        Made.By(() => new InstanceActor(id, doors, inventory, agent, rules ?? HaRules.Real));

    protected override InstanceStatus Apply(InstanceStatus state, IInstanceEvent e) => _rules.InstanceAfter(state, e);

    /// <summary>A start that was under way may have been sent: the destination's list is looked at before anything else.</summary>
    protected override void OnRecovered() => _unsure = State.Phase == InstancePhase.Starting;

    protected override void OnMessage(object message)
    {
        switch (message)
        {
            case WakeInstance wake:
                OnWake(wake);
                break;
            case RecordSighting s:
                OnSighting(s);
                break;
            case WentBackTaken taken:
                OnWentBackTaken(taken);
                break;
            case RecoverInstance ask:
                OnRecover(ask);
                break;
            case RetryRecovery retry:
                OnRetry(retry);
                break;
            case ExplainInstance:
                Sender.Tell(Explain());
                break;
            case RoomFound room:
                OnRoom(room);
                break;
            case NoRoom no:
                OnNoRoom(no);
                break;
            case LookedAround look:
                OnLookedAround(look);
                break;
            case StillOffAnswer answer:
                OnStillOff(answer);
                break;
            case AskGuard ask:
                OnAskGuard(ask);
                break;
            case HypervisorReturned returned:
                OnReturned(returned);
                break;
            case Prepared prepared:
                OnPrepared(prepared);
                break;
            case RunAnswered run:
                OnRunAnswered(run);
                break;
            case FloorsTold:
                _running = false;
                React();
                break;
            case CancelAnswered cancel:
                OnCancelAnswered(cancel);
                break;
            case RemovedThere removed:
                OnRemovedThere(removed);
                break;
            case Looked looked:
                OnLooked(looked);
                break;
            case ManagedAnswered managed:
                OnManagedAnswered(managed);
                break;
            case FoundInInventory found:
                OnFoundInInventory(found);
                break;
            case CallFailed failed:
                OnCallFailed(failed);
                break;
            case Beat:
                React();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Says again what the state waits for; each with its own pace, so it may be called at any time.</summary>
    protected override void React()
    {
        if (_storing)
        {
            return;
        }

        switch (State.Phase)
        {
            case InstancePhase.Resting:
                TellManaged();
                if (InstanceDecider.IsGoneDue(State, Now))
                {
                    Do(new TellGone(Now));
                }

                break;
            case InstancePhase.Recovering:
                ClaimEnd();
                LookForRoom();
                break;
            case InstancePhase.Starting:
                RunThere();
                break;
            case InstancePhase.Cancelling:
                CancelThere();
                break;
            case InstancePhase.Stuck:
                ClaimEnd();
                if (State.Recovery!.LockedSince is not null && State.Recovery.Wait is { } wait && Now - wait.Since >= InstanceDecider.LockIsLookedAt)
                {
                    Do(new Retry("whether the image is still locked is looked at again", Now, StillLocked: true));
                }

                break;
        }

        if (InstanceDecider.IsOverdue(State, Now))
        {
            Do(new RemindOfWait(Now, _live));
        }

        LookForDuplicates();
        TellAhead();
        TellView();
        TellAskers();
        KeepPulse();
    }

    /// <summary>Decides, stores what became true, and then acts. What comes while a store is under way waits for it.</summary>
    private void Do(IInstanceCommand command, Action? then = null) => Do(command, _ => then?.Invoke());

    private void Do(IInstanceCommand command, Action<Decision<IInstanceEvent>> then)
    {
        if (_storing)
        {
            _pending.Enqueue((command, then));
            return;
        }

        var before = State;
        var decision = _rules.Instance(State, command);
        switch (decision)
        {
            case Decision<IInstanceEvent>.Accepted accepted:
                _storing = true;
                Store(accepted.Events, () =>
                {
                    _storing = false;
                    AfterStore(before);
                    then(decision);
                    DoPending();
                });
                break;
            case Decision<IInstanceEvent>.Refused refused:
                Logger.Info("{InstanceId}: {Command} refused: {Because}", _id, command.GetType().Name, refused.Because);
                then(decision);
                DoPending();
                break;
            case Decision<IInstanceEvent>.Ignored:
                then(decision);
                DoPending();
                break;
        }
    }

    /// <summary>What waits for a person begins anew; what is being tried asks again now rather than at its own pace.</summary>
    private void OnRetry(RetryRecovery retry)
    {
        var asker = Sender;
        IInstanceCommand command = retry.CannotStartOn is { } hypervisor ? new WaiveGuard(hypervisor, retry.Who, retry.Reason, Now) : new Retry(retry.Reason, Now, retry.Who);
        Do(command, d =>
        {
            _said.Clear();
            _passedOver.Clear();
            _live = null;
            asker.Tell(d switch
            {
                Decision<IInstanceEvent>.Refused refused => new InstanceAnswer(_id, false, "conflict", refused.Because),
                Decision<IInstanceEvent>.Ignored ignored => new InstanceAnswer(_id, true, "accepted", $"It {ignored.Because} already; asked again now."),
                _ when retry.CannotStartOn is { } word => new InstanceAnswer(_id, true, "accepted", $"{_id} is started elsewhere on your word that {word} can't start it{(State.Recovery?.Kind == RecoveryKind.EndWithoutStart ? $", once {word} is proved off" : "")}."),
                _ => new InstanceAnswer(_id, true, "accepted", $"{_id} is tried again, from the first attempt on."),
            });
            React();
        });
    }

    private void DoPending()
    {
        if (!_storing && _pending.TryDequeue(out var next))
        {
            Do(next.Command, next.Then);
        }
    }

    private void AfterStore(InstanceStatus before)
    {
        if (before.Phase != State.Phase)
        {
            Logger.Info("{InstanceId}: {Before} → {After}", _id, before.Phase, State.Phase);
            _live = null;
            _cancellingSince = null;
        }

        if (State.Recovery is { } now && before.Recovery is { } old && (now.Kind != old.Kind || now.Incident != old.Incident))
        {
            // Asked otherwise than before: what it waited for then says nothing now, and it need not wait for its next question.
            _live = null;
            _nowhereSince = null;
            _roomAsk = null;
            _passedOver.Clear();
            _said.Remove("room");
        }

        if (before.Attempt is { } ended && State.Attempt?.Epoch != ended.Epoch)
        {
            _doors.Placement.Tell(new ReleaseRoom(_id, ended.Destination, State.Place == ended.Destination));
            _attemptEndedAt = Clock;
            ForgetStart();
        }

        if (State.Attempt is not null && before.Attempt is null)
        {
            // Proofs are asked again right before run; the room and its look stay as long as they are young.
            _proofs.Clear();
            _said.Clear();
        }
    }

    private void OnWake(WakeInstance wake)
    {
        var policy = new SetPolicy(wake.Name, wake.Location, new InstancePolicy(wake.HaEnabled, wake.MaxRestartAttempts, wake.Priority, wake.ObserveOnly), Now);
        _viewTold = null;
        Do(policy, React);
        if (State.Place is null && Due("inventory", Repeat))
        {
            // No agent has reported it to this actor yet: what the inventory last heard of it is where it begins.
            Call("inventory", async stopping => (await _known.ReadAsync(Clock, stopping)).Instances.GetValueOrDefault(_id), i => new FoundInInventory(i));
        }
    }

    private void OnFoundInInventory(FoundInInventory found)
    {
        if (State.Place is null && found.Instance is { } i)
        {
            Do(new RecordSight(i.HypervisorId, true, i.State, i.UserStopped, i.Epoch, "", Now));
        }
    }

    /// <summary>True at most once in <paramref name="every"/> for the same words.</summary>
    private bool Due(string what, TimeSpan every)
    {
        if (_said.TryGetValue(what, out var at) && Clock - at < every)
        {
            return false;
        }

        _said[what] = Clock;
        return true;
    }

    private void KeepPulse()
    {
        var needed = State.Phase != InstancePhase.Resting || HasManagedToTell || IsSuspect || _ahead.Count > 0 || InstanceDecider.IsLost(State);
        if (needed && !_pulsing)
        {
            Timers.StartPeriodicTimer(nameof(Beat), Beat.Instance, Pulse, Pulse);
        }
        else if (!needed && _pulsing)
        {
            Timers.Cancel(nameof(Beat));
        }

        _pulsing = needed;
    }

    private static AgentEndpoint? EndpointOf(InventorySnapshot inventory, HypervisorId id) => inventory.Hypervisors.TryGetValue(id, out var h) ? h.Agent : null;

    private void OnCallFailed(CallFailed failed)
    {
        // The database is away, or a port threw: what was under way is not, and is asked again at its own pace.
        Logger.Warning("{InstanceId}: {What} failed: {Reason}", _id, failed.What, failed.Cause.Message);
        switch (failed.What)
        {
            case RunCall when State.Attempt is { } attempt:
                _running = false;
                Do(new RecordRunUnknown(attempt.Epoch, failed.Cause.Message, Now));
                break;
            case FloorsCall:
                _running = false;
                break;
            case LookCall:
                _looking = false;
                break;
            case ManagedCall:
                _tellingManaged = false;
                break;
            case PrepareCall:
                _preparing = false;
                break;
            case { } what when what.StartsWith(CancelCall, StringComparison.Ordinal):
                _cancelling.Remove(HypervisorId.Of(what[CancelCall.Length..]));
                break;
            case { } what when what.StartsWith(RemoveCall, StringComparison.Ordinal):
                _removing.Remove(HypervisorId.Of(what[RemoveCall.Length..]));
                break;
        }
    }

    private sealed record FoundInInventory(Instance? Instance) : INoSerializationVerificationNeeded;

    private sealed record Beat
    {
        public static readonly Beat Instance = new();
    }
}
