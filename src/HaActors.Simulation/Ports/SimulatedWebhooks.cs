using System.Collections.Immutable;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;
using HaActors.Domain.Ports;

namespace HaActors.Simulation.Ports;

/// <summary>The table of the webhooks in memory, beside the event log that they read. It survives every master.</summary>
public sealed class SimulatedWebhooks(SimulatedEventLog log, SimulatedInventory inventory) : IWebhookStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<WebhookId, StoredWebhook> _rows = [];

    /// <summary>True: every call throws <see cref="SimulatedDatabaseAwayException"/>.</summary>
    public bool Away { get; set; }

    /// <summary>The rows now, also while the database is away.</summary>
    public ImmutableArray<StoredWebhook> Rows
    {
        get { lock (_gate) return [.. _rows.Values]; }
    }

    /// <summary>The table as it is now; <see cref="Restore"/> puts it back.</summary>
    public object Backup()
    {
        lock (_gate) return _rows.ToArray();
    }

    public void Restore(object backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        lock (_gate)
        {
            _rows.Clear();
            foreach (var (id, row) in (KeyValuePair<WebhookId, StoredWebhook>[])backup) _rows[id] = row;
        }
    }

    /// <summary>An operator registers or changes one. A new one, and one that was or is disabled, begins with what comes from now on.</summary>
    public void Put(Webhook webhook)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        lock (_gate)
        {
            var now = log.Entries.Length;
            _rows[webhook.Id] = _rows.TryGetValue(webhook.Id, out var old)
                ? new StoredWebhook(webhook, old.Revision + 1, old.Webhook.Enabled && webhook.Enabled ? old.Progress : new WebhookProgress(now))
                : new StoredWebhook(webhook, 1, new WebhookProgress(now));
        }
    }

    public Task<ImmutableArray<WebhookId>> EnabledAsync(CancellationToken stopping) => Serve<ImmutableArray<WebhookId>>(() => [.. _rows.Values.Where(r => r.Webhook.Enabled).Select(r => r.Webhook.Id)]);

    public Task<StoredWebhook?> LoadAsync(WebhookId id, CancellationToken stopping) => Serve(() => _rows.GetValueOrDefault(id));

    public Task<ImmutableArray<LoggedEvent>?> ReadAsync(WebhookId id, long revision, long after, int limit, CancellationToken stopping) => Serve<ImmutableArray<LoggedEvent>?>(() =>
        _rows.TryGetValue(id, out var row) && row.Revision == revision
            ? [.. log.Entries.Select((e, i) => new LoggedEvent(i + 1, e)).Skip((int)after).Take(limit)]
            : null);

    public Task<long?> SaveAsync(WebhookId id, long revision, WebhookStep step, CancellationToken stopping) => Serve<long?>(() =>
    {
        ArgumentNullException.ThrowIfNull(step);
        if (!_rows.TryGetValue(id, out var row) || row.Revision != revision) return null;
        _rows[id] = row with { Revision = revision + 1, Progress = step.Progress };
        foreach (var entry in step.Told) inventory.Change(r => r, entry);
        return revision + 1;
    });

    private Task<T> Serve<T>(Func<T> work)
    {
        if (Away) return Task.FromException<T>(new SimulatedDatabaseAwayException());
        lock (_gate) return Task.FromResult(work());
    }
}
