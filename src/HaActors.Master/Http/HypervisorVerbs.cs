using HaActors.Actors.Protocol;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.Ports;
using HaActors.Master.Fleet;

namespace HaActors.Master.Http;

/// <summary><c>POST /api/v1/hypervisors/{id}/…</c>: what an operator may do to one, and why it is as it is.</summary>
internal static class HypervisorVerbs
{
    internal static void MapHypervisorVerbs(this IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("/hypervisors/{id}").WithTags("hypervisors");
        Map(routes, "probe", OperatorVerb.Probe, reasonNeeded: false);
        routes.MapPost("/test-ipmi", Test).Takes<TestBody>(optional: true).Answers<HypervisorInfo>(202, 400, 404, 409);
        Map(routes, "maintenance", OperatorVerb.MaintenanceOn, reasonNeeded: false);
        Map(routes, "resume", OperatorVerb.MaintenanceOff, reasonNeeded: false);
        Map(routes, "release", OperatorVerb.Release, reasonNeeded: true);
        Map(routes, "fence", OperatorVerb.Fence, reasonNeeded: true);
        Map(routes, "power-on", OperatorVerb.PowerOn, reasonNeeded: true);
        routes.MapPost("/confirm-fenced", Confirm).Takes<ConfirmBody>().Answers<HypervisorInfo>(202, 400, 404, 409);
        routes.MapGet("/explain", Explain).Answers<ExplainInfo>(404);
    }

    internal static void AcceptedOrThrow(OperatorAnswer answer) => AcceptedOrThrow(answer.Accepted, answer.Code, answer.Message);

    internal static void AcceptedOrThrow(bool accepted, string code, string message)
    {
        if (accepted)
            return;
        var status = code switch
        {
            "invalid" => StatusCodes.Status400BadRequest,
            "unavailable" => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status409Conflict,
        };
        throw new Refusal(status, code.Length == 0 ? "conflict" : code, message);
    }

    private static void Map(RouteGroupBuilder routes, string name, OperatorVerb verb, bool reasonNeeded) =>
        routes.MapPost($"/{name}", async (string id, HttpContext http, IInventory inventory, IFleet fleet, CancellationToken stopping) =>
        {
            await KnownAsync(id, inventory, stopping).ConfigureAwait(false);
            var body = await Bodies.ReadOptionalAsync<ReasonBody>(http).ConfigureAwait(false);
            var reason = Operators.Reason(body.Reason, reasonNeeded ? name : null);
            return await DoAsync(new(new(id), verb, Operators.Who(http), reason, null), inventory, fleet, stopping).ConfigureAwait(false);
        }).Takes<ReasonBody>(optional: !reasonNeeded).Answers<HypervisorInfo>(202, 400, 404, 409);

    private static async Task<IResult> Test(string id, HttpContext http, IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        await KnownAsync(id, inventory, stopping).ConfigureAwait(false);
        var body = await Bodies.ReadOptionalAsync<TestBody>(http).ConfigureAwait(false);
        var reason = Operators.Reason(body.Reason, body.AcceptIdentity ? "test-ipmi with acceptIdentity" : null);
        return await DoAsync(new(new(id), body.AcceptIdentity ? OperatorVerb.AcceptDevices : OperatorVerb.TestIpmi, Operators.Who(http), reason, null), inventory, fleet, stopping).ConfigureAwait(false);
    }

    private static async Task<IResult> Confirm(string id, HttpContext http, IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        await KnownAsync(id, inventory, stopping).ConfigureAwait(false);
        var body = await Bodies.ReadOptionalAsync<ConfirmBody>(http).ConfigureAwait(false);
        var reason = Operators.Reason(body.Reason, "confirm-fenced");
        if (body.HypervisorId != id)
            throw Refusal.Bad("id-not-confirmed", $"confirm-fenced lets the instances of {Shown.Short(id)} start elsewhere; type its id again: send {{\"reason\":\"…\",\"hypervisorId\":\"{Shown.Short(id)}\"}}.");
        return await DoAsync(new(new(id), OperatorVerb.ConfirmFenced, Operators.Who(http), reason, body.HypervisorId), inventory, fleet, stopping).ConfigureAwait(false);
    }

    private static async Task<IResult> Explain(string id, IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        await KnownAsync(id, inventory, stopping).ConfigureAwait(false);
        var explained = await fleet.ExplainAsync(new HypervisorId(id), stopping).ConfigureAwait(false);
        var gate = GateEndpoints.Sentences(await GateEndpoints.TryReadAsync(fleet, stopping).ConfigureAwait(false), explained.View.Location.Value);
        return Endpoints.Ok(Views.Of(explained) is var told ? told with { Sentences = [.. told.Sentences, .. gate] } : told);
    }

    internal static async Task<IResult> DoAsync(OperatorRequest request, IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        AcceptedOrThrow(await fleet.DoAsync(request, stopping).ConfigureAwait(false));
        return Endpoints.Accepted(await HypervisorEndpoints.InfoAfterAsync(request.HypervisorId, inventory, fleet, stopping).ConfigureAwait(false));
    }

    /// <summary>An id that nobody registered must not wake an actor.</summary>
    internal static async Task KnownAsync(string id, IInventory inventory, CancellationToken stopping)
    {
        if (!(await inventory.ReadAsync(stopping).ConfigureAwait(false)).Hypervisors.ContainsKey(new HypervisorId(id)))
            throw Refusal.NotFound("hypervisor", id);
    }
}
