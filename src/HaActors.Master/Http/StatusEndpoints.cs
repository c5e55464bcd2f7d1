using HaActors.Actors.Gate;
using HaActors.Actors.Protocol;
using HaActors.Api;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Ports;
using HaActors.Master.Fleet;

namespace HaActors.Master.Http;

/// <summary><c>/api/v1/status</c> and <c>/api/v1/ha</c>: does HA act, and how is the whole?</summary>
internal static class StatusEndpoints
{
    internal static void MapStatus(this IEndpointRouteBuilder api)
    {
        api.MapGet("/status", Status).WithTags("status").Answers<StatusInfo>();
        api.MapPost("/ha/arm", (HttpContext http, IFleet fleet, CancellationToken stopping) => SetAsync(true, http, fleet, stopping))
            .WithTags("status").Takes<ReasonBody>(optional: true).Answers<ArmedInfo>(400);
        api.MapPost("/ha/disarm", (HttpContext http, IFleet fleet, CancellationToken stopping) => SetAsync(false, http, fleet, stopping))
            .WithTags("status").Takes<ReasonBody>(optional: true).Answers<ArmedInfo>(400);
    }

    private static async Task<IResult> SetAsync(bool armed, HttpContext http, IFleet fleet, CancellationToken stopping)
    {
        var body = await Bodies.ReadOptionalAsync<ReasonBody>(http).ConfigureAwait(false);
        if (armed && Operators.Reason(body.Reason).Length == 0 && await fleet.ArmedAsync(stopping).ConfigureAwait(false) is { Who: FenceGateActor.Itself } stopped)
            throw Refusal.Bad("reason-required", $"HA disarmed itself ({stopped.Reason}). Look where each instance really runs, then arm it with a reason: send {{\"reason\":\"…\"}}.");
        return Endpoints.Ok(Views.Of(await fleet.SetArmedAsync(new SetArmed(armed, Operators.Who(http), Operators.Reason(body.Reason)), stopping).ConfigureAwait(false)));
    }

    private static async Task<IResult> Status(IInventory inventory, IFleet fleet, CancellationToken stopping)
    {
        var armed = ArmedAsync(fleet, stopping);
        var gate = GateEndpoints.TryReadAsync(fleet, stopping);
        var live = await Live.ReadAsync(fleet, stopping).ConfigureAwait(false);
        var all = await inventory.ReadAsync(stopping).ConfigureAwait(false);
        var shared = await inventory.SharedDatastoresAsync(stopping).ConfigureAwait(false);
        var byState = all.Hypervisors.Keys.GroupBy(id => live.Of(id)?.Phase ?? HypervisorPhase.Unknown).OrderBy(g => g.Key).ToDictionary(g => g.Key.ToString(), g => g.Count());
        var incidents = live.Now?.Hypervisors.Values.Where(v => v.Incident is not null).Select(v => v.Incident!.Value.Value).Order(StringComparer.Ordinal).ToList() ?? [];
        var acts = await armed.ConfigureAwait(false);
        var sweep = live.Now?.LastSweep;
        return Endpoints.Ok(new StatusInfo(
            acts?.State ?? "unknown", acts?.Who, acts?.Reason, acts?.Since,
            [.. fleet.Members().Select(m => new MasterInfo(m.Address, m.Status, m.Leader))],
            live.Now is { } now ? new MonitorInfo(now.MonitorSince) : null,
            sweep is null ? null : new SweepInfo(sweep.At, sweep.TookMs, sweep.Probed, sweep.Missed),
            byState, incidents, shared.Length, live.Problem ?? live.Now?.InventoryProblem,
            await gate.ConfigureAwait(false),
            live.Now?.Hypervisors.Values.Where(v => v.QuarantinedUntil is not null).Select(v => v.HypervisorId.Value).Order(StringComparer.Ordinal).ToList(),
            live.Now?.Hypervisors.Values.Sum(v => v.Devices.IsDefault ? 0 : v.Devices.Count(d => d.Problem is not null)) ?? 0,
            live.Now?.Hypervisors.Values.Where(v => v is { HaEnabled: true, NotFenceable: not null }).Select(v => v.HypervisorId.Value).Order(StringComparer.Ordinal).ToList() ?? []));
    }

    private static async Task<ArmedAnswer?> ArmedAsync(IFleet fleet, CancellationToken stopping)
    {
        try
        {
            return await fleet.ArmedAsync(stopping).ConfigureAwait(false);
        }
        catch (FleetUnavailableException)
        {
            return null;
        }
    }
}
