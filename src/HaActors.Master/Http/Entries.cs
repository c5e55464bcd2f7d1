using System.Text.Json.Nodes;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Master.Http;

/// <summary>What an operator entered, as domain records. The inventory's own rules come after this, in the store.</summary>
internal static class Entries
{
    internal static Location Location(string id, LocationInfo body) => new(
        new(id), body.Name ?? id, body.HaEnabled, body.FailureThreshold, body.EvacuationEnabled, body.InstancesHaEnabled, body.ObserveOnly,
        body.PowerOnAfterEvacuation, TimeSpan.FromSeconds(body.CrashDumpWaitSeconds));

    internal static HypervisorGroup Group(string id, GroupInfo body) => new(
        new(id), body.Name ?? id, new(Needed(body.LocationId, "locationId")), body.HaEnabled, body.FailureThreshold, body.EvacuationEnabled, body.ObserveOnly,
        body.PowerOnAfterEvacuation, body.CrashDumpWaitSeconds is { } wait ? TimeSpan.FromSeconds(wait) : null);

    /// <param name="old">What is stored: a secret that the body leaves out is taken from it.</param>
    /// <param name="patch">The body is what this patch made of the stored one.</param>
    internal static Hypervisor Hypervisor(string id, HypervisorBody body, Hypervisor? old, JsonObject? patch = null)
    {
        var url = Needed(body.Agent?.Url, "agent.url");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var agent))
            throw Refusal.Bad("invalid-agent", $"agent.url is '{Shown.Short(url)}'; it must be absolute, e.g. http://10.0.0.11:8081.");
        var token = body.Agent?.Token is { } entered ? new Secret(entered) : old?.Agent.Token ?? Secret.None;
        return new(
            new(id), body.Name ?? id, new(Needed(body.LocationId, "locationId")), body.GroupId is null ? null : new GroupId(body.GroupId),
            Needed(body.Address, "address"), new AgentEndpoint(agent, token),
            patch is not null && old is not null ? FenceDeviceEntries.Patched(body, patch, old) : FenceDeviceEntries.Of(body, old));
    }

    /// <summary>The stored record as a body without its secrets, for a merge patch.</summary>
    internal static HypervisorBody BodyOf(Hypervisor it) => new()
    {
        Id = it.Id.Value,
        Name = it.Name,
        LocationId = it.LocationId.Value,
        GroupId = it.GroupId?.Value,
        Address = it.Address,
        Agent = new() { Url = it.Agent.Url.OriginalString },
        Ipmi = it.Ipmi is { } d ? new() { Host = d.Host, Port = d.Port, Username = d.Username, CipherSuite = d.CipherSuite } : null,
        FenceDevices = [.. it.FenceDevices.Select(FenceDeviceEntries.BodyOf)],
    };

    /// <summary>In a patch null removes, and a secret that is not in the merged body is kept: so a removed one becomes an empty one.</summary>
    internal static JsonObject SecretsRemoved(JsonObject patch)
    {
        foreach (var (part, secret) in new[] { ("agent", "token"), ("ipmi", "password") })
        {
            if (patch[part] is JsonObject inner && inner.ContainsKey(secret) && inner[secret] is null)
                inner[secret] = "";
        }

        return patch;
    }

    /// <summary>A change of these makes it another machine, as far as probes and fences know: another plug, too, though the agent is the same. One more fence device does not: it may be what an open incident waits for.</summary>
    internal static bool IsAnotherMachine(Hypervisor a, Hypervisor b) =>
        a.Address != b.Address || a.Agent.Url != b.Agent.Url || a.FenceDevices.Any(d => b.FenceDevices.All(now => now.Key != d.Key || now.Name != d.Name));

    internal static string NewId(string? id) => Needed(id, "id");

    /// <summary>The id in a body may be left out; another one than the path's is a mistake.</summary>
    internal static void SameId(string path, string? body)
    {
        if (body is not null && body != path)
            throw Refusal.Conflict("id-changed", $"The id {Shown.Short(path)} can't become '{Shown.Short(body)}': the journal is kept under it. Create a new one and delete this.");
    }

    private static string Needed(string? value, string name) =>
        string.IsNullOrWhiteSpace(value) ? throw Refusal.Bad("missing-member", $"'{name}' is missing or empty; it is needed.") : value;
}
