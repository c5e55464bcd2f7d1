using HaActors.Actors.Protocol;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Ports;
using HaActors.Master.Fleet;
using HaActors.Storage.EventLog;

namespace HaActors.Master.Http;

/// <summary><c>/api/v1/incidents</c>: failures, told from their lines in the log.</summary>
internal static class IncidentEndpoints
{
    internal static void MapIncidents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/incidents", List).WithTags("incidents").Answers<IReadOnlyList<IncidentInfo>>(400);
        api.MapGet("/incidents/{id}", Read).WithTags("incidents").Answers<IncidentDetail>(404);
        api.MapPost("/incidents/{id}/cancel", Cancel).WithTags("incidents").Takes<ReasonBody>().Answers<HypervisorInfo>(202, 400, 404, 409);
    }

    private static async Task<IResult> List(HttpContext http, EventLogReader log, CancellationToken stopping)
    {
        var query = http.Request.Query;
        EventQueries.OnlyKnown(query, "hypervisor", "location", "limit");
        var found = await log.ListIncidentsAsync(
            EventQueries.One(query, "hypervisor") is { } h ? new HypervisorId(h) : null, EventQueries.One(query, "location") is { } l ? new LocationId(l) : null,
            EventQueries.Limit(query), stopping).ConfigureAwait(false);
        return Endpoints.Ok(found.Select(Views.Of).ToList());
    }

    private static async Task<IResult> Read(string id, EventLogReader log, CancellationToken stopping)
    {
        var found = await log.ReadIncidentAsync(new IncidentId(id), stopping).ConfigureAwait(false) ?? throw Refusal.NotFound("incident", id);
        var it = found.Summary;
        return Endpoints.Ok(new IncidentDetail(
            Views.Of(it),
            new((it.FencedAt - it.StartedAt)?.TotalSeconds, (it.CompletedAt - it.FencedAt)?.TotalSeconds, (it.CompletedAt - it.StartedAt)?.TotalSeconds),
            [.. found.Instances.Select(i => new IncidentInstance(i.Key.Value, End(i.Value.Entry.Type), i.Value.Entry.Data.GetValueOrDefault("destination"), i.Value.Entry.At, i.Value.Entry.Message))],
            [.. found.Events.Select(Views.Of)]));
    }

    /// <summary>What waits ends as cancelled; a start that is under way is followed to its answer.</summary>
    private static async Task<IResult> Cancel(string id, HttpContext http, IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        var body = await Bodies.ReadOptionalAsync<ReasonBody>(http).ConfigureAwait(false);
        var reason = Operators.Reason(body.Reason, "cancel");
        // An incident is named after its hypervisor; an id that nobody registered must not wake an actor.
        if (id.LastIndexOf('-') is var dash and > 0 && new HypervisorId(id[..dash]) is var hypervisor
            && (await inventory.ReadAsync(stopping).ConfigureAwait(false)).Hypervisors.ContainsKey(hypervisor))
        {
            return await HypervisorVerbs.DoAsync(new(hypervisor, OperatorVerb.CancelIncident, Operators.Who(http), reason, id), inventory, fleet, stopping).ConfigureAwait(false);
        }

        throw Refusal.NotFound("incident", id);
    }

    private static string? End(string type) => type switch
    {
        LogTypes.InstanceEvacuated => "evacuated",
        LogTypes.InstanceRestarted => "restarted",
        LogTypes.InstanceHandedOver => "handedOver",
        LogTypes.InstanceLeft => "left",
        LogTypes.InstanceCancelled => "cancelled",
        _ => null,
    };
}
