using System.Text.Json;
using HaActors.Api;
using HaActors.Master.Fleet;
using HaActors.Master.Settings;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaActors.Master.Http;

/// <summary><c>/health/live</c>: this process answers. <c>/health/ready</c>: it takes part, and somebody sweeps.</summary>
internal static class Health
{
    /// <summary>Mapped by tag, so that a check that Akka's own hosting adds under it counts too.</summary>
    internal const string ReadyTag = "ready";

    internal static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(ReadyTag), ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        var checks = report.Entries.ToDictionary(e => e.Key, e => new { Healthy = e.Value.Status == HealthStatus.Healthy, e.Value.Description });
        return JsonSerializer.SerializeAsync(http.Response.Body, new { Status = report.Status == HealthStatus.Healthy ? "healthy" : "unhealthy", Checks = checks }, ApiJson.Options, http.RequestAborted);
    }
}

/// <summary>This master is in the cluster, and some master's monitor has swept the fleet lately.</summary>
internal sealed class MonitorCheck(IFleet fleet, MasterSettings settings, TimeProvider time) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var now = await fleet.FleetAsync(cancellationToken).ConfigureAwait(false);
            // A monitor that has just moved here sweeps after a whole tick.
            var last = now.LastSweep?.At ?? now.MonitorSince;
            var age = time.GetUtcNow() - last;
            var limit = 3 * settings.Monitor.TickInterval;
            return age <= limit
                ? HealthCheckResult.Healthy(now.LastSweep is null ? "the first sweep is to come" : $"last sweep {age.TotalSeconds:0} s ago")
                : HealthCheckResult.Unhealthy($"no sweep for {age.TotalSeconds:0} s; one is due every {settings.Monitor.TickInterval.TotalSeconds:0} s");
        }
        catch (FleetUnavailableException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
