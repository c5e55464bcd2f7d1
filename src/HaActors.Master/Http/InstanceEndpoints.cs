using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.Ports;
using HaActors.Master.Fleet;
using HaActors.Storage.Inventory;

namespace HaActors.Master.Http;

/// <summary><c>/api/v1/instances</c>: found by the agents; an operator decides only what HA does with them.</summary>
internal static class InstanceEndpoints
{
    private static readonly IReadOnlySet<string> Told = Shapes.ReadOnly<InstanceInfo, InstanceChange>();

    internal static void MapInstances(this IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("/instances").WithTags("instances");
        routes.MapGet("", List).Answers<IReadOnlyList<InstanceInfo>>();
        routes.MapGet("/{id}", Read).Answers<InstanceInfo>(404);
        routes.MapPatch("/{id}", Patch).Takes<InstanceChange>(Endpoints.MergePatch).Answers<InstanceInfo>(400, 404);
    }

    private static async Task<IResult> List(IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        var all = await inventory.ReadAsync(stopping).ConfigureAwait(false);
        var live = await Live.InstancesAsync(fleet, stopping).ConfigureAwait(false);
        return Endpoints.Ok(all.Instances.Values.OrderBy(i => i.Name, StringComparer.Ordinal).ThenBy(i => i.Id).Select(i => Views.Of(i, live.GetValueOrDefault(i.Id))).ToList());
    }

    private static async Task<IResult> Read(string id, InventoryStore store, IFleet fleet, CancellationToken stopping) =>
        Endpoints.Ok(await InfoAsync(Id(id), store, fleet, stopping).ConfigureAwait(false));

    private static async Task<IResult> Patch(string id, HttpContext http, InventoryStore store, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var instance = Id(id);
        var patch = await Bodies.ReadPatchAsync<InstanceChange>(http, Told).ConfigureAwait(false);
        if (patch.FirstOrDefault(member => member.Value is null) is { Key: { } emptied })
            throw Refusal.Bad("wrong-type", $"'{emptied}' is null; give a value, or leave it out to keep it.");
        var change = Bodies.Merge(new InstanceChange(), patch);
        await store.ChangeInstanceAsync(
            instance,
            old => new(change.HaEnabled ?? old.HaEnabled, change.MaxRestartAttempts ?? old.MaxRestartAttempts, change.Priority ?? old.Priority),
            Operators.Change(http, time), stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Endpoints.Ok(await InfoAsync(instance, store, fleet, stopping).ConfigureAwait(false));
    }

    private static async Task<InstanceInfo> InfoAsync(InstanceId id, InventoryStore store, IFleet fleet, CancellationToken stopping)
    {
        var stored = await store.FindInstanceAsync(id, stopping).ConfigureAwait(false) ?? throw Refusal.NotFound("instance", id.Value);
        var live = await Live.InstancesAsync(fleet, stopping).ConfigureAwait(false);
        return Views.Of(stored.Instance, live.GetValueOrDefault(id), stored.MissingSince, stored.MayRun);
    }

    /// <summary>libvirt writes UUIDs in lower case, people do not always.</summary>
    private static InstanceId Id(string id) => new(Guid.TryParseExact(id, "D", out var uuid) ? uuid.ToString("D") : id);
}
