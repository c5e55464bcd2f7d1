using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using LinqToDB;
using LinqToDB.Data;

namespace HaActors.Storage.Inventory;

/// <summary>Writes the line of the event log into the transaction of the change that it tells: neither exists without the other.</summary>
internal static class Outbox
{
    internal static Task ChangedAsync(
        DataConnection db, OperatorChange by, string what, LocationId? location, HypervisorId? hypervisor, InstanceId? instance, CancellationToken stopping)
    {
        var data = ImmutableSortedDictionary<string, string>.Empty.Add("who", by.Who).Add("what", what);
        if (by.Reason is { } reason)
            data = data.Add("reason", reason);
        var message = $"{by.Who}: {what}{(by.Reason is null ? "" : $" ({by.Reason})")}.";
        return WriteAsync(db, new LogEntry(by.At, LogTypes.InventoryChanged, location, hypervisor, instance, null, message, data), stopping);
    }

    internal static Task WriteAsync(DataConnection db, LogEntry entry, CancellationToken stopping) => db.InsertAsync(
        new ChangeRow
        {
            At = Times.ToText(entry.At),
            Type = entry.Type,
            LocationId = entry.Location?.Value,
            HypervisorId = entry.Hypervisor?.Value,
            InstanceId = entry.Instance?.Value,
            Message = entry.Message,
            Data = DataText.ToText(entry.Data),
        },
        token: stopping);
}
