using System.Collections.Immutable;
using System.Text.Json.Nodes;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Master.Http;

/// <summary>
/// Fence devices as they are entered and shown. There is one list; <c>ipmi</c> is its IPMI device of level 1, by another name. A body says either: <c>fenceDevices</c> is the
/// whole list, <c>ipmi</c> is that one device and leaves the others.
/// </summary>
internal static class FenceDeviceEntries
{
    private const string Code = "invalid-fence-device";
    private static readonly string[] Types = ["ipmi", "redfish", "agent", "executable"];

    /// <summary>From a whole body.</summary>
    internal static ImmutableArray<FenceDevice> Of(HypervisorBody body, Hypervisor? old)
    {
        if (body is { Ipmi: not null, FenceDevices: not null })
            throw Both();
        if (body.FenceDevices is { } listed)
            return Listed(listed, old);
        return body.Ipmi is null ? [] : [Ipmi(body.Ipmi, old?.Ipmi)];
    }

    /// <summary>From a patch, whose merged body holds both forms.</summary>
    internal static ImmutableArray<FenceDevice> Patched(HypervisorBody merged, JsonObject patch, Hypervisor old)
    {
        var (list, ipmi) = (patch.ContainsKey("fenceDevices"), patch.ContainsKey("ipmi"));
        if (list && ipmi)
            throw Both();
        if (list)
            return merged.FenceDevices is { } listed ? Listed(listed, old) : [];
        return ipmi ? (old with { Ipmi = merged.Ipmi is null ? null : Ipmi(merged.Ipmi, old.Ipmi) }).FenceDevices : old.FenceDevices;
    }

    internal static FenceDeviceBody BodyOf(FenceDevice device) => device switch
    {
        IpmiDevice d => new() { Type = "ipmi", Level = d.Level, Host = d.Host, Port = d.Port, Username = d.Username, CipherSuite = d.CipherSuite },
        RedfishDevice d => new() { Type = "redfish", Level = d.Level, Url = d.Url.OriginalString, Username = d.Username, SystemId = d.SystemId, CertificateSha256 = d.CertificateSha256 },
        FenceAgentDevice d => new() { Type = "agent", Level = d.Level, Agent = d.Agent, Options = d.Options, PasswordOption = d.PasswordOption },
        ExecutableDevice d => new() { Type = "executable", Level = d.Level, Path = d.Path, Arguments = d.Arguments.IsDefault ? [] : d.Arguments },
        _ => throw new InvalidOperationException($"{device.GetType().Name} can't be shown."),
    };

    internal static Secret? PasswordOf(FenceDevice device) => device switch
    {
        IpmiDevice d => d.Password,
        RedfishDevice d => d.Password,
        FenceAgentDevice d => d.Password,
        ExecutableDevice d => d.Password,
        _ => null,
    };

    private static Refusal Both() =>
        Refusal.Bad("invalid-fence-device", "The body names both 'ipmi' and 'fenceDevices'. They are one list, of which 'ipmi' is the IPMI device of level 1: send either the whole list as 'fenceDevices', or that one device as 'ipmi'.");

    private static ImmutableArray<FenceDevice> Listed(IReadOnlyList<FenceDeviceBody> listed, Hypervisor? old) =>
        Hypervisor.InOrder(listed.Select((body, n) => Device(body, $"fenceDevices[{n}]", old)));

    private static FenceDevice Device(FenceDeviceBody body, string at, Hypervisor? old)
    {
        FenceDevice device = body.Type switch
        {
            "ipmi" when Only(body, at, "host", "port", "username", "cipherSuite") =>
                new IpmiDevice(Needed(body.Host, $"{at}.host"), body.Port ?? 623, Needed(body.Username, $"{at}.username"), Secret.None, body.CipherSuite),
            "redfish" when Only(body, at, "url", "username", "systemId", "certificateSha256") =>
                new RedfishDevice(Url(Needed(body.Url, $"{at}.url"), at), Needed(body.Username, $"{at}.username"), Secret.None, body.SystemId, body.CertificateSha256),
            "agent" when Only(body, at, "agent", "options", "passwordOption") =>
                new FenceAgentDevice(Needed(body.Agent, $"{at}.agent"), (body.Options ?? ImmutableSortedDictionary<string, string>.Empty).ToImmutableSortedDictionary(StringComparer.Ordinal), null)
                {
                    PasswordOption = body.PasswordOption ?? "password",
                },
            "executable" when Only(body, at, "path", "arguments") => new ExecutableDevice(Needed(body.Path, $"{at}.path"), [.. body.Arguments ?? []], null),
            _ => throw Refusal.Bad(Code, $"{at}.type is '{Shown.Short(body.Type)}'; it must be one of {string.Join(", ", Types)}."),
        };
        device = device with { Level = body.Level };
        // A secret that is left out is the one that is kept for the device at this address.
        var kept = old?.FenceDevices.FirstOrDefault(d => d.GetType() == device.GetType() && d.Key == device.Key);
        var password = body.Password is { } entered ? new Secret(entered) : kept is null ? null : PasswordOf(kept);
        return device switch
        {
            IpmiDevice d => d with { Password = password ?? throw Missing(at) },
            RedfishDevice d => d with { Password = password ?? throw Missing(at) },
            FenceAgentDevice d => d with { Password = password is { IsEmpty: true } ? null : password },
            ExecutableDevice d => d with { Password = password is { IsEmpty: true } ? null : password },
            _ => device,
        };
    }

    /// <summary>A member of another kind is a mistake, not something to forget in silence.</summary>
    private static bool Only(FenceDeviceBody body, string at, params string[] members)
    {
        var given = new (string Name, bool Given)[]
        {
            ("host", body.Host is not null), ("port", body.Port is not null), ("username", body.Username is not null), ("cipherSuite", body.CipherSuite is not null),
            ("url", body.Url is not null), ("systemId", body.SystemId is not null), ("certificateSha256", body.CertificateSha256 is not null),
            ("agent", body.Agent is not null), ("options", body.Options is not null), ("passwordOption", body.PasswordOption is not null), ("path", body.Path is not null), ("arguments", body.Arguments is not null),
        };
        return given.FirstOrDefault(g => g.Given && !members.Contains(g.Name)) is { Name: { } wrong }
            ? throw Refusal.Bad(Code, $"{at}.{wrong} is no member of a device of type {body.Type}; it has {string.Join(", ", members)}, level and password.")
            : true;
    }

    private static Uri Url(string text, string at) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) ? url : throw Refusal.Bad(Code, $"{at}.url is '{Shown.Short(text)}'; it must be absolute, e.g. https://10.0.0.11.");

    private static Refusal Missing(string at) => Refusal.Bad(Code, $"{at}.password is missing; send the user's password (\"\" if it really has none).");

    private static IpmiDevice Ipmi(IpmiBody body, IpmiDevice? old)
    {
        var password = body.Password is { } entered ? new Secret(entered)
            : old?.Password ?? throw Refusal.Bad("invalid-ipmi", "ipmi.password is missing; send the BMC user's password (\"\" if it really has none).");
        return new(Needed(body.Host, "ipmi.host"), body.Port, Needed(body.Username, "ipmi.username"), password, body.CipherSuite);
    }

    private static string Needed(string? value, string name) =>
        string.IsNullOrWhiteSpace(value) ? throw Refusal.Bad("missing-member", $"'{name}' is missing or empty; it is needed.") : value;
}
