using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;
using HaActors.Domain.Ports;
using HaActors.Storage.EventLog;
using HaActors.Storage.Inventory;
using LinqToDB;
using LinqToDB.Async;

namespace HaActors.Storage.Webhooks;

/// <summary>The notifier's side of the webhooks; the operators' is in <see cref="InventoryStore"/>.</summary>
public sealed class SqlWebhooks(Database database, ISecretProtector protector) : IWebhookStore
{
    public async Task<ImmutableArray<WebhookId>> EnabledAsync(CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var ids = await db.GetTable<WebhookRow>().Where(w => w.Enabled).Select(w => w.Id).OrderBy(id => id).ToListAsync(stopping).ConfigureAwait(false);
            return [.. ids.Select(id => new WebhookId(id))];
        }
    }

    /// <inheritdoc/>
    /// <exception cref="SecretUnreadableException">It was stored with another key ring.</exception>
    public async Task<StoredWebhook?> LoadAsync(WebhookId id, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var row = await db.GetTable<WebhookRow>().FirstOrDefaultAsync(w => w.Id == id.Value, stopping).ConfigureAwait(false);
            return row is null ? null : new StoredWebhook(row.ToWebhook(Open(row.Secret, row.Id)), row.Revision, row.ToProgress());
        }
    }

    public async Task<ImmutableArray<LoggedEvent>?> ReadAsync(WebhookId id, long revision, long after, int limit, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            if (!await db.GetTable<WebhookRow>().AnyAsync(w => w.Id == id.Value && w.Revision == revision, stopping).ConfigureAwait(false))
                return null;
            var lines = await db.GetTable<EventRow>().Where(e => e.Id > after).OrderBy(e => e.Id).Take(Math.Clamp(limit, 1, EventQuery.MaxLimit)).ToListAsync(stopping).ConfigureAwait(false);
            return [.. lines.Select(l => l.ToEvent())];
        }
    }

    public Task<long?> SaveAsync(WebhookId id, long revision, WebhookStep step, CancellationToken stopping) => database.WriteAsync<long?>(async db =>
    {
        var row = await db.GetTable<WebhookRow>().FirstOrDefaultAsync(w => w.Id == id.Value && w.Revision == revision, stopping).ConfigureAwait(false);
        if (row is null)
            return null;
        row.Set(step.Progress);
        row.Revision = revision + 1;
        await db.UpdateAsync(row, token: stopping).ConfigureAwait(false);
        foreach (var entry in step.Told)
            await Outbox.WriteAsync(db, entry, stopping).ConfigureAwait(false);
        return row.Revision;
    }, stopping);

    private Secret Open(string text, string webhook)
    {
        try
        {
            return new Secret(protector.Unprotect(text));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new SecretUnreadableException($"The secret of webhook {webhook} can't be decrypted: the key ring in the data directory is not the one it was stored with. Restore that key ring, or enter the secret again.", e);
        }
    }
}
