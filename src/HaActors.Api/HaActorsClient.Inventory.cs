using System.Text.Json;

namespace HaActors.Api;

/// <content>Locations, groups, hypervisors and instances. A patch is a merge patch (RFC 7396): what it names changes, null resets.</content>
public sealed partial class HaActorsClient
{
    public Task<IReadOnlyList<LocationInfo>> LocationsAsync(CancellationToken stopping = default) => GetAsync<IReadOnlyList<LocationInfo>>("api/v1/locations", stopping);

    public Task<LocationInfo> LocationAsync(string id, CancellationToken stopping = default) => GetAsync<LocationInfo>($"api/v1/locations/{Escaped(id)}", stopping);

    public Task<LocationInfo> CreateLocationAsync(LocationInfo location, CancellationToken stopping = default) => SendAsync<LocationInfo>(HttpMethod.Post, "api/v1/locations", location, stopping);

    public Task<LocationInfo> ReplaceLocationAsync(string id, LocationInfo location, CancellationToken stopping = default) =>
        SendAsync<LocationInfo>(HttpMethod.Put, $"api/v1/locations/{Escaped(id)}", location, stopping);

    public Task<LocationInfo> PatchLocationAsync(string id, object patch, CancellationToken stopping = default) => PatchAsync<LocationInfo>($"api/v1/locations/{Escaped(id)}", patch, stopping);

    public Task DeleteLocationAsync(string id, CancellationToken stopping = default) => DeleteAsync($"api/v1/locations/{Escaped(id)}", stopping);

    public Task<IReadOnlyList<GroupInfo>> GroupsAsync(CancellationToken stopping = default) => GetAsync<IReadOnlyList<GroupInfo>>("api/v1/groups", stopping);

    public Task<GroupInfo> GroupAsync(string id, CancellationToken stopping = default) => GetAsync<GroupInfo>($"api/v1/groups/{Escaped(id)}", stopping);

    public Task<GroupInfo> CreateGroupAsync(GroupInfo group, CancellationToken stopping = default) => SendAsync<GroupInfo>(HttpMethod.Post, "api/v1/groups", group, stopping);

    public Task<GroupInfo> ReplaceGroupAsync(string id, GroupInfo group, CancellationToken stopping = default) =>
        SendAsync<GroupInfo>(HttpMethod.Put, $"api/v1/groups/{Escaped(id)}", group, stopping);

    public Task<GroupInfo> PatchGroupAsync(string id, object patch, CancellationToken stopping = default) => PatchAsync<GroupInfo>($"api/v1/groups/{Escaped(id)}", patch, stopping);

    public Task DeleteGroupAsync(string id, CancellationToken stopping = default) => DeleteAsync($"api/v1/groups/{Escaped(id)}", stopping);

    public Task<IReadOnlyList<HypervisorInfo>> HypervisorsAsync(CancellationToken stopping = default) => GetAsync<IReadOnlyList<HypervisorInfo>>("api/v1/hypervisors", stopping);

    public Task<HypervisorInfo> HypervisorAsync(string id, CancellationToken stopping = default) => GetAsync<HypervisorInfo>($"api/v1/hypervisors/{Escaped(id)}", stopping);

    public Task<HypervisorInfo> CreateHypervisorAsync(HypervisorBody hypervisor, CancellationToken stopping = default) =>
        SendAsync<HypervisorInfo>(HttpMethod.Post, "api/v1/hypervisors", hypervisor, stopping);

    public Task<HypervisorInfo> ReplaceHypervisorAsync(string id, HypervisorBody hypervisor, CancellationToken stopping = default) =>
        SendAsync<HypervisorInfo>(HttpMethod.Put, $"api/v1/hypervisors/{Escaped(id)}", hypervisor, stopping);

    public Task<HypervisorInfo> PatchHypervisorAsync(string id, object patch, CancellationToken stopping = default) =>
        PatchAsync<HypervisorInfo>($"api/v1/hypervisors/{Escaped(id)}", patch, stopping);

    public Task DeleteHypervisorAsync(string id, CancellationToken stopping = default) => DeleteAsync($"api/v1/hypervisors/{Escaped(id)}", stopping);

    public Task<IReadOnlyList<InstanceInfo>> InstancesAsync(CancellationToken stopping = default) => GetAsync<IReadOnlyList<InstanceInfo>>("api/v1/instances", stopping);

    public Task<InstanceInfo> InstanceAsync(string id, CancellationToken stopping = default) => GetAsync<InstanceInfo>($"api/v1/instances/{Escaped(id)}", stopping);

    /// <summary>What is null in <paramref name="change"/> stays as it is.</summary>
    public Task<InstanceInfo> PatchInstanceAsync(string id, InstanceChange change, CancellationToken stopping = default)
    {
        var patch = new Dictionary<string, object>();
        if (change.HaEnabled is { } enabled) patch["haEnabled"] = enabled;
        if (change.MaxRestartAttempts is { } attempts) patch["maxRestartAttempts"] = attempts;
        if (change.Priority is { } priority) patch["priority"] = priority;
        return PatchAsync<InstanceInfo>($"api/v1/instances/{Escaped(id)}", patch, stopping);
    }

    /// <summary>Probes it now, beside the tick.</summary>
    public Task<HypervisorInfo> ProbeAsync(string id, string? reason = null, CancellationToken stopping = default) => CommandAsync(id, "probe", reason, stopping);

    /// <summary>Says that its fence devices, as they answer now, are its own: identities are taken over and contradictions taken back.</summary>
    public Task<HypervisorInfo> AcceptFenceDevicesAsync(string id, string reason, CancellationToken stopping = default) =>
        SendAsync<HypervisorInfo>(HttpMethod.Post, $"api/v1/hypervisors/{Escaped(id)}/test-ipmi", new TestBody { Reason = reason, AcceptIdentity = true }, stopping);

    /// <summary>Reads its power now, through every device.</summary>
    public Task<HypervisorInfo> TestIpmiAsync(string id, string? reason = null, CancellationToken stopping = default) => CommandAsync(id, "test-ipmi", reason, stopping);

    public Task<HypervisorInfo> MaintenanceAsync(string id, string? reason = null, CancellationToken stopping = default) => CommandAsync(id, "maintenance", reason, stopping);

    public Task<HypervisorInfo> ResumeAsync(string id, string? reason = null, CancellationToken stopping = default) => CommandAsync(id, "resume", reason, stopping);

    /// <summary>Out of quarantine before its time is over.</summary>
    public Task<HypervisorInfo> ReleaseAsync(string id, string reason, CancellationToken stopping = default) => CommandAsync(id, "release", reason, stopping);

    /// <summary>Cuts its power and proves it.</summary>
    public Task<HypervisorInfo> FenceAsync(string id, string reason, CancellationToken stopping = default) => CommandAsync(id, "fence", reason, stopping);

    public Task<HypervisorInfo> PowerOnAsync(string id, string reason, CancellationToken stopping = default) => CommandAsync(id, "power-on", reason, stopping);

    /// <summary>Signs that it runs nothing.</summary>
    /// <param name="typedId">The id as the operator typed it again.</param>
    public Task<HypervisorInfo> ConfirmFencedAsync(string id, string typedId, string reason, CancellationToken stopping = default) =>
        SendAsync<HypervisorInfo>(HttpMethod.Post, $"api/v1/hypervisors/{Escaped(id)}/confirm-fenced", new ConfirmBody { Reason = reason, HypervisorId = typedId }, stopping);

    public Task<ExplainInfo> ExplainAsync(string id, CancellationToken stopping = default) => GetAsync<ExplainInfo>($"api/v1/hypervisors/{Escaped(id)}/explain", stopping);

    public Task<InstanceExplainInfo> ExplainInstanceAsync(string id, CancellationToken stopping = default) =>
        GetAsync<InstanceExplainInfo>($"api/v1/instances/{Escaped(id)}/explain", stopping);

    /// <summary>Tries again what waits for a person, from the first attempt on.</summary>
    /// <param name="cannotStartOn">A hypervisor whose agent was never told of it, and that can't start it when it boots, on your word; null: none.</param>
    public Task<InstanceInfo> RetryInstanceAsync(string id, string reason, string? cannotStartOn = null, CancellationToken stopping = default) =>
        SendAsync<InstanceInfo>(HttpMethod.Post, $"api/v1/instances/{Escaped(id)}/retry", new RetryBody { Reason = reason, CannotStartOn = cannotStartOn }, stopping);

    private Task<HypervisorInfo> CommandAsync(string id, string verb, string? reason, CancellationToken stopping) =>
        SendAsync<HypervisorInfo>(HttpMethod.Post, $"api/v1/hypervisors/{Escaped(id)}/{verb}", new ReasonBody { Reason = reason }, stopping);

    /// <summary>A patch tells null from left out, so it is written as it is: a dictionary, an anonymous object or a <see cref="JsonElement"/>.</summary>
    private Task<T> PatchAsync<T>(string path, object patch, CancellationToken stopping) => SendAsync<T>(HttpMethod.Patch, path, patch, stopping);
}
