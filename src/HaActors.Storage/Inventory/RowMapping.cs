using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Storage.Inventory;

/// <summary>Rows to domain records and back. Secrets are protected on the way in and opened on the way out.</summary>
internal sealed class RowMapping(ISecretProtector protector)
{
    internal static Location Of(LocationRow row) =>
        new(new(row.Id), row.Name, row.HaEnabled, row.FailureThreshold, row.EvacuationEnabled, row.InstancesHaEnabled, row.ObserveOnly);

    internal static LocationRow Of(Location it) => new()
    {
        Id = it.Id.Value,
        Name = it.Name,
        HaEnabled = it.HaEnabled,
        FailureThreshold = it.FailureThreshold,
        EvacuationEnabled = it.EvacuationEnabled,
        InstancesHaEnabled = it.InstancesHaEnabled,
        ObserveOnly = it.ObserveOnly,
    };

    internal static HypervisorGroup Of(GroupRow row) =>
        new(new(row.Id), row.Name, new(row.LocationId), row.HaEnabled, row.FailureThreshold, row.EvacuationEnabled, row.ObserveOnly);

    internal static GroupRow Of(HypervisorGroup it) => new()
    {
        Id = it.Id.Value,
        Name = it.Name,
        LocationId = it.LocationId.Value,
        HaEnabled = it.HaEnabled,
        FailureThreshold = it.FailureThreshold,
        EvacuationEnabled = it.EvacuationEnabled,
        ObserveOnly = it.ObserveOnly,
    };

    internal Hypervisor Of(HypervisorRow row) => new(
        new(row.Id), row.Name, new(row.LocationId), row.GroupId is null ? null : new GroupId(row.GroupId), row.Address,
        new AgentEndpoint(new Uri(row.AgentUrl), Open(row.AgentToken, row.Id, "agent token")),
        row.IpmiHost is null
            ? null
            : new IpmiDevice(row.IpmiHost, row.IpmiPort ?? 623, row.IpmiUsername ?? "", Open(row.IpmiPassword ?? "", row.Id, "IPMI password"), row.IpmiCipherSuite));

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
        IpmiHost = it.Ipmi?.Host,
        IpmiPort = it.Ipmi?.Port,
        IpmiUsername = it.Ipmi?.Username,
        IpmiPassword = it.Ipmi is { } d ? Close(d.Password) : null,
        IpmiCipherSuite = it.Ipmi?.CipherSuite,
        BmcKey = it.Ipmi is { } device ? BmcKey(device) : null,
    };

    internal static Instance Of(InstanceRow row) => new(
        new(row.Id), row.Name, new(row.HypervisorId), Enum.Parse<InstanceState>(row.State), row.UserStopped, row.HaEnabled, row.MaxRestartAttempts, row.Priority,
        row.Vcpus, row.MemoryMiB, Disks(row.Disks), row.Epoch);

    internal static string Disks(ImmutableArray<InstanceDisk> disks) => JsonSerializer.Serialize(disks.IsDefault ? [] : disks);

    private static ImmutableArray<InstanceDisk> Disks(string text) => text == "[]" ? [] : JsonSerializer.Deserialize<ImmutableArray<InstanceDisk>>(text);

    /// <summary>Two hypervisors behind one BMC address would cut each other's power, so the address is compared as the network reads it.</summary>
    internal static string BmcKey(IpmiDevice device) => $"{HostKey(device.Host)}:{device.Port}";

    internal static string AgentKey(Uri url) => url.AbsoluteUri.TrimEnd('/').ToLowerInvariant();

    private static string HostKey(string host)
    {
        var bare = host.Trim().TrimEnd('.').ToLowerInvariant();
        return bare.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(bare, out var v6) ? $"[{v6}]" : bare;
    }

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
