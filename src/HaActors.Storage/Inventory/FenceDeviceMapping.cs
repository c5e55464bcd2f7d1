using System.Collections.Immutable;
using System.Text.Json;
using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Storage.Inventory;

/// <summary>Fence devices to rows and back. What differs between their kinds lies in one column as JSON, so that a new kind needs no new columns.</summary>
internal sealed class FenceDeviceMapping(Func<Secret, string> close, Func<string, string, string, Secret> open)
{
    private const string Ipmi = "ipmi";
    private const string Redfish = "redfish";
    private const string Agent = "agent";
    private const string Executable = "executable";

    internal IEnumerable<FenceDeviceRow> Of(Hypervisor it) => it.FenceDevices.Select((device, position) =>
    {
        var (type, settings, password) = Parts(device);
        return new FenceDeviceRow
        {
            HypervisorId = it.Id.Value,
            Position = position,
            Level = device.Level,
            Type = type,
            Key = device.Key,
            BmcHost = device.Bmc?.Host,
            Settings = settings,
            Password = password is null ? null : close(password),
        };
    });

    internal FenceDevice Of(FenceDeviceRow row)
    {
        var password = row.Password is null ? null : open(row.Password, row.HypervisorId, $"password of the fence device {row.Key}");
        FenceDevice device = row.Type switch
        {
            Ipmi when Read<IpmiSettings>(row) is var s => new IpmiDevice(s.Host, s.Port, s.Username, password ?? Secret.None, s.CipherSuite),
            Redfish when Read<RedfishSettings>(row) is var s => new RedfishDevice(new Uri(s.Url), s.Username, password ?? Secret.None, s.SystemId, s.CertificateSha256),
            Agent when Read<AgentSettings>(row) is var s => new FenceAgentDevice(s.Agent, s.Options.ToImmutableSortedDictionary(StringComparer.Ordinal), password) { PasswordOption = s.PasswordOption },
            Executable when Read<ExecutableSettings>(row) is var s => new ExecutableDevice(s.Path, s.Arguments, password),
            _ => throw new InvalidOperationException($"The fence device {row.Key} of {row.HypervisorId} is of the kind '{row.Type}', which this version does not know; was it written by a newer one?"),
        };
        return device with { Level = row.Level };
    }

    /// <summary>Without its password.</summary>
    internal FenceDevice WithoutPassword(FenceDeviceRow row) => Of(new FenceDeviceRow
    {
        HypervisorId = row.HypervisorId,
        Position = row.Position,
        Level = row.Level,
        Type = row.Type,
        Key = row.Key,
        Settings = row.Settings,
    });

    private static (string Type, string Settings, Secret? Password) Parts(FenceDevice device) => device switch
    {
        IpmiDevice d => (Ipmi, JsonSerializer.Serialize(new IpmiSettings(d.Host, d.Port, d.Username, d.CipherSuite)), d.Password),
        RedfishDevice d => (Redfish, JsonSerializer.Serialize(new RedfishSettings(d.Url.OriginalString, d.Username, d.SystemId, d.CertificateSha256)), d.Password),
        FenceAgentDevice d => (Agent, JsonSerializer.Serialize(new AgentSettings(d.Agent, new(d.Options, StringComparer.Ordinal), d.PasswordOption)), d.Password),
        ExecutableDevice d => (Executable, JsonSerializer.Serialize(new ExecutableSettings(d.Path, d.Arguments.IsDefault ? [] : d.Arguments)), d.Password),
        _ => throw new InvalidOperationException($"{device.GetType().Name} can't be stored."),
    };

    private static T Read<T>(FenceDeviceRow row) => JsonSerializer.Deserialize<T>(row.Settings) ?? throw new InvalidOperationException($"The fence device {row.Key} of {row.HypervisorId} has no settings.");

    private sealed record IpmiSettings(string Host, int Port, string Username, int? CipherSuite);

    private sealed record RedfishSettings(string Url, string Username, string? SystemId, string? CertificateSha256);

    private sealed record AgentSettings(string Agent, SortedDictionary<string, string> Options, string PasswordOption);

    private sealed record ExecutableSettings(string Path, ImmutableArray<string> Arguments);
}
