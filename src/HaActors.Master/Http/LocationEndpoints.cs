using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.Ports;
using HaActors.Master.Fleet;
using HaActors.Storage.Inventory;

namespace HaActors.Master.Http;

/// <summary><c>/api/v1/locations</c>.</summary>
internal static class LocationEndpoints
{
    internal static void MapLocations(this IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("/locations").WithTags("locations");
        routes.MapGet("", List).Answers<IReadOnlyList<LocationInfo>>();
        routes.MapGet("/{id}", Read).Answers<LocationInfo>(404);
        routes.MapPost("", Create).Takes<LocationInfo>().Answers<LocationInfo>(201, 400, 409);
        routes.MapPut("/{id}", Replace).Takes<LocationInfo>().Answers<LocationInfo>(400, 404, 409);
        routes.MapPatch("/{id}", Patch).Takes<LocationInfo>(Endpoints.MergePatch).Answers<LocationInfo>(400, 404, 409);
        routes.MapDelete("/{id}", Delete).Answers(204, 404, 409);
    }

    private static async Task<IResult> List(IInventory inventory, CancellationToken stopping)
    {
        var all = await inventory.ReadAsync(stopping).ConfigureAwait(false);
        return Endpoints.Ok(all.Locations.Values.OrderBy(l => l.Id).Select(Views.Of).ToList());
    }

    private static async Task<IResult> Read(string id, IInventory inventory, CancellationToken stopping)
    {
        var all = await inventory.ReadAsync(stopping).ConfigureAwait(false);
        return Endpoints.Ok(Views.Of(all.Locations.GetValueOrDefault(new LocationId(id)) ?? throw Refusal.NotFound("location", id)));
    }

    private static async Task<IResult> Create(HttpContext http, InventoryStore store, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var body = await Bodies.ReadAsync<LocationInfo>(http).ConfigureAwait(false);
        var created = await store.CreateLocationAsync(Entries.Location(Entries.NewId(body.Id), body), Operators.Change(http, time), stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Endpoints.Created($"/api/v1/locations/{created.Id}", Views.Of(created));
    }

    private static async Task<IResult> Replace(string id, HttpContext http, InventoryStore store, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var body = await Bodies.ReadAsync<LocationInfo>(http).ConfigureAwait(false);
        Entries.SameId(id, body.Id);
        var changed = await store.ChangeLocationAsync(new(id), _ => Entries.Location(id, body), Operators.Change(http, time), stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Endpoints.Ok(Views.Of(changed));
    }

    private static async Task<IResult> Patch(string id, HttpContext http, InventoryStore store, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var patch = await Bodies.ReadPatchAsync<LocationInfo>(http).ConfigureAwait(false);
        var changed = await store.ChangeLocationAsync(
            new(id),
            old =>
            {
                var merged = Bodies.Merge(Views.Of(old), patch);
                Entries.SameId(id, merged.Id);
                return Entries.Location(id, merged);
            },
            Operators.Change(http, time), stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Endpoints.Ok(Views.Of(changed));
    }

    private static async Task<IResult> Delete(string id, HttpContext http, InventoryStore store, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        await store.DeleteLocationAsync(new(id), Operators.Change(http, time), stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Results.NoContent();
    }
}
