using System.Collections.Immutable;
using System.Text.Json;
using HaActors.AgentApi;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using Wire = HaActors.AgentApi.InstanceState;

namespace HaActors.Adapters.Hypervisors;

/// <summary>An agent's answers as domain types; null where one can't be relied on.</summary>
/// <remarks>
/// A member that is missing would read as false, zero or shut off, and each of these could start a second copy. So what a decision rests on must be there.
/// </remarks>
internal static class AnswerReading
{
    internal static HostFacts? Host(JsonElement root)
    {
        if (!HasAll(root, "hypervisorUuid", "bootId", "memoryMiB", "vcpus", "protected", "cleared", "floorsKnown")) return null;
        if (root.Deserialize(AgentJson.Default.HostAnswer) is not { HypervisorUuid.Length: > 0, BootId.Length: > 0 } host) return null;
        if ((host.Datastores ?? []).Any(d => d is not { Uuid.Length: > 0, Path: not null })) return null;
        return new HostFacts(
            host.HypervisorUuid, host.BootId, host.MemoryMiB, host.Vcpus, host.Protected, host.Cleared, host.FloorsKnown,
            [.. (host.Datastores ?? []).Select(d => new DatastoreFacts(new DatastoreId(d.Uuid), d.Path, d.FreeMiB, (d.Nonces ?? ImmutableDictionary<string, string>.Empty).ToImmutableDictionary()))],
            [.. (host.Warnings ?? []).Where(w => w is not null)]);
    }

    internal static InstanceReport? Instances(JsonElement root)
    {
        if (!HasAll(root, "hypervisorUuid", "bootId", "version", "instances") || root.GetProperty("instances").ValueKind != JsonValueKind.Array) return null;
        foreach (var instance in root.GetProperty("instances").EnumerateArray())
            if (instance.ValueKind != JsonValueKind.Object || !HasAll(instance, "uuid", "name", "state", "definition", "managed", "epoch", "userStopped")) return null;
        if (root.Deserialize(AgentJson.Default.InstanceList) is not { HypervisorUuid.Length: > 0, BootId.Length: > 0, Version: not null, Instances: { } list } answer) return null;
        if (list.Any(i => i is not { Uuid.Length: > 0, Name: not null, Definition: not null } || (i.Disks ?? []).Any(d => d is not { Target: not null, Source: not null }))) return null;
        var report = new InstanceReport(answer.HypervisorUuid, answer.BootId, answer.Version, [.. list.Select(Of)]);
        return report.Instances.DistinctBy(i => i.Id).Count() == report.Instances.Length ? report : null;
    }

    /// <summary>Only an answer about this instance and this epoch is one.</summary>
    internal static RunReport? Run(JsonElement root, InstanceId instance, long epoch) =>
        HasAll(root, "uuid", "state", "epoch", "already")
        && root.Deserialize(AgentJson.Default.RunAnswer) is { } answer
        && string.Equals(answer.Uuid, instance.Value, StringComparison.OrdinalIgnoreCase) && answer.Epoch == epoch
            ? new RunReport(StateOf(answer.State), answer.Epoch, answer.Already)
            : null;

    /// <summary>A proof that it does not run there, so it must name the host and its boot, and cover the epoch that was asked for.</summary>
    internal static CancelReport? Cancel(JsonElement root, long epoch) =>
        HasAll(root, "hypervisorUuid", "bootId", "present", "refusedUpTo")
        && root.Deserialize(AgentJson.Default.CancelAnswer) is { HypervisorUuid.Length: > 0, BootId.Length: > 0 } answer && answer.RefusedUpTo >= epoch
            ? new CancelReport(answer.HypervisorUuid, answer.BootId, answer.Present, answer.RefusedUpTo)
            : null;

    /// <summary>Whatever is not surely shut off holds its disks: only <see cref="Wire.ShutOff"/> may be read so.</summary>
    internal static Domain.Inventory.InstanceState StateOf(Wire state) => state switch
    {
        Wire.ShutOff => Domain.Inventory.InstanceState.ShutOff,
        Wire.Running or Wire.ShuttingDown => Domain.Inventory.InstanceState.Running,
        Wire.Paused or Wire.Suspended or Wire.Crashed => Domain.Inventory.InstanceState.Paused,
        _ => Domain.Inventory.InstanceState.Unknown,
    };

    private static ReportedInstance Of(InstanceInfo i) => new(
        new InstanceId(i.Uuid.ToLowerInvariant()), i.Name, StateOf(i.State), i.UserStopped, i.Vcpus, i.MemoryMiB,
        [.. (i.Disks ?? []).Select(d => new InstanceDisk(d.Target, d.Source, d.DatastoreUuid is { Length: > 0 } uuid ? new DatastoreId(uuid) : null, d.SizeMiB))],
        i.Definition, i.Managed, i.Epoch, i.Transient);

    private static bool HasAll(JsonElement element, params ReadOnlySpan<string> members)
    {
        foreach (var member in members)
            if (!element.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null) return false;
        return true;
    }
}
