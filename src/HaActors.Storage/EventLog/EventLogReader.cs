using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using LinqToDB;
using LinqToDB.Async;

namespace HaActors.Storage.EventLog;

/// <summary>What of the event log to read. All conditions hold together; null means any.</summary>
/// <param name="Types">Any of these; null or empty means all.</param>
/// <param name="Since">From this time on, inclusive.</param>
/// <param name="Until">Up to this time, exclusive.</param>
/// <param name="After">Only ids above this one.</param>
/// <param name="Limit">1 to 1000, default 100; what is outside is brought inside.</param>
public sealed record EventQuery(
    ImmutableArray<string>? Types = null, LocationId? Location = null, HypervisorId? Hypervisor = null, InstanceId? Instance = null, IncidentId? Incident = null,
    DateTimeOffset? Since = null, DateTimeOffset? Until = null, long? After = null, int Limit = EventQuery.DefaultLimit)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;
}

/// <summary>Reads the event log, oldest first.</summary>
public sealed partial class EventLogReader(Database database)
{
    public async Task<ImmutableArray<LoggedEvent>> ReadAsync(EventQuery query, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            IQueryable<EventRow> rows = db.GetTable<EventRow>();
            if (query.Types is { IsDefaultOrEmpty: false } types && types.ToArray() is var names)
                rows = rows.Where(e => names.Contains(e.Type));
            if (query.Location is { Value: var location })
                rows = rows.Where(e => e.LocationId == location);
            if (query.Hypervisor is { Value: var hypervisor })
                rows = rows.Where(e => e.HypervisorId == hypervisor);
            if (query.Instance is { Value: var instance })
                rows = rows.Where(e => e.InstanceId == instance);
            if (query.Incident is { Value: var incident })
                rows = rows.Where(e => e.IncidentId == incident);
            if (query.Since is { } since && Times.ToText(since) is var from)
                rows = rows.Where(e => string.Compare(e.At, from) >= 0);
            if (query.Until is { } until && Times.ToText(until) is var to)
                rows = rows.Where(e => string.Compare(e.At, to) < 0);
            if (query.After is { } after)
                rows = rows.Where(e => e.Id > after);
            var found = await rows.OrderBy(e => e.Id).Take(Math.Clamp(query.Limit, 1, EventQuery.MaxLimit)).ToListAsync(stopping).ConfigureAwait(false);
            return [.. found.Select(e => e.ToEvent())];
        }
    }

    /// <summary>The highest id, 0 when the log is empty: where a live reader begins.</summary>
    public async Task<long> LastIdAsync(CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            return await db.GetTable<EventRow>().MaxAsync(e => (long?)e.Id, stopping).ConfigureAwait(false) ?? 0;
        }
    }
}
