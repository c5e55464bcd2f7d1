using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Simulation.Ports;

/// <summary>The database can't be reached.</summary>
public sealed class SimulatedDatabaseAwayException() : IOException("The simulated database is away.");

/// <summary>The inventory's tables. They are the world's, so they survive every master.</summary>
public sealed class SimulatedInventory : IInventory
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<InstanceId, string> _definitions = [];
    private readonly SortedDictionary<InstanceId, ImmutableArray<HypervisorId>> _mayRun = [];
    private readonly SortedDictionary<InstanceId, long> _placeEpochs = [];
    private readonly SortedDictionary<(DatastoreId, HypervisorId, HypervisorId), SharedDatastore> _shared = [];
    private readonly List<LogEntry> _changes = [];
    private InventorySnapshot _rows = InventorySnapshot.Empty;

    /// <summary>True: every call throws <see cref="SimulatedDatabaseAwayException"/>.</summary>
    public bool Away { get; set; }

    /// <summary>The rows now, also while the database is away.</summary>
    public InventorySnapshot Rows
    {
        get { lock (_gate) return _rows; }
    }

    /// <summary>An operator's change, with its line for the event log if there is one.</summary>
    public void Change(Func<InventorySnapshot, InventorySnapshot> change, LogEntry? entry = null)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_gate)
        {
            _rows = change(_rows);
            if (entry is not null) _changes.Add(entry);
        }
    }

    public void Put(Location location) => Change(r => r with { Locations = r.Locations.SetItem(location.Id, location) });

    public void Put(HypervisorGroup group) => Change(r => r with { Groups = r.Groups.SetItem(group.Id, group) });

    public void Put(Hypervisor hypervisor) => Change(r => r with { Hypervisors = r.Hypervisors.SetItem(hypervisor.Id, hypervisor) });

    public void Put(Instance instance) => Change(r => r with { Instances = r.Instances.SetItem(instance.Id, instance) });

    public void Remove(HypervisorId hypervisor) => Change(r => r with { Hypervisors = r.Hypervisors.Remove(hypervisor) });

    /// <summary>All tables as they are now; <see cref="Restore"/> puts them back.</summary>
    public object Backup()
    {
        lock (_gate) return (_rows, _definitions.ToArray(), _mayRun.ToArray(), _placeEpochs.ToArray(), _shared.ToArray());
    }

    public void Restore(object backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        var (rows, definitions, mayRun, placeEpochs, shared) =
            ((InventorySnapshot, KeyValuePair<InstanceId, string>[], KeyValuePair<InstanceId, ImmutableArray<HypervisorId>>[], KeyValuePair<InstanceId, long>[],
              KeyValuePair<(DatastoreId, HypervisorId, HypervisorId), SharedDatastore>[]))backup;
        lock (_gate)
        {
            _rows = rows;
            Put(_definitions, definitions);
            Put(_mayRun, mayRun);
            Put(_placeEpochs, placeEpochs);
            Put(_shared, shared);
        }

        static void Put<TKey, TValue>(SortedDictionary<TKey, TValue> table, KeyValuePair<TKey, TValue>[] saved) where TKey : notnull
        {
            table.Clear();
            foreach (var (key, value) in saved) table[key] = value;
        }
    }

    /// <summary>Instances that may run there, by the rules of the real tables: seen there and not shut off, or named by their may-run set.</summary>
    public ImmutableArray<InstanceId> MayRunOn(HypervisorId hypervisor)
    {
        lock (_gate)
        {
            return [.. _rows.Instances.Values
                .Where(i => (i.HypervisorId == hypervisor && i.State is not (InstanceState.ShutOff or InstanceState.Unknown)) || (_mayRun.TryGetValue(i.Id, out var may) && may.Contains(hypervisor)))
                .Select(i => i.Id).Order()];
        }
    }

    /// <summary>A hypervisor goes, with the instances whose place it is.</summary>
    public void Delete(HypervisorId hypervisor) => Change(r =>
    {
        foreach (var (id, may) in _mayRun.ToArray()) _mayRun[id] = may.Remove(hypervisor);
        return r with { Hypervisors = r.Hypervisors.Remove(hypervisor), Instances = r.Instances.RemoveRange(r.Instances.Values.Where(i => i.HypervisorId == hypervisor).Select(i => i.Id)) };
    });

    public Task<InventorySnapshot> ReadAsync(CancellationToken stopping) => Serve(() => _rows);

    public Task<string?> DefinitionAsync(InstanceId instance, CancellationToken stopping) => Serve(() => _definitions.GetValueOrDefault(instance));

    public Task SaveReportAsync(HypervisorId hypervisor, InstanceReport report, DateTimeOffset at, CancellationToken stopping) => Serve(() =>
    {
        ArgumentNullException.ThrowIfNull(report);
        if (!_rows.Hypervisors.TryGetValue(hypervisor, out var host)) return false;
        foreach (var seen in report.Instances)
        {
            var known = _rows.Instances.GetValueOrDefault(seen.Id);
            // What is left of it on a host that it moved away from says nothing of where it lives.
            if (known is not null && known.HypervisorId != hypervisor) continue;
            _definitions[seen.Id] = seen.Definition;
            var row = known ?? new Instance(
                seen.Id, seen.Name, hypervisor, seen.State, seen.UserStopped, _rows.Locations[host.LocationId].InstancesHaEnabled, 3, 100,
                seen.Vcpus, seen.MemoryMiB, seen.Disks, seen.Epoch);
            row = row with
            {
                Name = seen.Name,
                State = seen.State,
                UserStopped = seen.UserStopped,
                Vcpus = seen.Vcpus,
                MemoryMiB = seen.MemoryMiB,
                Disks = seen.Disks,
                Epoch = Math.Max(row.Epoch, seen.Epoch),
            };
            _rows = _rows with { Instances = _rows.Instances.SetItem(seen.Id, row) };
        }

        foreach (var gone in _rows.Instances.Values.Where(i => i.HypervisorId == hypervisor && report.Instances.All(r => r.Id != i.Id)))
            _rows = _rows with { Instances = _rows.Instances.SetItem(gone.Id, gone with { State = InstanceState.Unknown }) };
        return true;
    });

    public Task<ImmutableArray<InstanceId>> InstancesOfAsync(HypervisorId hypervisor, CancellationToken stopping) => Serve<ImmutableArray<InstanceId>>(() =>
        [.. _rows.Instances.Values
            .Where(i => i.HypervisorId == hypervisor || (_mayRun.TryGetValue(i.Id, out var may) && may.Contains(hypervisor)))
            .Select(i => i.Id).Order()]);

    public Task SavePlaceAsync(InstanceId instance, HypervisorId place, long epoch, ImmutableArray<HypervisorId> mayRun, bool runs, CancellationToken stopping) => Serve(() =>
    {
        // An epoch below the last one written is a late replay.
        if (!_rows.Instances.TryGetValue(instance, out var row) || _placeEpochs.GetValueOrDefault(instance) > epoch) return false;
        if (runs || row.HypervisorId != place) row = row with { HypervisorId = place, State = InstanceState.Running, UserStopped = false };
        _rows = _rows with { Instances = _rows.Instances.SetItem(instance, row with { Epoch = Math.Max(row.Epoch, epoch) }) };
        _placeEpochs[instance] = epoch;
        _mayRun[instance] = mayRun;
        return true;
    });

    public Task<ImmutableArray<SharedDatastore>> SharedDatastoresAsync(CancellationToken stopping) => Serve<ImmutableArray<SharedDatastore>>(() => [.. _shared.Values]);

    public Task SaveSharedDatastoresAsync(ImmutableArray<SharedDatastore> shared, CancellationToken stopping) => Serve(() =>
    {
        foreach (var proof in shared)
        {
            var key = (proof.Datastore, proof.First, proof.Second);
            if (!_shared.TryGetValue(key, out var known) || known.ProvedAt <= proof.ProvedAt) _shared[key] = proof;
        }

        return true;
    });

    internal bool HasChanges
    {
        get { lock (_gate) return _changes.Count > 0; }
    }

    /// <summary>Operators' changes that are not in the log yet; the log takes them in the same transaction.</summary>
    internal ImmutableArray<LogEntry> TakeChanges()
    {
        lock (_gate)
        {
            ImmutableArray<LogEntry> taken = [.. _changes];
            _changes.Clear();
            return taken;
        }
    }

    private Task<T> Serve<T>(Func<T> read)
    {
        if (Away) return Task.FromException<T>(new SimulatedDatabaseAwayException());
        lock (_gate) return Task.FromResult(read());
    }
}
