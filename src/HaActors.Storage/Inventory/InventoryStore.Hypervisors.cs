using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Inventory;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;

namespace HaActors.Storage.Inventory;

/// <content>Hypervisors.</content>
public sealed partial class InventoryStore
{
    public Task<Hypervisor> CreateHypervisorAsync(Hypervisor hypervisor, OperatorChange by, CancellationToken stopping)
    {
        InventoryRules.Check(hypervisor);
        return WriteAsync($"hypervisor {hypervisor.Id}", async db =>
        {
            if (await db.GetTable<HypervisorRow>().AnyAsync(h => h.Id == hypervisor.Id.Value, stopping).ConfigureAwait(false))
                throw Taken("hypervisor", hypervisor.Id.Value);
            await PlaceAndAddressesAsync(db, hypervisor, stopping).ConfigureAwait(false);
            await db.InsertAsync(_mapping.Of(hypervisor), token: stopping).ConfigureAwait(false);
            await SaveDevicesAsync(db, hypervisor, stopping).ConfigureAwait(false);
            await Outbox.ChangedAsync(db, by, $"hypervisor {hypervisor.Id} registered in {hypervisor.LocationId}", hypervisor.LocationId, hypervisor.Id, null, stopping).ConfigureAwait(false);
            return hypervisor;
        }, stopping);
    }

    /// <summary>As for a location. Secrets that the operator left out are kept by taking them from the stored record.</summary>
    public Task<Hypervisor> ChangeHypervisorAsync(HypervisorId id, Func<Hypervisor, Hypervisor> change, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"hypervisor {id}", async db =>
        {
            var row = await db.GetTable<HypervisorRow>().FirstOrDefaultAsync(h => h.Id == id.Value, stopping).ConfigureAwait(false) ?? throw NotFound("hypervisor", id.Value);
            var old = _mapping.Of(row, await db.GetTable<FenceDeviceRow>().Where(d => d.HypervisorId == id.Value).ToListAsync(stopping).ConfigureAwait(false));
            var changed = change(old);
            SameId(old.Id.Value, changed.Id.Value);
            InventoryRules.Check(changed);
            var what = Differences.Between(old, changed);
            if (what.Length == 0)
                return old;
            await PlaceAndAddressesAsync(db, changed, stopping).ConfigureAwait(false);
            await db.UpdateAsync(_mapping.Of(changed), token: stopping).ConfigureAwait(false);
            await SaveDevicesAsync(db, changed, stopping).ConfigureAwait(false);
            await Outbox.ChangedAsync(db, by, $"hypervisor {id} changed: {what}", changed.LocationId, id, null, stopping).ConfigureAwait(false);
            return changed;
        }, stopping);

    /// <summary>Would <see cref="ChangeHypervisorAsync"/> take this record now? Writes nothing, refuses like it.</summary>
    public Task CheckHypervisorAsync(Hypervisor changed, CancellationToken stopping)
    {
        InventoryRules.Check(changed);
        return WriteAsync($"hypervisor {changed.Id}", async db =>
        {
            await PlaceAndAddressesAsync(db, changed, stopping).ConfigureAwait(false);
            return true;
        }, stopping);
    }

    /// <summary>Forgets a hypervisor, with the instances whose place it is.</summary>
    /// <param name="acknowledged">
    /// An operator has signed that its power is off for good. Without it the deletion is refused with <c>in-use</c> while an instance may run there:
    /// what nobody watches could come back with its instances.
    /// </param>
    public Task DeleteHypervisorAsync(HypervisorId id, bool acknowledged, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"hypervisor {id}", async db =>
        {
            var old = await db.GetTable<HypervisorRow>().FirstOrDefaultAsync(h => h.Id == id.Value, stopping).ConfigureAwait(false) ?? throw NotFound("hypervisor", id.Value);
            if (!acknowledged)
                await NothingMayRunThereAsync(db, id, stopping).ConfigureAwait(false);
            await db.GetTable<MayRunRow>().DeleteAsync(m => m.HypervisorId == id.Value, stopping).ConfigureAwait(false);
            var forgotten = await db.GetTable<InstanceRow>().DeleteAsync(i => i.HypervisorId == id.Value, stopping).ConfigureAwait(false);
            await db.GetTable<SharedDatastoreRow>().DeleteAsync(s => s.First == id.Value || s.Second == id.Value, stopping).ConfigureAwait(false);
            await db.GetTable<FenceDeviceRow>().DeleteAsync(d => d.HypervisorId == id.Value, stopping).ConfigureAwait(false);
            await db.GetTable<HypervisorRow>().DeleteAsync(h => h.Id == id.Value, stopping).ConfigureAwait(false);
            await Outbox.ChangedAsync(
                db, by, $"hypervisor {id} deleted, with {forgotten} instances known there{(acknowledged ? ", its power-off acknowledged" : "")}",
                new LocationId(old.LocationId), id, null, stopping).ConfigureAwait(false);
            return true;
        }, stopping);

    private static async Task NothingMayRunThereAsync(DataConnection db, HypervisorId id, CancellationToken stopping)
    {
        var shutOff = nameof(InstanceState.ShutOff);
        var there = await db.GetTable<InstanceRow>()
            .Where(i => i.HypervisorId == id.Value && i.MissingSince == null && i.State != shutOff).Select(i => i.Name).ToListAsync(stopping).ConfigureAwait(false);
        var named = await (from m in db.GetTable<MayRunRow>()
                           join i in db.GetTable<InstanceRow>() on m.InstanceId equals i.Id
                           where m.HypervisorId == id.Value
                           select i.Name).ToListAsync(stopping).ConfigureAwait(false);
        var all = there.Union(named).Order(StringComparer.Ordinal).ToList();
        if (all.Count > 0)
        {
            throw new InventoryException(
                InventoryCodes.InUse,
                $"{Amounts.Of(all.Count, "instance")} may still run on {id} ({string.Join(", ", all.Take(3))}{(all.Count > 3 ? ", …" : "")}). Move {(all.Count == 1 ? "it" : "them")} away or shut {(all.Count == 1 ? "it" : "them")} off; if the host is gone for good, acknowledge that its power is off (confirm-fenced).");
        }
    }

    private async Task PlaceAndAddressesAsync(DataConnection db, Hypervisor it, CancellationToken stopping)
    {
        await LocationExistsAsync(db, it.LocationId, stopping).ConfigureAwait(false);
        if (it.GroupId is { } groupId)
        {
            var group = await db.GetTable<GroupRow>().FirstOrDefaultAsync(g => g.Id == groupId.Value, stopping).ConfigureAwait(false)
                ?? throw new InventoryException(InventoryCodes.UnknownGroup, $"There is no group '{groupId}'; create it first, or leave groupId null.");
            if (group.LocationId != it.LocationId.Value)
                throw new InventoryException(InventoryCodes.GroupOfAnotherLocation, $"Group {groupId} belongs to {group.LocationId}, and {it.Id} is in {it.LocationId}; a hypervisor's group is one of its own location.");
        }

        var others = db.GetTable<HypervisorRow>().Where(h => h.Id != it.Id.Value);
        if (await others.FirstOrDefaultAsync(h => h.LocationId == it.LocationId.Value && h.Name == it.Name, stopping).ConfigureAwait(false) is { } named)
            throw new InventoryException(InventoryCodes.DuplicateName, $"Hypervisor {named.Id} of {it.LocationId} is already named '{it.Name}'; choose another name.");
        var agentKey = RowMapping.AgentKey(it.Agent.Url);
        if (await others.FirstOrDefaultAsync(h => h.AgentKey == agentKey, stopping).ConfigureAwait(false) is { } sameAgent)
            throw new InventoryException(InventoryCodes.DuplicateAgent, $"Hypervisor {sameAgent.Id} already has the agent URL {it.Agent.Url}; one host must not be counted twice.");
        var keys = it.FenceDevices.Select(d => d.Key).ToArray();
        if (await db.GetTable<FenceDeviceRow>().FirstOrDefaultAsync(d => d.HypervisorId != it.Id.Value && keys.Contains(d.Key), stopping).ConfigureAwait(false) is { } same)
        {
            var device = it.FenceDevices.First(d => d.Key == same.Key);
            throw new InventoryException(InventoryCodes.DuplicateBmc, $"Hypervisor {same.HypervisorId} already has the fence device {device.Name}; a fence of {it.Id} would cut its power. Correct one of the two.");
        }

        var hosts = it.FenceDevices.Select(d => d.Bmc?.Host).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        foreach (var row in await db.GetTable<FenceDeviceRow>().Where(d => d.HypervisorId != it.Id.Value && hosts.Contains(d.BmcHost)).OrderBy(d => d.HypervisorId).ToListAsync(stopping).ConfigureAwait(false))
        {
            if (_mapping.BmcOf(row) is { } theirs && it.FenceDevices.FirstOrDefault(d => d.Bmc is { } mine && mine.MayBe(theirs)) is { } device)
                throw new InventoryException(InventoryCodes.DuplicateBmc, $"Hypervisor {row.HypervisorId} already has a fence device of kind {row.Type} at {theirs.Host}; {device.Name} may be the same BMC, so a fence of {it.Id} would cut its power. Correct one of the two.");
        }
    }

    /// <summary>All anew: they are few, and their places are part of what is stored.</summary>
    private async Task SaveDevicesAsync(DataConnection db, Hypervisor it, CancellationToken stopping)
    {
        await db.GetTable<FenceDeviceRow>().DeleteAsync(d => d.HypervisorId == it.Id.Value, stopping).ConfigureAwait(false);
        foreach (var row in _mapping.DevicesOf(it))
            await db.InsertAsync(row, token: stopping).ConfigureAwait(false);
    }
}
