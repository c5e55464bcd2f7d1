using System.Data.Common;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Inventory;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;

namespace HaActors.Storage.Inventory;

/// <summary>
/// The operator's side of the inventory. Every change is checked, written and told (outbox of the event log) in one transaction;
/// a refusal is an <see cref="InventoryException"/> and leaves nothing behind. Throws the driver's exception when the database is away.
/// </summary>
/// <remarks>Whether an open incident forbids a change only the actors know: ask them first.</remarks>
public sealed partial class InventoryStore(Database database, ISecretProtector protector)
{
    private readonly RowMapping _mapping = new(protector);

    /// <summary>An operator's act that changes no row here (maintenance, disarm, …), for the event log.</summary>
    public Task RecordAsync(LogEntry entry, CancellationToken stopping) => WriteAsync("the event", async db =>
    {
        await Outbox.WriteAsync(db, entry, stopping).ConfigureAwait(false);
        return true;
    }, stopping);

    public Task<Location> CreateLocationAsync(Location location, OperatorChange by, CancellationToken stopping)
    {
        InventoryRules.Check(location);
        return WriteAsync($"location {location.Id}", async db =>
        {
            if (await db.GetTable<LocationRow>().AnyAsync(l => l.Id == location.Id.Value, stopping).ConfigureAwait(false))
                throw Taken("location", location.Id.Value);
            await FreeLocationNameAsync(db, location, stopping).ConfigureAwait(false);
            await db.InsertAsync(RowMapping.Of(location), token: stopping).ConfigureAwait(false);
            await Outbox.ChangedAsync(db, by, $"location {location.Id} created", location.Id, null, null, stopping).ConfigureAwait(false);
            return location;
        }, stopping);
    }

    /// <summary>Replaces or patches: <paramref name="change"/> gets what is stored and returns what shall be, in one transaction. The id stays.</summary>
    public Task<Location> ChangeLocationAsync(LocationId id, Func<Location, Location> change, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"location {id}", async db =>
        {
            var old = RowMapping.Of(await db.GetTable<LocationRow>().FirstOrDefaultAsync(l => l.Id == id.Value, stopping).ConfigureAwait(false) ?? throw NotFound("location", id.Value));
            var changed = change(old);
            SameId(old.Id.Value, changed.Id.Value);
            InventoryRules.Check(changed);
            var what = Differences.Between(old, changed);
            if (what.Length == 0)
                return old;
            await FreeLocationNameAsync(db, changed, stopping).ConfigureAwait(false);
            await db.UpdateAsync(RowMapping.Of(changed), token: stopping).ConfigureAwait(false);
            await Outbox.ChangedAsync(db, by, $"location {id} changed: {what}", id, null, null, stopping).ConfigureAwait(false);
            return changed;
        }, stopping);

    /// <summary>Refused with <c>in-use</c> while a group or a hypervisor is in it.</summary>
    public Task DeleteLocationAsync(LocationId id, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"location {id}", async db =>
        {
            var hypervisors = await db.GetTable<HypervisorRow>().CountAsync(h => h.LocationId == id.Value, stopping).ConfigureAwait(false);
            var groups = await db.GetTable<GroupRow>().CountAsync(g => g.LocationId == id.Value, stopping).ConfigureAwait(false);
            if (hypervisors + groups > 0)
                throw new InventoryException(InventoryCodes.InUse, $"Location {id} still has {hypervisors} hypervisors and {groups} groups; delete or move them first.");
            if (await db.GetTable<LocationRow>().DeleteAsync(l => l.Id == id.Value, stopping).ConfigureAwait(false) == 0)
                throw NotFound("location", id.Value);
            await Outbox.ChangedAsync(db, by, $"location {id} deleted", id, null, null, stopping).ConfigureAwait(false);
            return true;
        }, stopping);

    private static async Task FreeLocationNameAsync(DataConnection db, Location location, CancellationToken stopping)
    {
        if (await db.GetTable<LocationRow>().FirstOrDefaultAsync(l => l.Name == location.Name && l.Id != location.Id.Value, stopping).ConfigureAwait(false) is { } other)
            throw new InventoryException(InventoryCodes.DuplicateName, $"Location {other.Id} is already named '{location.Name}'; choose another name.");
    }

    private static async Task LocationExistsAsync(DataConnection db, LocationId id, CancellationToken stopping)
    {
        if (!await db.GetTable<LocationRow>().AnyAsync(l => l.Id == id.Value, stopping).ConfigureAwait(false))
            throw new InventoryException(InventoryCodes.UnknownLocation, $"There is no location '{id}'; create it first, or name an existing one.");
    }

    private static void SameId(string old, string changed)
    {
        if (!string.Equals(old, changed, StringComparison.Ordinal))
            throw new InventoryException(InventoryCodes.IdChanged, $"The id {old} can't become {changed}: the journal is kept under it. Create a new one and delete this.");
    }

    private static InventoryException Taken(string what, string id) => new(InventoryCodes.DuplicateId, $"The {what} '{id}' exists already; change it with PUT or PATCH, or choose another id.");

    private static InventoryException NotFound(string what, string id) => new(InventoryCodes.NotFound, $"There is no {what} '{id}'.");

    private async Task<T> WriteAsync<T>(string what, Func<DataConnection, Task<T>> write, CancellationToken stopping)
    {
        try
        {
            return await database.WriteAsync(write, stopping).ConfigureAwait(false);
        }
        catch (DbException e) when (Violations.Read(e, what) is { } refused)
        {
            throw refused;
        }
    }
}
