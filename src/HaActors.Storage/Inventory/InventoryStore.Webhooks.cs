using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;
using HaActors.Storage.EventLog;
using HaActors.Storage.Webhooks;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;

namespace HaActors.Storage.Inventory;

/// <summary>A webhook without its secret, and how far its calls have come.</summary>
public sealed record WebhookStatus(Webhook Webhook, WebhookProgress Progress);

/// <content>Webhooks, the operator's side.</content>
public sealed partial class InventoryStore
{
    /// <summary>Each reads the log once a second.</summary>
    public const int MostWebhooks = 50;

    public async Task<ImmutableArray<WebhookStatus>> WebhooksAsync(CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var rows = await db.GetTable<WebhookRow>().OrderBy(w => w.Id).ToListAsync(stopping).ConfigureAwait(false);
            return [.. rows.Select(Status)];
        }
    }

    public async Task<WebhookStatus?> WebhookAsync(WebhookId id, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var row = await db.GetTable<WebhookRow>().FirstOrDefaultAsync(w => w.Id == id.Value, stopping).ConfigureAwait(false);
            return row is null ? null : Status(row);
        }
    }

    /// <summary>It begins with what the log gets from now on.</summary>
    public Task<WebhookStatus> CreateWebhookAsync(Webhook webhook, OperatorChange by, CancellationToken stopping)
    {
        InventoryRules.Check(webhook);
        return WriteAsync($"webhook {webhook.Id}", async db =>
        {
            if (await db.GetTable<WebhookRow>().AnyAsync(w => w.Id == webhook.Id.Value, stopping).ConfigureAwait(false))
                throw Taken("webhook", webhook.Id.Value);
            if (await db.GetTable<WebhookRow>().CountAsync(stopping).ConfigureAwait(false) >= MostWebhooks)
                throw new InventoryException(InventoryCodes.TooMany, $"There are {MostWebhooks} webhooks already, which is the most; delete one, or let one receiver tell the others.");
            await LocationsExistAsync(db, webhook, stopping).ConfigureAwait(false);
            var row = new WebhookRow { Id = webhook.Id.Value, Url = "", Locations = "[]", Secret = "", Revision = 1, Position = await LastEventAsync(db, stopping).ConfigureAwait(false) };
            row.Set(webhook, protector.Protect(webhook.Secret.Reveal()));
            await db.InsertAsync(row, token: stopping).ConfigureAwait(false);
            await ToldAsync(db, by, webhook.Id, $"webhook {webhook.Id} created, to {webhook.Url.Host}", stopping).ConfigureAwait(false);
            return Status(row);
        }, stopping);
    }

    /// <summary>As for a location. A change is tried at once, whatever the pause since the last failure; one that was disabled begins again with what comes from now on.</summary>
    /// <param name="change">Gets and returns <see cref="Secret.None"/> for a secret that stays.</param>
    public Task<WebhookStatus> ChangeWebhookAsync(WebhookId id, Func<Webhook, Webhook> change, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"webhook {id}", async db =>
        {
            var row = await db.GetTable<WebhookRow>().FirstOrDefaultAsync(w => w.Id == id.Value, stopping).ConfigureAwait(false) ?? throw NotFound("webhook", id.Value);
            var old = row.ToWebhook(Secret.None);
            var changed = change(old);
            SameId(old.Id.Value, changed.Id.Value);
            InventoryRules.Check(changed, secretStays: changed.Secret.IsEmpty);
            var what = Differences.Between(old, changed);
            if (what.Length == 0)
                return Status(row);
            await LocationsExistAsync(db, changed, stopping).ConfigureAwait(false);
            row.Set(changed, changed.Secret.IsEmpty ? row.Secret : protector.Protect(changed.Secret.Reveal()));
            if (!changed.Enabled || !old.Enabled)
                row.Set(new WebhookProgress(Math.Max(row.Position, await LastEventAsync(db, stopping).ConfigureAwait(false)), row.TakenId, row.ToProgress().TakenAt));
            row.NextTryAt = null;
            row.Revision++;
            await db.UpdateAsync(row, token: stopping).ConfigureAwait(false);
            await ToldAsync(db, by, id, $"webhook {id} changed: {what}", stopping).ConfigureAwait(false);
            return Status(row);
        }, stopping);

    public Task DeleteWebhookAsync(WebhookId id, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"webhook {id}", async db =>
        {
            if (await db.GetTable<WebhookRow>().DeleteAsync(w => w.Id == id.Value, stopping).ConfigureAwait(false) == 0)
                throw NotFound("webhook", id.Value);
            await ToldAsync(db, by, id, $"webhook {id} deleted", stopping).ConfigureAwait(false);
            return true;
        }, stopping);

    /// <summary>Keeps that an operator has tested it. After a test that was taken, what waits for its next try is sent at once.</summary>
    public Task WebhookTestedAsync(WebhookId id, CallAnswer answer, OperatorChange by, CancellationToken stopping) =>
        WriteAsync($"webhook {id}", async db =>
        {
            if (answer.Outcome == CallOutcome.Taken)
            {
                await db.GetTable<WebhookRow>().Where(w => w.Id == id.Value && w.Failures > 0)
                    .Set(w => w.Revision, w => w.Revision + 1).Set(w => w.NextTryAt, (string?)null).UpdateAsync(stopping).ConfigureAwait(false);
            }

            var why = by.Reason is { } reason ? $" ({reason})" : "";
            var message = $"{by.Who} tested webhook {id}{why}: {(answer.Outcome == CallOutcome.Taken ? "taken" : "failed")}, {answer.Detail}.";
            await Outbox.WriteAsync(db, new LogEntry(by.At, LogTypes.WebhookTested, null, null, null, null, message, LogData.Of(
                (WebhookTypes.AboutKey, id.Value), ("who", by.Who), ("reason", by.Reason), ("taken", answer.Outcome == CallOutcome.Taken ? "true" : "false"),
                ("status", answer.Status), ("detail", answer.Detail))), stopping).ConfigureAwait(false);
            return true;
        }, stopping);

    private static WebhookStatus Status(WebhookRow row) => new(row.ToWebhook(Secret.None), row.ToProgress());

    private static async Task<long> LastEventAsync(DataConnection db, CancellationToken stopping) =>
        await db.GetTable<EventRow>().MaxAsync(e => (long?)e.Id, stopping).ConfigureAwait(false) ?? 0;

    private static async Task LocationsExistAsync(DataConnection db, Webhook webhook, CancellationToken stopping)
    {
        foreach (var location in webhook.Locations)
            await LocationExistsAsync(db, location, stopping).ConfigureAwait(false);
    }

    private static Task ToldAsync(DataConnection db, OperatorChange by, WebhookId id, string what, CancellationToken stopping) =>
        Outbox.WriteAsync(db, new LogEntry(by.At, LogTypes.InventoryChanged, null, null, null, null, $"{by.Who}: {what}.", LogData.Of(
            (WebhookTypes.AboutKey, id.Value), ("who", by.Who), ("what", what), ("reason", by.Reason))), stopping);
}
