using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using LinqToDB;
using LinqToDB.Async;

namespace HaActors.Storage.Inventory;

/// <summary>The inventory as the actors read and extend it.</summary>
public sealed class SqlInventory(Database database, ISecretProtector protector) : IInventory
{
    private readonly RowMapping _mapping = new(protector);

    public async Task<InventorySnapshot> ReadAsync(CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            // One transaction, so that no hypervisor refers to a location that was read before it existed.
            var transaction = await database.BeginReadAsync(db, stopping).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                var locations = await db.GetTable<LocationRow>().ToListAsync(stopping).ConfigureAwait(false);
                var groups = await db.GetTable<GroupRow>().ToListAsync(stopping).ConfigureAwait(false);
                var hypervisors = await db.GetTable<HypervisorRow>().ToListAsync(stopping).ConfigureAwait(false);
                var devices = (await db.GetTable<FenceDeviceRow>().ToListAsync(stopping).ConfigureAwait(false)).ToLookup(d => d.HypervisorId, StringComparer.Ordinal);
                var instances = await db.GetTable<InstanceRow>().ToListAsync(stopping).ConfigureAwait(false);
                return new(
                    locations.Select(RowMapping.Of).ToImmutableDictionary(l => l.Id),
                    groups.Select(RowMapping.Of).ToImmutableDictionary(g => g.Id),
                    hypervisors.Select(h => _mapping.Of(h, devices[h.Id])).ToImmutableDictionary(h => h.Id),
                    instances.Select(RowMapping.Of).ToImmutableDictionary(i => i.Id));
            }
        }
    }

    public async Task<string?> DefinitionAsync(InstanceId instance, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            return await db.GetTable<DefinitionRow>().Where(d => d.InstanceId == instance.Value).Select(d => d.Definition).FirstOrDefaultAsync(stopping).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// An instance that its place reports no more stays, with state Unknown and the time since when it is missing: an operator forgets it.
    /// A report of a hypervisor that is registered no more is dropped.
    /// </remarks>
    public Task SaveReportAsync(HypervisorId hypervisor, InstanceReport report, DateTimeOffset at, CancellationToken stopping) =>
        database.WriteAsync(db => ReportWriter.SaveAsync(db, hypervisor, report, at, stopping), stopping);

    public async Task<ImmutableArray<InstanceId>> InstancesOfAsync(HypervisorId hypervisor, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var placed = db.GetTable<InstanceRow>().Where(i => i.HypervisorId == hypervisor.Value).Select(i => i.Id);
            var named = db.GetTable<MayRunRow>().Where(m => m.HypervisorId == hypervisor.Value).Select(m => m.InstanceId);
            var ids = await placed.Union(named).ToListAsync(stopping).ConfigureAwait(false);
            return [.. ids.Order(StringComparer.Ordinal).Select(i => new InstanceId(i))];
        }
    }

    /// <inheritdoc/>
    /// <remarks>An epoch below the last one written is a late replay and changes nothing; an instance that was forgotten stays forgotten.</remarks>
    public Task SavePlaceAsync(InstanceId instance, HypervisorId place, long epoch, ImmutableArray<HypervisorId> mayRun, bool runs, CancellationToken stopping) =>
        database.WriteAsync(async db =>
        {
            var row = await db.GetTable<InstanceRow>().FirstOrDefaultAsync(i => i.Id == instance.Value, stopping).ConfigureAwait(false);
            if (row is null || row.PlaceEpoch > epoch)
                return false;
            if (runs || row.HypervisorId != place.Value)
            {
                // It was started or brought there; the next report of that place tells more.
                row.HypervisorId = place.Value;
                row.State = nameof(InstanceState.Running);
                row.UserStopped = false;
                row.MissingSince = null;
            }

            row.PlaceEpoch = epoch;
            row.Epoch = Math.Max(row.Epoch, epoch);
            await db.UpdateAsync(row, token: stopping).ConfigureAwait(false);
            await db.GetTable<MayRunRow>().DeleteAsync(m => m.InstanceId == instance.Value, stopping).ConfigureAwait(false);
            foreach (var hypervisor in mayRun.Distinct())
                await db.InsertAsync(new MayRunRow { InstanceId = instance.Value, HypervisorId = hypervisor.Value }, token: stopping).ConfigureAwait(false);
            return true;
        }, stopping);

    public async Task<ImmutableArray<SharedDatastore>> SharedDatastoresAsync(CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var rows = await db.GetTable<SharedDatastoreRow>().OrderBy(s => s.DatastoreId).ThenBy(s => s.First).ThenBy(s => s.Second).ToListAsync(stopping).ConfigureAwait(false);
            return [.. rows.Select(s => new SharedDatastore(new(s.DatastoreId), new(s.First), new(s.Second), s.FirstNonce, s.SecondNonce, Times.FromText(s.ProvedAt)))];
        }
    }

    public Task SaveSharedDatastoresAsync(ImmutableArray<SharedDatastore> shared, CancellationToken stopping) =>
        database.WriteAsync(async db =>
        {
            foreach (var proof in shared)
            {
                var row = Ordered(proof);
                var stored = await db.GetTable<SharedDatastoreRow>()
                    .FirstOrDefaultAsync(s => s.DatastoreId == row.DatastoreId && s.First == row.First && s.Second == row.Second, stopping).ConfigureAwait(false);
                if (stored is null)
                    await db.InsertAsync(row, token: stopping).ConfigureAwait(false);
                else if (string.CompareOrdinal(stored.ProvedAt, row.ProvedAt) < 0)
                    await db.UpdateAsync(row, token: stopping).ConfigureAwait(false);
            }

            return shared.Length;
        }, stopping);

    /// <summary>A pair has one row, whichever of the two was named first.</summary>
    private static SharedDatastoreRow Ordered(SharedDatastore it)
    {
        var inOrder = it.First.CompareTo(it.Second) <= 0;
        return new()
        {
            DatastoreId = it.Datastore.Value,
            First = inOrder ? it.First.Value : it.Second.Value,
            Second = inOrder ? it.Second.Value : it.First.Value,
            FirstNonce = inOrder ? it.FirstNonce : it.SecondNonce,
            SecondNonce = inOrder ? it.SecondNonce : it.FirstNonce,
            ProvedAt = Times.ToText(it.ProvedAt),
        };
    }
}
