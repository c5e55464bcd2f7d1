using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain.EventLog;
using HaActors.Domain.Ports;
using HaActors.Storage.Inventory;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;

namespace HaActors.Storage.EventLog;

/// <summary>Writes <c>ha_events</c>: every journal event and every operator's change once, with the offset in the same transaction.</summary>
/// <remarks>
/// Whoever reads with <c>after</c> relies on ids becoming visible in their order. PostgreSQL gives identity values out before the commit, so two
/// writers could commit them in the other order; EventLogProjection is the only writer, and while its singleton moves, two of them take turns
/// on the offset's row, which each transaction locks first.
/// </remarks>
public sealed class SqlEventLog(Database database) : IEventLog
{
    /// <summary>Lines moved by one call at most, so that a long backlog is no long transaction.</summary>
    private const int ChangesAtOnce = 500;

    public async Task<long> ReadOffsetAsync(CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            return await db.GetTable<OffsetRow>().Where(o => o.Name == OffsetRow.Journal).Select(o => o.Position).FirstOrDefaultAsync(stopping).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Akka's own table; before its first row it may not exist yet.</remarks>
    public async Task<long> ReadJournalEndAsync(CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var exists = await db.ExecuteAsync<long>(
                database.IsSqlite ? "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'journal'" : "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('journal')", stopping).ConfigureAwait(false);
            return exists == 0 ? 0 : await db.ExecuteAsync<long>("SELECT COALESCE(MAX(ordering), 0) FROM journal", stopping).ConfigureAwait(false);
        }
    }

    public Task<long> AppendAsync(ImmutableArray<LogEntry> entries, long offset, CancellationToken stopping) => InTurnAsync(async (db, written) =>
    {
        if (offset <= written)
            return written;
        for (var i = 0; i < entries.Length; i++)
            await db.InsertAsync(EventRow.Of(entries[i], string.Create(CultureInfo.InvariantCulture, $"journal:{offset}:{i}")), token: stopping).ConfigureAwait(false);
        await db.UpdateAsync(new OffsetRow { Name = OffsetRow.Journal, Position = offset }, token: stopping).ConfigureAwait(false);
        return written;
    }, stopping);

    /// <inheritdoc/>
    /// <remarks>At most 500 at once; call again until it returns 0.</remarks>
    public Task<int> AppendInventoryChangesAsync(CancellationToken stopping) => InTurnAsync(async (db, _) =>
    {
        // Rows that are there, not rows above a mark: a change that committed late has a low id.
        var changes = await db.GetTable<ChangeRow>().OrderBy(c => c.Id).Take(ChangesAtOnce).ToListAsync(stopping).ConfigureAwait(false);
        foreach (var change in changes)
        {
            var row = new EventRow
            {
                At = change.At,
                Type = change.Type,
                LocationId = change.LocationId,
                HypervisorId = change.HypervisorId,
                InstanceId = change.InstanceId,
                Message = change.Message,
                Data = change.Data,
                Source = string.Create(CultureInfo.InvariantCulture, $"change:{change.Id}"),
            };
            await db.InsertAsync(row, token: stopping).ConfigureAwait(false);
            await db.GetTable<ChangeRow>().DeleteAsync(c => c.Id == change.Id, stopping).ConfigureAwait(false);
        }

        return changes.Count;
    }, stopping);

    /// <summary>Locks the offset's row first (SQLite: the file), so that two projections take turns.</summary>
    private async Task<T> InTurnAsync<T>(Func<DataConnection, long, Task<T>> write, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var transaction = await db.BeginTransactionAsync(stopping).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                var written = await db.ExecuteAsync<long>(
                    $"SELECT position FROM ha_events_offset WHERE name = '{OffsetRow.Journal}'{(database.IsSqlite ? "" : " FOR UPDATE")}", stopping).ConfigureAwait(false);
                var count = await write(db, written).ConfigureAwait(false);
                await transaction.CommitAsync(stopping).ConfigureAwait(false);
                return count;
            }
        }
    }
}
