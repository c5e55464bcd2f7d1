using HaActors.Domain;
using HaActors.Domain.Inventory;
using LinqToDB;
using LinqToDB.Async;

namespace HaActors.Storage.Inventory;

/// <content>What an operator decides for instances; the agents find them.</content>
public sealed partial class InventoryStore
{
    public Task<Instance> ChangeInstanceAsync(InstanceId id, Func<InstanceSettings, InstanceSettings> change, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"instance {id}", async db =>
        {
            var row = await db.GetTable<InstanceRow>().FirstOrDefaultAsync(i => i.Id == id.Value, stopping).ConfigureAwait(false) ?? throw NotFound("instance", id.Value);
            var old = new InstanceSettings(row.HaEnabled, row.MaxRestartAttempts, row.Priority);
            var changed = change(old);
            InventoryRules.Check(id, changed);
            var what = Differences.Between(old, changed);
            if (what.Length == 0)
                return RowMapping.Of(row);
            await db.GetTable<InstanceRow>().Where(i => i.Id == id.Value)
                .Set(i => i.HaEnabled, changed.HaEnabled).Set(i => i.MaxRestartAttempts, changed.MaxRestartAttempts).Set(i => i.Priority, changed.Priority)
                .UpdateAsync(stopping).ConfigureAwait(false);
            await Outbox.ChangedAsync(db, by, $"instance {row.Name} changed: {what}", null, new HypervisorId(row.HypervisorId), id, stopping).ConfigureAwait(false);
            return RowMapping.Of(row) with { HaEnabled = changed.HaEnabled, MaxRestartAttempts = changed.MaxRestartAttempts, Priority = changed.Priority };
        }, stopping);

    /// <summary>Forgets an instance that its place reports no more; refused with <c>in-use</c> while it is reported.</summary>
    public Task DeleteInstanceAsync(InstanceId id, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"instance {id}", async db =>
        {
            var row = await db.GetTable<InstanceRow>().FirstOrDefaultAsync(i => i.Id == id.Value, stopping).ConfigureAwait(false) ?? throw NotFound("instance", id.Value);
            if (row.MissingSince is null)
                throw new InventoryException(InventoryCodes.InUse, $"Instance {row.Name} is still reported by {row.HypervisorId}; undefine it there first, then it can be forgotten here.");
            await db.GetTable<InstanceRow>().DeleteAsync(i => i.Id == id.Value, stopping).ConfigureAwait(false);
            await Outbox.ChangedAsync(db, by, $"instance {row.Name} forgotten, missing on {row.HypervisorId} since {row.MissingSince}", null, new HypervisorId(row.HypervisorId), id, stopping).ConfigureAwait(false);
            return true;
        }, stopping);

    /// <summary>One instance with its may-run set, or null.</summary>
    public async Task<StoredInstance?> FindInstanceAsync(InstanceId id, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var row = await db.GetTable<InstanceRow>().FirstOrDefaultAsync(i => i.Id == id.Value, stopping).ConfigureAwait(false);
            if (row is null)
                return null;
            var mayRun = await db.GetTable<MayRunRow>().Where(m => m.InstanceId == id.Value).Select(m => m.HypervisorId).ToListAsync(stopping).ConfigureAwait(false);
            return new(
                RowMapping.Of(row), row.MissingSince is null ? null : Times.FromText(row.MissingSince),
                [.. mayRun.Order(StringComparer.Ordinal).Select(h => new HypervisorId(h))]);
        }
    }
}
