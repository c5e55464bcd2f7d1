using HaActors.Domain;
using HaActors.Domain.Inventory;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;

namespace HaActors.Storage.Inventory;

/// <content>Hypervisor groups.</content>
public sealed partial class InventoryStore
{
    public Task<HypervisorGroup> CreateGroupAsync(HypervisorGroup group, OperatorChange by, CancellationToken stopping)
    {
        InventoryRules.Check(group);
        return WriteAsync($"group {group.Id}", async db =>
        {
            if (await db.GetTable<GroupRow>().AnyAsync(g => g.Id == group.Id.Value, stopping).ConfigureAwait(false))
                throw Taken("group", group.Id.Value);
            await LocationExistsAsync(db, group.LocationId, stopping).ConfigureAwait(false);
            await FreeGroupNameAsync(db, group, stopping).ConfigureAwait(false);
            await db.InsertAsync(RowMapping.Of(group), token: stopping).ConfigureAwait(false);
            await Outbox.ChangedAsync(db, by, $"group {group.Id} created in {group.LocationId}", group.LocationId, null, null, stopping).ConfigureAwait(false);
            return group;
        }, stopping);
    }

    /// <summary>As for a location. Moving a group that has hypervisors to another location is refused with <c>in-use</c>.</summary>
    public Task<HypervisorGroup> ChangeGroupAsync(GroupId id, Func<HypervisorGroup, HypervisorGroup> change, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"group {id}", async db =>
        {
            var old = RowMapping.Of(await db.GetTable<GroupRow>().FirstOrDefaultAsync(g => g.Id == id.Value, stopping).ConfigureAwait(false) ?? throw NotFound("group", id.Value));
            var changed = change(old);
            SameId(old.Id.Value, changed.Id.Value);
            InventoryRules.Check(changed);
            var what = Differences.Between(old, changed);
            if (what.Length == 0)
                return old;
            if (changed.LocationId != old.LocationId)
            {
                await LocationExistsAsync(db, changed.LocationId, stopping).ConfigureAwait(false);
                await GroupIsEmptyAsync(db, id, "moved to another location", stopping).ConfigureAwait(false);
            }

            await FreeGroupNameAsync(db, changed, stopping).ConfigureAwait(false);
            await db.UpdateAsync(RowMapping.Of(changed), token: stopping).ConfigureAwait(false);
            await Outbox.ChangedAsync(db, by, $"group {id} changed: {what}", changed.LocationId, null, null, stopping).ConfigureAwait(false);
            return changed;
        }, stopping);

    /// <summary>Refused with <c>in-use</c> while a hypervisor is in it.</summary>
    public Task DeleteGroupAsync(GroupId id, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"group {id}", async db =>
        {
            var old = await db.GetTable<GroupRow>().FirstOrDefaultAsync(g => g.Id == id.Value, stopping).ConfigureAwait(false) ?? throw NotFound("group", id.Value);
            await GroupIsEmptyAsync(db, id, "deleted", stopping).ConfigureAwait(false);
            await db.GetTable<GroupRow>().DeleteAsync(g => g.Id == id.Value, stopping).ConfigureAwait(false);
            await Outbox.ChangedAsync(db, by, $"group {id} deleted", new LocationId(old.LocationId), null, null, stopping).ConfigureAwait(false);
            return true;
        }, stopping);

    private static async Task GroupIsEmptyAsync(DataConnection db, GroupId id, string done, CancellationToken stopping)
    {
        var hypervisors = await db.GetTable<HypervisorRow>().CountAsync(h => h.GroupId == id.Value, stopping).ConfigureAwait(false);
        if (hypervisors > 0)
            throw new InventoryException(InventoryCodes.InUse, $"Group {id} can't be {done} while {hypervisors} hypervisors are in it; take them out first.");
    }

    private static async Task FreeGroupNameAsync(DataConnection db, HypervisorGroup group, CancellationToken stopping)
    {
        var other = await db.GetTable<GroupRow>()
            .FirstOrDefaultAsync(g => g.LocationId == group.LocationId.Value && g.Name == group.Name && g.Id != group.Id.Value, stopping).ConfigureAwait(false);
        if (other is not null)
            throw new InventoryException(InventoryCodes.DuplicateName, $"Group {other.Id} of {group.LocationId} is already named '{group.Name}'; choose another name.");
    }
}
