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
        routes.MapGet("/{id}/explain", Explain).Answers<InstanceExplainInfo>(404);
        routes.MapPost("/{id}/retry", Retry).Takes<RetryBody>().Answers<InstanceInfo>(202, 400, 404, 409);
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

    private static async Task<IResult> Explain(string id, InventoryStore store, IFleet fleet, CancellationToken stopping)
    {
        var instance = Id(id);
        if (await store.FindInstanceAsync(instance, stopping).ConfigureAwait(false) is null)
            throw Refusal.NotFound("instance", id);
        return Endpoints.Ok(Views.Of(await fleet.ExplainAsync(instance, stopping).ConfigureAwait(false)));
    }

    /// <summary>Somebody has done what it waited for.</summary>
    private static async Task<IResult> Retry(string id, HttpContext http, InventoryStore store, IFleet fleet, CancellationToken stopping)
    {
        var instance = Id(id);
        var body = await Bodies.ReadOptionalAsync<RetryBody>(http).ConfigureAwait(false);
        var reason = Operators.Reason(body.Reason, "retry");
        if (body.CannotStartOn is { } named && !IdRules.IsValid(named))
            throw Refusal.Bad("wrong-value", $"'cannotStartOn' is no hypervisor's id: {IdRules.Says}.");
        if (await store.FindInstanceAsync(instance, stopping).ConfigureAwait(false) is null)
            throw Refusal.NotFound("instance", id);
        var answer = await fleet.RetryAsync(new(instance, Operators.Who(http), reason, body.CannotStartOn is { } hypervisor ? new HypervisorId(hypervisor) : null), stopping).ConfigureAwait(false);
        HypervisorVerbs.AcceptedOrThrow(answer.Accepted, answer.Code, answer.Message);
        return Endpoints.Accepted(await InfoAsync(instance, store, fleet, stopping).ConfigureAwait(false));
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
