using System.Globalization;
using HaActors.Actors.Protocol;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.Ports;
using HaActors.Master.Fleet;

namespace HaActors.Master.Http;

/// <summary><c>/api/v1/locations/{id}/storm-override</c>, and what the gate says for status and explain.</summary>
internal static class GateEndpoints
{
    internal static void MapGate(this IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("/locations/{id}/storm-override").WithTags("locations");
        routes.MapPost("", Override).Takes<StormOverrideBody>().Answers<GateInfo>(202, 400, 404, 409);
        routes.MapDelete("", End).Answers<GateInfo>(202, 404);
    }

    /// <summary>Null when the gate does not answer: it is shown beside other things, and never holds them up.</summary>
    internal static async Task<GateInfo?> TryReadAsync(IFleet fleet, CancellationToken stopping)
    {
        try
        {
            return Of(await fleet.GateAsync(stopping).ConfigureAwait(false));
        }
        catch (FleetUnavailableException)
        {
            return null;
        }
    }

    /// <summary>What concerns the hypervisors of a location, in sentences.</summary>
    internal static IEnumerable<string> Sentences(GateInfo? gate, string location)
    {
        foreach (var s in gate?.Storms.Where(s => s.LocationId == location) ?? [])
        {
            yield return Text($"{location} has been in a storm since {s.Since:HH:mm:ss} UTC: {s.Failing} of {s.Counted} hypervisors {(s.Failing == 1 ? "is" : "are")} failing now; ")
                + (s.OverAt is { } over ? Text($"it is over at {over:HH:mm:ss} UTC if they stay few.") : "it is over when they have answered again for the cool-down.");
        }

        foreach (var p in gate?.PathsLost.Where(p => p.LocationId == location) ?? [])
            yield return Text($"The way to the fence devices of {location} has been broken since {p.Since:HH:mm:ss} UTC ({p.Silent.Count} of {p.Counted} that were asked were silent, and their hypervisors answer): over these nobody can be fenced before it is back.");
        foreach (var o in gate?.StormOverrides.Where(o => o.LocationId == location) ?? [])
            yield return Text($"{o.Who} overrode storms of {location} until {o.Until:yyyy-MM-dd HH:mm:ss} UTC ({o.Reason}).");
        foreach (var w in gate?.Windows.Where(w => w.LocationId == location) ?? [])
            yield return Text($"In the last window {w.Fenced} of at most {w.Limit} hypervisors of {location} were fenced") + (w.Queue.Count > 0 ? $"; {string.Join(", ", w.Queue)} wait, oldest first." : ".");
    }

    private static async Task<IResult> Override(string id, HttpContext http, IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        await KnownAsync(id, inventory, stopping).ConfigureAwait(false);
        var body = await Bodies.ReadAsync<StormOverrideBody>(http).ConfigureAwait(false);
        var reason = Operators.Reason(body.Reason, "storm-override");
        if (!DateTimeOffset.TryParse(body.Until, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until) || !body.Until.Contains('T', StringComparison.Ordinal))
            throw Refusal.Bad("invalid-until", $"A storm override has an end, and 'until' is '{Shown.Short(body.Until)}'; it must be a time like 2026-01-31T05:00:00Z.");
        var answer = await fleet.OverrideStormAsync(new(new(id), Operators.Who(http), reason, until), stopping).ConfigureAwait(false);
        if (!answer.Accepted)
            throw Refusal.Bad("invalid-until", answer.Message);
        return Endpoints.Accepted(Of(await fleet.GateAsync(stopping).ConfigureAwait(false)));
    }

    private static async Task<IResult> End(string id, HttpContext http, IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        await KnownAsync(id, inventory, stopping).ConfigureAwait(false);
        await fleet.OverrideStormAsync(new(new(id), Operators.Who(http), "", null), stopping).ConfigureAwait(false);
        return Endpoints.Accepted(Of(await fleet.GateAsync(stopping).ConfigureAwait(false)));
    }

    private static async Task KnownAsync(string id, IInventory inventory, CancellationToken stopping)
    {
        if (!(await inventory.ReadAsync(stopping).ConfigureAwait(false)).Locations.ContainsKey(new LocationId(id)))
            throw Refusal.NotFound("location", id);
    }

    private static GateInfo Of(GateView it) => new(
        [.. it.Storms.Select(s => new StormInfo(s.Location.Value, s.Since, s.Failing, s.Counted, s.OverAt))],
        [.. it.Overrides.Select(o => new StormOverrideInfo(o.Location.Value, o.Who, o.Reason, o.Since, o.Until))],
        [.. it.Witnesses.Select(w => new WitnessInfo(w.Name, w.Answered, w.Detail, w.At))],
        [.. it.Windows.Select(w => new FenceWindowInfo(w.Location.Value, w.Fenced, w.Limit, [.. w.Queue.Select(h => h.Value)]))],
        [.. it.PathsLost.Select(p => new PathLostInfo(p.Location.Value, p.Since, [.. p.Silent.Select(h => h.Value)], p.Counted))]);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
