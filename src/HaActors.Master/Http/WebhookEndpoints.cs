using System.Collections.Immutable;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;
using HaActors.Domain.Ports;
using HaActors.Storage.Inventory;

namespace HaActors.Master.Http;

/// <summary><c>/api/v1/webhooks</c>: who is called when something happens, and whether they hear.</summary>
internal static class WebhookEndpoints
{
    private static readonly IReadOnlySet<string> Told = Shapes.ReadOnly<WebhookInfo, WebhookBody>();

    internal static void MapWebhooks(this IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("/webhooks").WithTags("webhooks");
        routes.MapGet("", List).Answers<IReadOnlyList<WebhookInfo>>();
        routes.MapGet("/{id}", Read).Answers<WebhookInfo>(404);
        routes.MapPost("", Create).Takes<WebhookBody>().Answers<WebhookInfo>(201, 400, 409);
        routes.MapPut("/{id}", Replace).Takes<WebhookBody>().Answers<WebhookInfo>(400, 404, 409);
        routes.MapPatch("/{id}", Patch).Takes<WebhookBody>(Endpoints.MergePatch).Answers<WebhookInfo>(400, 404, 409);
        routes.MapDelete("/{id}", Delete).Answers(204, 404);
        routes.MapPost("/{id}/test", Test).Takes<ReasonBody>(optional: true).Answers<WebhookTest>(400, 404);
    }

    private static async Task<IResult> List(InventoryStore store, CancellationToken stopping) =>
        Endpoints.Ok((await store.WebhooksAsync(stopping).ConfigureAwait(false)).Select(Of).ToList());

    private static async Task<IResult> Read(string id, InventoryStore store, CancellationToken stopping) =>
        Endpoints.Ok(Of(await store.WebhookAsync(new(id), stopping).ConfigureAwait(false) ?? throw Refusal.NotFound("webhook", id)));

    private static async Task<IResult> Create(HttpContext http, InventoryStore store, TimeProvider time, CancellationToken stopping)
    {
        var body = await Bodies.ReadAsync<WebhookBody>(http, Told).ConfigureAwait(false);
        var created = await store.CreateWebhookAsync(Entry(Entries.NewId(body.Id), body), Operators.Change(http, time), stopping).ConfigureAwait(false);
        return Endpoints.Created($"/api/v1/webhooks/{created.Webhook.Id}", Of(created));
    }

    private static async Task<IResult> Replace(string id, HttpContext http, InventoryStore store, TimeProvider time, CancellationToken stopping)
    {
        var body = await Bodies.ReadAsync<WebhookBody>(http, Told).ConfigureAwait(false);
        Entries.SameId(id, body.Id);
        return Endpoints.Ok(Of(await store.ChangeWebhookAsync(new(id), _ => Entry(id, body), Operators.Change(http, time), stopping).ConfigureAwait(false)));
    }

    private static async Task<IResult> Patch(string id, HttpContext http, InventoryStore store, TimeProvider time, CancellationToken stopping)
    {
        var patch = await Bodies.ReadPatchAsync<WebhookBody>(http, Told).ConfigureAwait(false);
        if (patch.TryGetPropertyValue("secret", out var secret) && secret is null)
            throw Refusal.Bad("invalid-webhook", "secret is null; a call is always signed. Send a new one, or leave it out to keep the one that is stored.");
        var changed = await store.ChangeWebhookAsync(
            new(id),
            old =>
            {
                var merged = Bodies.Merge(BodyOf(old), patch);
                Entries.SameId(id, merged.Id);
                return Entry(id, merged);
            },
            Operators.Change(http, time), stopping).ConfigureAwait(false);
        return Endpoints.Ok(Of(changed));
    }

    private static async Task<IResult> Delete(string id, HttpContext http, InventoryStore store, TimeProvider time, CancellationToken stopping)
    {
        await store.DeleteWebhookAsync(new(id), Operators.Change(http, time), stopping).ConfigureAwait(false);
        return Results.NoContent();
    }

    /// <summary>From this master, whichever sends the real ones: what it tells is whether the receiver takes our calls.</summary>
    private static async Task<IResult> Test(
        string id, HttpContext http, InventoryStore store, IWebhookStore webhooks, IWebhookSender sender, TimeProvider time, CancellationToken stopping)
    {
        var stored = await webhooks.LoadAsync(new(id), stopping).ConfigureAwait(false) ?? throw Refusal.NotFound("webhook", id);
        var body = await Bodies.ReadOptionalAsync<ReasonBody>(http).ConfigureAwait(false);
        var reason = Operators.Reason(body.Reason);
        var by = Operators.Change(http, time) with { Reason = reason.Length == 0 ? null : reason };
        var line = new LoggedEvent(0, new LogEntry(
            by.At, LogTypes.WebhookTested, null, null, null, null, $"{by.Who} tests webhook {id}. Nothing has happened.",
            LogData.Of((WebhookTypes.AboutKey, id), ("who", by.Who), ("reason", by.Reason))));
        var began = time.GetTimestamp();
        var answer = await sender.SendAsync(stored.Webhook, line, stopping).ConfigureAwait(false);
        var took = time.GetElapsedTime(began);
        await store.WebhookTestedAsync(new(id), answer, by, stopping).ConfigureAwait(false);
        return Endpoints.Ok(new WebhookTest(answer.Outcome == CallOutcome.Taken, answer.Status, answer.Detail, (long)took.TotalMilliseconds));
    }

    private static Webhook Entry(string id, WebhookBody body)
    {
        if (string.IsNullOrWhiteSpace(body.Url))
            throw Refusal.Bad("missing-member", "'url' is missing or empty; it is needed.");
        if (!Uri.TryCreate(body.Url, UriKind.Absolute, out var url))
            throw Refusal.Bad("invalid-webhook", $"url is '{Shown.Short(body.Url)}'; it must be absolute, e.g. https://pager.example/haactors.");
        return new(
            new(id), url, body.Enabled, body.Types is { } types ? [.. types.Distinct(StringComparer.Ordinal).Select(Known)] : null,
            [.. (body.Locations ?? []).Distinct(StringComparer.Ordinal).Select(l => new LocationId(l))], body.Secret is { } secret ? new Secret(secret) : Secret.None);
    }

    private static string Known(string type) =>
        type == WebhookTypes.All || EventTypes.All.Contains(type, StringComparer.Ordinal) || WebhookTypes.Waits.Contains(type)
            ? type
            : throw Refusal.Bad("invalid-webhook", $"types names '{Shown.Short(type)}'; there are {WebhookTypes.All}, {string.Join(", ", WebhookTypes.Waits)}, {string.Join(", ", EventTypes.All)}.");

    /// <summary>The stored one as a body: the default list stays the default, and the secret stays where it is.</summary>
    private static WebhookBody BodyOf(Webhook it) => new()
    {
        Id = it.Id.Value,
        Url = it.Url.AbsoluteUri,
        Enabled = it.Enabled,
        Types = it.Types is { } types ? [.. types] : null,
        Locations = [.. it.Locations.Select(l => l.Value)],
    };

    private static WebhookInfo Of(WebhookStatus it) => new(
        it.Webhook.Id.Value, it.Webhook.Url.AbsoluteUri, it.Webhook.Enabled, [.. it.Webhook.EffectiveTypes], [.. it.Webhook.Locations.Select(l => l.Value)], HasSecret: true,
        !it.Webhook.Enabled ? "disabled" : it.Progress.Failures > 0 ? "failing" : "ok",
        it.Progress.Position, it.Progress.TakenId, it.Progress.TakenAt, it.Progress.Failures, it.Progress.FailingSince, it.Progress.Problem, it.Progress.NextTryAt);
}
