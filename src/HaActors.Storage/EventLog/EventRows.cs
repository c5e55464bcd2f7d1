using HaActors.Domain.EventLog;
using LinqToDB.Mapping;

namespace HaActors.Storage.EventLog;

[Table("ha_events")]
internal sealed class EventRow
{
    [Column("id"), PrimaryKey, Identity] public long Id { get; init; }
    [Column("at")] public required string At { get; init; }
    [Column("type")] public required string Type { get; init; }
    [Column("location_id")] public string? LocationId { get; init; }
    [Column("hypervisor_id")] public string? HypervisorId { get; init; }
    [Column("instance_id")] public string? InstanceId { get; init; }
    [Column("incident_id")] public string? IncidentId { get; init; }
    [Column("message")] public required string Message { get; init; }
    [Column("data")] public required string Data { get; init; }

    /// <summary>Where it comes from: <c>journal:ordering:index</c> or <c>change:id</c>; unique, so nothing is told twice.</summary>
    [Column("source")] public required string Source { get; init; }

    internal static EventRow Of(LogEntry it, string source) => new()
    {
        At = Times.ToText(it.At),
        Type = it.Type,
        LocationId = it.Location?.Value,
        HypervisorId = it.Hypervisor?.Value,
        InstanceId = it.Instance?.Value,
        IncidentId = it.Incident?.Value,
        Message = it.Message,
        Data = DataText.ToText(it.Data),
        Source = source,
    };

    internal LoggedEvent ToEvent() => new(Id, new LogEntry(
        Times.FromText(At), Type, LocationId is null ? null : new(LocationId), HypervisorId is null ? null : new(HypervisorId),
        InstanceId is null ? null : new(InstanceId), IncidentId is null ? null : new(IncidentId), Message, DataText.FromText(Data)));
}

[Table("ha_events_offset")]
internal sealed class OffsetRow
{
    internal const string Journal = "journal";

    [Column("name"), PrimaryKey] public required string Name { get; init; }
    [Column("position")] public long Position { get; init; }
}
