using HaActors.Actors.Protocol;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using HaActors.Master.Fleet;
using HaActors.Storage.EventLog;
using HaActors.Storage.Inventory;

namespace HaActors.Master.Http;

/// <summary><c>/api/v1/hypervisors</c>: what is stored, with the live view laid over.</summary>
internal static class HypervisorEndpoints
{
    private static readonly IReadOnlySet<string> Told = Shapes.ReadOnly<HypervisorInfo, HypervisorBody>();

    internal static void MapHypervisors(this IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("/hypervisors").WithTags("hypervisors");
        routes.MapGet("", List).Answers<IReadOnlyList<HypervisorInfo>>();
        routes.MapGet("/{id}", Read).Answers<HypervisorInfo>(404);
        routes.MapPost("", Create).Takes<HypervisorBody>().Answers<HypervisorInfo>(201, 400, 409);
        routes.MapPut("/{id}", Replace).Takes<HypervisorBody>().Answers<HypervisorInfo>(400, 404, 409);
        routes.MapPatch("/{id}", Patch).Takes<HypervisorBody>(Endpoints.MergePatch).Answers<HypervisorInfo>(400, 404, 409);
        routes.MapDelete("/{id}", Delete).Answers(204, 404, 409);
    }

    /// <summary>One hypervisor as it is read, or 404.</summary>
    internal static Task<HypervisorInfo> InfoAsync(string id, IInventory inventory, IFleet fleet, CancellationToken stopping) => InfoAsync(id, null, inventory, fleet, stopping);

    /// <param name="own">What it says of itself; null: what the monitor has heard.</param>
    private static async Task<HypervisorInfo> InfoAsync(string id, HypervisorView? own, IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        var all = await inventory.ReadAsync(stopping).ConfigureAwait(false);
        var stored = all.Hypervisors.GetValueOrDefault(new HypervisorId(id)) ?? throw Refusal.NotFound("hypervisor", id);
        var policy = all.PolicyOf(stored);
        return own is null ? Views.Of(stored, policy, await Live.ReadAsync(fleet, stopping).ConfigureAwait(false)) : Views.Of(stored, policy, own, "");
    }

    /// <summary>As it is after an act of which its actor has said that it is done: that actor's own word, for the monitor may not have heard of it yet.</summary>
    internal static async Task<HypervisorInfo> InfoAfterAsync(HypervisorId id, IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        HypervisorView? own = null;
        try
        {
            own = (await fleet.ExplainAsync(id, stopping).ConfigureAwait(false)).View;
        }
        catch (FleetUnavailableException)
        {
            // The act is done all the same, and that is what the caller has to hear.
        }

        return await InfoAsync(id.Value, own, inventory, fleet, stopping).ConfigureAwait(false);
    }

    private static async Task<IResult> List(IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        var all = await inventory.ReadAsync(stopping).ConfigureAwait(false);
        var live = await Live.ReadAsync(fleet, stopping).ConfigureAwait(false);
        return Endpoints.Ok(all.Hypervisors.Values.OrderBy(h => h.Id).Select(h => Views.Of(h, all.PolicyOf(h), live)).ToList());
    }

    private static async Task<IResult> Read(string id, IInventory inventory, IFleet fleet, CancellationToken stopping) =>
        Endpoints.Ok(await InfoAsync(id, inventory, fleet, stopping).ConfigureAwait(false));

    private static async Task<IResult> Create(
        HttpContext http, InventoryStore store, EventLogReader events, IInventory inventory, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var body = await Bodies.ReadAsync<HypervisorBody>(http, Told).ConfigureAwait(false);
        var entered = Entries.Hypervisor(Entries.NewId(body.Id), body, null);
        var by = Operators.Change(http, time);
        var all = await inventory.ReadAsync(stopping).ConfigureAwait(false);
        // A deleted hypervisor of this id left its actor's journal, which knows another machine.
        if (!all.Hypervisors.ContainsKey(entered.Id) && IdRules.IsValid(entered.Id.Value)
            && (await events.ReadAsync(new EventQuery(Hypervisor: entered.Id, Limit: 1), stopping).ConfigureAwait(false)).Length > 0)
        {
            await IdentityChangedAsync(fleet, entered.Id, by, stopping).ConfigureAwait(false);
        }

        await store.CreateHypervisorAsync(entered, by, stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Endpoints.Created($"/api/v1/hypervisors/{entered.Id}", await InfoAsync(entered.Id.Value, inventory, fleet, stopping).ConfigureAwait(false));
    }

    private static async Task<IResult> Replace(string id, HttpContext http, InventoryStore store, IInventory inventory, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var body = await Bodies.ReadAsync<HypervisorBody>(http, Told).ConfigureAwait(false);
        Entries.SameId(id, body.Id);
        return await ChangeAsync(id, old => Entries.Hypervisor(id, body, old), http, store, inventory, fleet, time, stopping).ConfigureAwait(false);
    }

    private static async Task<IResult> Patch(string id, HttpContext http, InventoryStore store, IInventory inventory, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var patch = Entries.SecretsRemoved(await Bodies.ReadPatchAsync<HypervisorBody>(http, Told).ConfigureAwait(false));
        return await ChangeAsync(
            id,
            old =>
            {
                var merged = Bodies.Merge(Entries.BodyOf(old), patch);
                Entries.SameId(id, merged.Id);
                return Entries.Hypervisor(id, merged, old, patch);
            },
            http, store, inventory, fleet, time, stopping).ConfigureAwait(false);
    }

    private static async Task<IResult> ChangeAsync(
        string id, Func<Hypervisor, Hypervisor> change, HttpContext http, InventoryStore store, IInventory inventory, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var by = Operators.Change(http, time);
        var all = await inventory.ReadAsync(stopping).ConfigureAwait(false);
        var old = all.Hypervisors.GetValueOrDefault(new HypervisorId(id)) ?? throw Refusal.NotFound("hypervisor", id);
        var changed = change(old);
        if (changed.LocationId != old.LocationId || changed.GroupId != old.GroupId)
            await NoIncidentAsync(fleet, old.Id, "its location and group can't change", stopping).ConfigureAwait(false);
        if (Entries.IsAnotherMachine(old, changed))
        {
            // Nothing is asked of the actor for a change that would be refused anyway.
            await store.CheckHypervisorAsync(changed, stopping).ConfigureAwait(false);
            await IdentityChangedAsync(fleet, old.Id, by, stopping).ConfigureAwait(false);
        }

        await store.ChangeHypervisorAsync(old.Id, change, by, stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Endpoints.Ok(await InfoAsync(id, inventory, fleet, stopping).ConfigureAwait(false));
    }

    private static async Task<IResult> Delete(
        string id, HttpContext http, InventoryStore store, IInventory inventory, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var by = Operators.Change(http, time);
        var hypervisor = new HypervisorId(id);
        if (!(await inventory.ReadAsync(stopping).ConfigureAwait(false)).Hypervisors.ContainsKey(hypervisor))
            throw Refusal.NotFound("hypervisor", id);
        // Only its actor knows of an open incident, or of a signature that nothing has contradicted since.
        var answer = await fleet.DoAsync(new OperatorRequest(hypervisor, OperatorVerb.Delete, by.Who, "", null), stopping).ConfigureAwait(false);
        HypervisorVerbs.AcceptedOrThrow(answer);
        var acknowledged = answer.Code == "acknowledged";
        await store.DeleteHypervisorAsync(hypervisor, acknowledged, by, stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Results.NoContent();
    }

    /// <summary>Only the actors know of an open incident, so without their answer there is no change (503).</summary>
    private static async Task NoIncidentAsync(IFleet fleet, HypervisorId id, string consequence, CancellationToken stopping)
    {
        var view = (await fleet.FleetAsync(stopping).ConfigureAwait(false)).Hypervisors.GetValueOrDefault(id);
        if (view?.Incident is { } incident)
            throw Refusal.Conflict("open-incident", $"{id} is in incident {incident}, so {consequence}; wait for its end (GET /api/v1/incidents/{incident}).");
    }

    private static async Task IdentityChangedAsync(IFleet fleet, HypervisorId id, OperatorChange by, CancellationToken stopping)
    {
        var answer = await fleet.DoAsync(new OperatorRequest(id, OperatorVerb.IdentityChanged, by.Who, "address, agent URL or BMC address changed", null), stopping).ConfigureAwait(false);
        HypervisorVerbs.AcceptedOrThrow(answer);
    }
}
