using System.Collections.Immutable;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;

namespace HaActors.Domain.Ports;

/// <summary>Calls a webhook's receiver. Has its own deadline; never throws, except for its own cancellation.</summary>
public interface IWebhookSender
{
    /// <summary>Sends one line of the log. The receiver may get it although the answer says that it failed.</summary>
    Task<CallAnswer> SendAsync(Webhook webhook, LoggedEvent line, CancellationToken stopping);
}

/// <summary>The registered webhooks with their progress, and the event log as they read it. Throws when the database is away.</summary>
/// <remarks>
/// A webhook's revision grows at each change of it, an operator's and a step's. Whoever holds an older one writes nothing and reads it anew: so two notifiers
/// (one of them about to end) do not undo each other, and a change takes effect at once.
/// </remarks>
public interface IWebhookStore
{
    Task<ImmutableArray<WebhookId>> EnabledAsync(CancellationToken stopping);

    /// <summary>One with its secret, enabled or not; null: there is none.</summary>
    Task<StoredWebhook?> LoadAsync(WebhookId id, CancellationToken stopping);

    /// <summary>Lines after this id, oldest first; null: the webhook has another revision, or is gone.</summary>
    /// <param name="limit">1 to 1000.</param>
    Task<ImmutableArray<LoggedEvent>?> ReadAsync(WebhookId id, long revision, long after, int limit, CancellationToken stopping);

    /// <summary>Keeps a step and tells the log of it in one transaction. The new revision; null: it was another one, and nothing was written.</summary>
    Task<long?> SaveAsync(WebhookId id, long revision, WebhookStep step, CancellationToken stopping);
}

/// <summary>A webhook as it is stored.</summary>
public sealed record StoredWebhook(Webhook Webhook, long Revision, WebhookProgress Progress);
