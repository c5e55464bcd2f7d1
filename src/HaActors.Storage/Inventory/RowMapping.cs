using System.Collections.Immutable;
using System.Text.Json;
using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Storage.Inventory;

/// <summary>Rows to domain records and back. Secrets are protected on the way in and opened on the way out.</summary>
internal sealed class RowMapping(ISecretProtector protector)
{
    internal static Location Of(LocationRow row) =>
        new(new(row.Id), row.Name, row.HaEnabled, row.FailureThreshold, row.EvacuationEnabled, row.InstancesHaEnabled, row.ObserveOnly,
            row.PowerOnAfterEvacuation, TimeSpan.FromSeconds(row.CrashDumpWaitSeconds));

    internal static LocationRow Of(Location it) => new()
    {
        Id = it.Id.Value,
        Name = it.Name,
        HaEnabled = it.HaEnabled,
        FailureThreshold = it.FailureThreshold,
        EvacuationEnabled = it.EvacuationEnabled,
        InstancesHaEnabled = it.InstancesHaEnabled,
        ObserveOnly = it.ObserveOnly,
        PowerOnAfterEvacuation = it.PowerOnAfterEvacuation,
        CrashDumpWaitSeconds = (int)it.CrashDumpWait.TotalSeconds,
    };

    internal static HypervisorGroup Of(GroupRow row) =>
        new(new(row.Id), row.Name, new(row.LocationId), row.HaEnabled, row.FailureThreshold, row.EvacuationEnabled, row.ObserveOnly,
            row.PowerOnAfterEvacuation, row.CrashDumpWaitSeconds is { } wait ? TimeSpan.FromSeconds(wait) : null);

    internal static GroupRow Of(HypervisorGroup it) => new()
    {
        Id = it.Id.Value,
        Name = it.Name,
        LocationId = it.LocationId.Value,
        HaEnabled = it.HaEnabled,
        FailureThreshold = it.FailureThreshold,
        EvacuationEnabled = it.EvacuationEnabled,
        ObserveOnly = it.ObserveOnly,
        PowerOnAfterEvacuation = it.PowerOnAfterEvacuation,
        CrashDumpWaitSeconds = (int?)it.CrashDumpWait?.TotalSeconds,
    };

    private FenceDeviceMapping Devices => field ??= new(Close, Open);

    /// <param name="devices">Its own rows, or those of others too.</param>
    internal Hypervisor Of(HypervisorRow row, IEnumerable<FenceDeviceRow> devices) => new(
        new(row.Id), row.Name, new(row.LocationId), row.GroupId is null ? null : new GroupId(row.GroupId), row.Address,
        new AgentEndpoint(new Uri(row.AgentUrl), Open(row.AgentToken, row.Id, "agent token")),
        [.. devices.Where(d => d.HypervisorId == row.Id).OrderBy(d => d.Position).Select(Devices.Of)]);

    internal IEnumerable<FenceDeviceRow> DevicesOf(Hypervisor it) => Devices.Of(it);

    /// <summary>Where it is, whatever its password.</summary>
    internal BmcPlace? BmcOf(FenceDeviceRow row) => Devices.WithoutPassword(row).Bmc;

    internal HypervisorRow Of(Hypervisor it) => new()
    {
        Id = it.Id.Value,
        Name = it.Name,
        LocationId = it.LocationId.Value,
        GroupId = it.GroupId?.Value,
        Address = it.Address,
        AgentUrl = it.Agent.Url.AbsoluteUri,
        AgentKey = AgentKey(it.Agent.Url),
        AgentToken = Close(it.Agent.Token),
    };

    internal static Instance Of(InstanceRow row) => new(
        new(row.Id), row.Name, new(row.HypervisorId), Enum.Parse<InstanceState>(row.State), row.UserStopped, row.HaEnabled, row.MaxRestartAttempts, row.Priority,
        row.Vcpus, row.MemoryMiB, Disks(row.Disks), row.Epoch);

    internal static string Disks(ImmutableArray<InstanceDisk> disks) => JsonSerializer.Serialize(disks.IsDefault ? [] : disks);

    private static ImmutableArray<InstanceDisk> Disks(string text) => text == "[]" ? [] : JsonSerializer.Deserialize<ImmutableArray<InstanceDisk>>(text);

    internal static string AgentKey(Uri url) => url.AbsoluteUri.TrimEnd('/').ToLowerInvariant();

    private string Close(Secret secret) => secret.IsEmpty ? "" : protector.Protect(secret.Reveal());

    private Secret Open(string text, string hypervisor, string what)
    {
        if (text.Length == 0)
            return Secret.None;
        try
        {
            return new Secret(protector.Unprotect(text));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new SecretUnreadableException($"The {what} of {hypervisor} can't be decrypted: the key ring in the data directory is not the one it was stored with. Restore that key ring, or enter the secret again.", e);
        }
    }
}

/// <summary>A stored secret can't be opened with the key ring at hand.</summary>
public sealed class SecretUnreadableException(string message, Exception inner) : Exception(message, inner);
