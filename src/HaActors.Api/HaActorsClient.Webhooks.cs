namespace HaActors.Api;

/// <content>Webhooks.</content>
public sealed partial class HaActorsClient
{
    public Task<IReadOnlyList<WebhookInfo>> WebhooksAsync(CancellationToken stopping = default) => GetAsync<IReadOnlyList<WebhookInfo>>("api/v1/webhooks", stopping);

    public Task<WebhookInfo> WebhookAsync(string id, CancellationToken stopping = default) => GetAsync<WebhookInfo>($"api/v1/webhooks/{Escaped(id)}", stopping);

    public Task<WebhookInfo> CreateWebhookAsync(WebhookBody webhook, CancellationToken stopping = default) => SendAsync<WebhookInfo>(HttpMethod.Post, "api/v1/webhooks", webhook, stopping);

    public Task<WebhookInfo> ReplaceWebhookAsync(string id, WebhookBody webhook, CancellationToken stopping = default) =>
        SendAsync<WebhookInfo>(HttpMethod.Put, $"api/v1/webhooks/{Escaped(id)}", webhook, stopping);

    public Task<WebhookInfo> PatchWebhookAsync(string id, object patch, CancellationToken stopping = default) => PatchAsync<WebhookInfo>($"api/v1/webhooks/{Escaped(id)}", patch, stopping);

    public Task DeleteWebhookAsync(string id, CancellationToken stopping = default) => DeleteAsync($"api/v1/webhooks/{Escaped(id)}", stopping);

    /// <summary>Calls the receiver now, also of a disabled one, and tells what it said.</summary>
    public Task<WebhookTest> TestWebhookAsync(string id, string? reason = null, CancellationToken stopping = default) =>
        SendAsync<WebhookTest>(HttpMethod.Post, $"api/v1/webhooks/{Escaped(id)}/test", new ReasonBody { Reason = reason }, stopping);
}
