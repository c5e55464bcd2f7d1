using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Placement;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Instances;

/// <summary>
/// Where there is room, and who has it now. Each answer rests on a roll call of all agents that was begun after the question, one at a time, shared by
/// all who ask. Reservations are a courtesy: lost with this actor, for the agent's own <c>no-room</c> is the guarantee.
/// </summary>
public sealed partial class PlacementActor : UntypedActor, IWithTimers
{
    /// <summary>A reservation that nobody let go ends after this.</summary>
    private static readonly TimeSpan ReservationLasts = TimeSpan.FromMinutes(5);

    private readonly HaDoors _doors;
    private readonly IInventory _inventory;
    private readonly IHypervisorAgent _agent;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<HypervisorId, HypervisorView> _views = [];
    private readonly SortedDictionary<InstanceId, Reservation> _reservations = [];
    private readonly SortedDictionary<InstanceId, (FindRoom Ask, IActorRef Asker, TimeSpan At)> _seekers = [];
    private readonly SortedDictionary<InstanceId, (LookAround Ask, IActorRef Asker, TimeSpan At)> _lookers = [];

    public PlacementActor(HaDoors doors, IInventory inventory, IHypervisorAgent agent)
    {
        _doors = doors;
        _inventory = inventory;
        _agent = agent;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Clock => Context.System.Scheduler.MonotonicClock;

    public static Props Props(HaDoors doors, IInventory inventory, IHypervisorAgent agent) =>
        Made.By(() => new PlacementActor(doors, inventory, agent));

    protected override void PreStart()
    {
        LoadShared();
        Timers.StartPeriodicTimer(nameof(Beat), Beat.Instance, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HypervisorView view:
                _views[view.HypervisorId] = view;
                break;
            case InstanceView:
                // Load is counted from the agents' own lists; nothing to remember.
                break;
            case FindRoom ask:
                _seekers[ask.InstanceId] = (ask, Sender, Clock);
                _rollIsDue = true;
                CallTheRoll();
                break;
            case LookAround ask:
                _lookers[ask.InstanceId] = (ask, Sender, Clock);
                _rollIsDue = true;
                CallTheRoll();
                break;
            case ReleaseRoom release when _reservations.TryGetValue(release.InstanceId, out var held) && held.Destination == release.Destination:
                _reservations.Remove(release.InstanceId);
                _rollIsDue = true;
                CallTheRoll();
                break;
            case ReleaseRoom release:
                if (!release.Started)
                {
                    _seekers.Remove(release.InstanceId);
                }

                break;
            case ArmedAnswer armed:
                _armed = (armed.State == "armed", Clock);
                Answer();
                break;
            case RollCalled roll:
                OnRollCalled(roll);
                break;
            case RollOverdue:
                _rollDeadline?.Cancel();
                break;
            case SharedLoaded loaded:
                OnSharedLoaded(loaded);
                break;
            case NoncesProved proved:
                OnNoncesProved(proved);
                break;
            case Failed failed:
                OnFailed(failed);
                break;
            case Beat:
                CallTheRoll();
                ProveSharednessWhenDue();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Answers everybody whose question is older than the last roll call, those of high priority first.</summary>
    private void Answer()
    {
        if (_roll is not { } roll || _armed is not { } armed || armed.At < roll.BegunAt)
        {
            return;
        }

        foreach (var (id, (_, asker, at)) in _lookers.Where(l => l.Value.At <= roll.BegunAt).ToArray())
        {
            var (present, unasked) = LookFor(id, roll);
            var ask = _lookers[id].Ask;
            asker.Tell(new LookedAround(id, ask.Question, present, unasked, armed.Armed, Unfit(ask)));
            _lookers.Remove(id);
        }

        foreach (var (ask, asker, _) in _seekers.Values.Where(s => s.At <= roll.BegunAt).OrderByDescending(s => s.Ask.Priority).ThenBy(s => s.Ask.InstanceId).ToArray())
        {
            if (!armed.Armed)
            {
                _seekers.Remove(ask.InstanceId);
                asker.Tell(new NoRoom(ask.InstanceId, ask.Question, "HA is disarmed: nothing is started", false, true));
            }
            else if (!FindFor(ask, asker, roll))
            {
                // Its turn comes: the question is kept, and a newer one takes its place.
                continue;
            }
        }

        _roll = null;
    }

    /// <summary>What an operator, or the hypervisor itself, has said since it was chosen. Whether it lives shows in the look.</summary>
    private string? Unfit(LookAround ask) => !_views.TryGetValue(ask.Destination, out var view) ? null
        : view.Maintenance ? $"{ask.Destination} is in maintenance"
        : view.ShuttingDownSince is not null ? $"{ask.Destination} is being shut down"
        : ask.InPlace ? null
        : !view.HaEnabled ? $"HA is off for {ask.Destination}"
        : view.ObserveOnly ? $"HA only observes {ask.Destination}"
        : null;

    private bool FindFor(FindRoom ask, IActorRef asker, RollCalled roll)
    {
        if (!roll.Inventory.Instances.TryGetValue(ask.InstanceId, out var instance))
        {
            _seekers.Remove(ask.InstanceId);
            asker.Tell(new NoRoom(ask.InstanceId, ask.Question, "it is not in the inventory", false));
            return true;
        }

        var wish = new Wish(ask.InstanceId, ask.Location, ask.Failed, ask.NotThere, ask.InPlace, Moves(roll.Inventory, ask.Failed), instance.Vcpus, instance.MemoryMiB, instance.Disks);
        _reservations.Remove(ask.InstanceId);
        if (_reservations.Count >= Placer.StartsPerFleet)
        {
            return false;
        }

        var choice = Placer.Choose(wish, Candidates(roll), (datastore, failed, candidate) => IsShared(roll, datastore, failed, candidate));
        switch (choice)
        {
            case Choice.Chosen chosen:
                _reservations[ask.InstanceId] = new Reservation(chosen.Destination, wish.MemoryMiB, wish.Vcpus, Clock);
                _seekers.Remove(ask.InstanceId);
                var (present, unasked) = LookFor(ask.InstanceId, roll);
                asker.Tell(new RoomFound(ask.InstanceId, ask.Question, chosen.Destination, present, unasked, roll.Lists.GetValueOrDefault(chosen.Destination)?.BootId, roll.At));
                return true;
            case Choice.Nowhere nowhere:
                _seekers.Remove(ask.InstanceId);
                asker.Tell(new NoRoom(ask.InstanceId, ask.Question, nowhere.Reason, nowhere.OutOfReach));
                return true;
            default:
                return false;
        }
    }

    private static bool Moves(InventorySnapshot inventory, HypervisorId failed) => !inventory.Hypervisors.TryGetValue(failed, out var row) || inventory.PolicyOf(row).EvacuationEnabled;

    private (ImmutableArray<HypervisorId> Present, ImmutableArray<HypervisorId> Unasked) LookFor(InstanceId id, RollCalled roll) => (
        [.. roll.Lists.Where(l => l.Value is { } list && list.Instances.Any(i => i.Id == id && i.State != InstanceState.ShutOff)).Select(l => l.Key).Order()],
        [.. roll.Lists.Where(l => l.Value is null && !(_views.TryGetValue(l.Key, out var v) && v.ProvedOff)).Select(l => l.Key).Order()]);

    private List<Candidate> Candidates(RollCalled roll) => [.. roll.Inventory.Hypervisors.Values.OrderBy(h => h.Id).Select(h =>
    {
        _views.TryGetValue(h.Id, out var view);
        return new Candidate(
            h.Id, h.LocationId, view?.Phase ?? HypervisorPhase.Unknown, view is { HaEnabled: true, ObserveOnly: false }, view?.Maintenance ?? false, Load(roll, h.Id),
            _reservations.Values.Count(r => r.Destination == h.Id))
        {
            Quarantined = view?.QuarantinedUntil is not null,
            ShuttingDown = view?.ShuttingDownSince is not null,
        };
    })];

    private HostLoad? Load(RollCalled roll, HypervisorId id)
    {
        if (!roll.Hosts.TryGetValue(id, out var host) || host is null || !roll.Lists.TryGetValue(id, out var list) || list is null)
        {
            return null;
        }

        var active = list.Instances.Where(i => i.State != InstanceState.ShutOff).ToArray();
        var coming = _reservations.Where(r => r.Value.Destination == id && active.All(a => a.Id != r.Key)).Select(r => r.Value).ToArray();
        return new HostLoad(
            host.MemoryMiB, host.Vcpus, host.Protected, active.Length + coming.Length,
            active.Sum(a => a.MemoryMiB) + coming.Sum(r => r.MemoryMiB), active.Sum(a => a.Vcpus) + coming.Sum(r => r.Vcpus));
    }

    private sealed record Reservation(HypervisorId Destination, long MemoryMiB, int Vcpus, TimeSpan Since);

    private sealed record Beat
    {
        public static readonly Beat Instance = new();
    }
}
