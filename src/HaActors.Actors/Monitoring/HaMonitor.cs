using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Monitoring;

/// <summary>
/// The tick: reads the inventory, wakes whom it lists, has everyone probed, and keeps the live picture that the edge shows. Holds no truth: two of it may exist
/// for a moment, and a new one starts from nothing. While the database is away it sweeps on with the last inventory, and shows that. The parts: this file (life
/// and messages) and its sweeps.
/// </summary>
public sealed partial class HaMonitor : UntypedActor, IWithTimers
{
    private const int PageSize = 100;

    private readonly HaDoors _doors;
    private readonly IInventory _inventory;
    private readonly HaSettings _settings;
    private readonly SortedDictionary<HypervisorId, HypervisorView> _hypervisors = [];
    private readonly SortedDictionary<InstanceId, InstanceView> _instances = [];
    private readonly Dictionary<InstanceId, WakeInstance> _woken = [];
    private readonly Dictionary<HypervisorId, long> _devicesChanged = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly DateTimeOffset _since = Context.System.Scheduler.Now;
    private InventorySnapshot _known = InventorySnapshot.Empty;
    private string? _inventoryProblem;
    private SweepSummary? _lastSweep;

    public HaMonitor(HaDoors doors, IInventory inventory, HaSettings settings)
    {
        _doors = doors;
        _inventory = inventory;
        _settings = settings;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(HaDoors doors, HaPorts ports, HaSettings settings) =>
        Made.By(() => new HaMonitor(doors, ports.Inventory, settings));

    protected override void PreStart()
    {
        ReadInventory(andSweep: false);
        // The first tick after a full interval: a monitor that moves between masters must not cause a storm of probes.
        Timers.StartPeriodicTimer("tick", Tick.Instance, _settings.TickInterval, _settings.TickInterval);
        // Instances that came to rest were told their policy long ago; a periodic wake heals what was lost.
        Timers.StartPeriodicTimer("wake", WakeAll.Instance, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));
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
            case Tick:
                GiveUpTheLost();
                ReadInventory(andSweep: true);
                break;
            case Confirm:
                ConfirmSuspects();
                break;
            case InventoryChanged:
                ReadInventory(andSweep: false);
                break;
            case WakeAll:
                _woken.Clear();
                break;
            case InventoryRead read:
                NoteChangedDevices(read.Inventory);
                _known = read.Inventory;
                _inventoryProblem = null;
                Forget();
                Wake();
                if (read.AndSweep)
                {
                    StartSweep();
                }

                break;
            case InventoryAway away:
                _inventoryProblem = $"The inventory can't be read ({away.Cause.Message}); the last one is used.";
                Context.GetLogger().Warning(away.Cause, "The inventory can't be read; the last one is used");
                if (away.AndSweep)
                {
                    StartSweep();
                }

                break;
            case SweepCompleted page:
                Fold(page);
                break;
            case HypervisorView view:
                if (_known.Hypervisors.ContainsKey(view.HypervisorId))
                {
                    _hypervisors[view.HypervisorId] = view;
                    ConfirmSoon();
                }

                break;
            case InstanceView view:
                _instances[view.InstanceId] = view;
                break;
            case GetFleet get:
                var views = Page(_hypervisors, get.After is null ? null : HypervisorId.Of(get.After), out var next);
                Sender.Tell(new FleetPage(views, next?.Value, _lastSweep, _since, _inventoryProblem));
                break;
            case GetInstances get:
                var instances = Page(_instances, get.After is null ? null : InstanceId.Of(get.After), out var after);
                Sender.Tell(new InstancesPage(instances, after?.Value));
                break;
        }
    }

    private static ImmutableArray<TView> Page<TId, TView>(SortedDictionary<TId, TView> all, TId? after, out TId? next) where TId : struct, IComparable<TId>
    {
        var page = all.Where(v => after is not { } last || v.Key.CompareTo(last) > 0).Take(PageSize + 1).ToArray();
        next = page.Length > PageSize ? page[PageSize - 1].Key : null;
        return [.. page.Take(PageSize).Select(v => v.Value)];
    }

    private void ReadInventory(bool andSweep) =>
        _inventory.ReadAsync(_stopping.Token).PipeTo(Self, success: i => new InventoryRead(i, andSweep), failure: e => new InventoryAway(e, andSweep));

    private void Forget()
    {
        foreach (var gone in _hypervisors.Keys.Where(id => !_known.Hypervisors.ContainsKey(id)).ToArray())
        {
            _hypervisors.Remove(gone);
            _doors.Hypervisors.Tell(new RemoveHypervisor(gone));
            _doors.Gate.Tell(new RemoveHypervisor(gone));
        }

        foreach (var gone in _instances.Keys.Where(id => !_known.Instances.ContainsKey(id)).ToArray())
        {
            _instances.Remove(gone);
        }
    }

    /// <summary>Changed credentials are a reason to try at once, and only here both the old and the new ones are known.</summary>
    private void NoteChangedDevices(InventorySnapshot now)
    {
        foreach (var hypervisor in now.Hypervisors.Values)
        {
            if (_known.Hypervisors.TryGetValue(hypervisor.Id, out var before) && !before.FenceDevices.SequenceEqual(hypervisor.FenceDevices))
            {
                _devicesChanged[hypervisor.Id] = _devicesChanged.GetValueOrDefault(hypervisor.Id) + 1;
            }
        }
    }

    /// <summary>Devices of different hypervisors that tell the same identity; null while not every hypervisor has told of its devices yet.</summary>
    private Dictionary<HypervisorId, ImmutableArray<SharedIdentity>>? SharedIdentities()
    {
        if (_known.Hypervisors.Keys.Any(id => !_hypervisors.ContainsKey(id)))
        {
            return null;
        }

        var told = _hypervisors.Values.SelectMany(v => v.Devices.IsDefault ? [] : v.Devices.Where(d => d.Identity is not null).Select(d => (v.HypervisorId, d.Device, d.Identity)));
        return told.GroupBy(t => t.Identity, StringComparer.Ordinal).Where(g => g.Select(t => t.HypervisorId).Distinct().Skip(1).Any())
            .SelectMany(g => g.Select(t => (t.HypervisorId, Shared: new SharedIdentity(t.Device, g.First(o => o.HypervisorId != t.HypervisorId).HypervisorId))))
            .GroupBy(s => s.HypervisorId).ToDictionary(g => g.Key, g => g.Select(s => s.Shared).ToImmutableArray());
    }

    private void Wake()
    {
        var shared = SharedIdentities();
        foreach (var hypervisor in _known.Hypervisors.Values.OrderBy(h => h.Id))
        {
            _doors.Hypervisors.Tell(new WakeHypervisor(
                hypervisor.Id, hypervisor.LocationId, _known.PolicyOf(hypervisor), [.. hypervisor.FenceDevices.Select(d => new DevicePlace(d.Name, d.Level))],
                _devicesChanged.GetValueOrDefault(hypervisor.Id), shared?.GetValueOrDefault(hypervisor.Id, [])));
        }

        foreach (var instance in _known.Instances.Values.OrderBy(i => i.Id))
        {
            if (!_known.Hypervisors.TryGetValue(instance.HypervisorId, out var at))
            {
                continue;
            }

            var wake = new WakeInstance(instance.Id, instance.Name, at.LocationId, instance.HypervisorId, instance.HaEnabled, instance.MaxRestartAttempts, instance.Priority, _known.PolicyOf(at).ObserveOnly);
            // Until its view shows that it took the opt-in: one whose wake was lost would be left behind as not opted in.
            if (!_woken.TryGetValue(instance.Id, out var told) || told != wake || !_instances.TryGetValue(instance.Id, out var view) || view.HaEnabled != instance.HaEnabled)
            {
                _woken[instance.Id] = wake;
                _doors.Instances.Tell(wake);
            }
        }
    }

    private sealed record Tick
    {
        public static readonly Tick Instance = new();
    }

    private sealed record WakeAll
    {
        public static readonly WakeAll Instance = new();
    }

    private sealed record InventoryRead(InventorySnapshot Inventory, bool AndSweep);

    private sealed record InventoryAway(Exception Cause, bool AndSweep);
}
