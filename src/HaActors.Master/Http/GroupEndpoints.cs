using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.Ports;
using HaActors.Master.Fleet;
using HaActors.Storage.Inventory;

namespace HaActors.Master.Http;

/// <summary><c>/api/v1/groups</c>.</summary>
internal static class GroupEndpoints
{
    internal static void MapGroups(this IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("/groups").WithTags("groups");
        routes.MapGet("", List).Answers<IReadOnlyList<GroupInfo>>();
        routes.MapGet("/{id}", Read).Answers<GroupInfo>(404);
        routes.MapPost("", Create).Takes<GroupInfo>().Answers<GroupInfo>(201, 400, 409);
        routes.MapPut("/{id}", Replace).Takes<GroupInfo>().Answers<GroupInfo>(400, 404, 409);
        routes.MapPatch("/{id}", Patch).Takes<GroupInfo>(Endpoints.MergePatch).Answers<GroupInfo>(400, 404, 409);
        routes.MapDelete("/{id}", Delete).Answers(204, 404, 409);
    }

    private static async Task<IResult> List(IInventory inventory, CancellationToken stopping)
    {
        var all = await inventory.ReadAsync(stopping).ConfigureAwait(false);
        return Endpoints.Ok(all.Groups.Values.OrderBy(g => g.Id).Select(Views.Of).ToList());
    }

    private static async Task<IResult> Read(string id, IInventory inventory, CancellationToken stopping)
    {
        var all = await inventory.ReadAsync(stopping).ConfigureAwait(false);
        return Endpoints.Ok(Views.Of(all.Groups.GetValueOrDefault(new GroupId(id)) ?? throw Refusal.NotFound("group", id)));
    }

    private static async Task<IResult> Create(HttpContext http, InventoryStore store, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var body = await Bodies.ReadAsync<GroupInfo>(http).ConfigureAwait(false);
        var created = await store.CreateGroupAsync(Entries.Group(Entries.NewId(body.Id), body), Operators.Change(http, time), stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Endpoints.Created($"/api/v1/groups/{created.Id}", Views.Of(created));
    }

    private static async Task<IResult> Replace(string id, HttpContext http, InventoryStore store, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var body = await Bodies.ReadAsync<GroupInfo>(http).ConfigureAwait(false);
        Entries.SameId(id, body.Id);
        var changed = await store.ChangeGroupAsync(new(id), _ => Entries.Group(id, body), Operators.Change(http, time), stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Endpoints.Ok(Views.Of(changed));
    }

    private static async Task<IResult> Patch(string id, HttpContext http, InventoryStore store, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        var patch = await Bodies.ReadPatchAsync<GroupInfo>(http).ConfigureAwait(false);
        var changed = await store.ChangeGroupAsync(
            new(id),
            old =>
            {
                var merged = Bodies.Merge(Views.Of(old), patch);
                Entries.SameId(id, merged.Id);
                return Entries.Group(id, merged);
            },
            Operators.Change(http, time), stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Endpoints.Ok(Views.Of(changed));
    }

    private static async Task<IResult> Delete(string id, HttpContext http, InventoryStore store, IFleet fleet, TimeProvider time, CancellationToken stopping)
    {
        await store.DeleteGroupAsync(new(id), Operators.Change(http, time), stopping).ConfigureAwait(false);
        fleet.InventoryChanged();
        return Results.NoContent();
    }
}
