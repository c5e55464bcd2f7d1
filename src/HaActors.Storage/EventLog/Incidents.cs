using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using LinqToDB;
using LinqToDB.Async;

namespace HaActors.Storage.EventLog;

/// <summary>One failure in short, read from its lines in the event log.</summary>
/// <param name="StartedAt">Time of its first line, <c>hypervisor_down</c>.</param>
/// <param name="FencedAt">Time of <c>hypervisor_fenced</c>; null while it is not proved off.</param>
/// <param name="CompletedAt">Time of <c>evacuation_completed</c>; null while an instance has no end.</param>
/// <param name="Evacuated">Instances started elsewhere.</param>
/// <param name="LastAt">Time of its newest line.</param>
public sealed record IncidentSummary(
    IncidentId Id, HypervisorId? Hypervisor, LocationId? Location, DateTimeOffset StartedAt, DateTimeOffset? FencedAt, DateTimeOffset? CompletedAt, int Evacuated,
    DateTimeOffset LastAt, string LastMessage);

/// <summary>One failure as a time line.</summary>
/// <param name="Instances">The newest line of each instance in it: its end, or what it waits for.</param>
public sealed record IncidentTimeline(IncidentSummary Summary, ImmutableArray<LoggedEvent> Events, ImmutableSortedDictionary<InstanceId, LoggedEvent> Instances);

/// <content>Incidents: nothing is stored for them but their lines.</content>
public sealed partial class EventLogReader
{
    /// <summary>Newest first.</summary>
    /// <param name="limit">1 to 1000.</param>
    public async Task<ImmutableArray<IncidentSummary>> ListIncidentsAsync(HypervisorId? hypervisor, LocationId? location, int limit, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var openings = db.GetTable<EventRow>().Where(e => e.IncidentId != null && e.Type == LogTypes.HypervisorDown);
            if (hypervisor is { Value: var h })
                openings = openings.Where(e => e.HypervisorId == h);
            if (location is { Value: var l })
                openings = openings.Where(e => e.LocationId == l);
            var ids = await openings.OrderByDescending(e => e.Id).Take(Math.Clamp(limit, 1, EventQuery.MaxLimit)).Select(e => e.IncidentId!).ToListAsync(stopping).ConfigureAwait(false);
            var rows = await db.GetTable<EventRow>().Where(e => ids.Contains(e.IncidentId!)).OrderBy(e => e.Id).ToListAsync(stopping).ConfigureAwait(false);
            var byIncident = rows.ToLookup(e => e.IncidentId!, StringComparer.Ordinal);
            return [.. ids.Distinct(StringComparer.Ordinal).Select(id => Summary(id, [.. byIncident[id].Select(e => e.ToEvent())]))];
        }
    }

    /// <summary>All lines of one incident, oldest first; null if there is none of that id.</summary>
    public async Task<IncidentTimeline?> ReadIncidentAsync(IncidentId id, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            var rows = await db.GetTable<EventRow>().Where(e => e.IncidentId == id.Value).OrderBy(e => e.Id).ToListAsync(stopping).ConfigureAwait(false);
            if (rows.Count == 0)
                return null;
            ImmutableArray<LoggedEvent> events = [.. rows.Select(e => e.ToEvent())];
            var instances = events.Where(e => e.Entry.Instance is not null).GroupBy(e => e.Entry.Instance!.Value).ToImmutableSortedDictionary(g => g.Key, g => g.Last());
            return new(Summary(id.Value, events), events, instances);
        }
    }

    private static IncidentSummary Summary(string id, ImmutableArray<LoggedEvent> events)
    {
        var first = events.FirstOrDefault(e => e.Entry.Type == LogTypes.HypervisorDown) ?? events[0];
        var evacuated = events.Where(e => e.Entry.Type == LogTypes.InstanceEvacuated).Select(e => e.Entry.Instance).Distinct().Count();
        var last = events[^1].Entry;
        return new(
            new(id), first.Entry.Hypervisor, first.Entry.Location, first.Entry.At, LastAt(events, LogTypes.HypervisorFenced), LastAt(events, LogTypes.EvacuationCompleted),
            evacuated, last.At, last.Message);
    }

    private static DateTimeOffset? LastAt(ImmutableArray<LoggedEvent> events, string type) => events.LastOrDefault(e => e.Entry.Type == type)?.Entry.At;
}
