using HaActors.Agent.Hosts;
using HaActors.Agent.Instances;
using HaActors.Agent.Shutdown;
using HaActors.AgentApi;

namespace HaActors.Agent.Http;

/// <summary>
/// While the host is being shut down nothing is started and nothing is listed: guests that end now end with their host, and must not look as if their users had shut them
/// off. What makes a start impossible (<c>cancel</c>) is still done.
/// </summary>
internal static class Leaving
{
    internal static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var farewell = context.RequestServices.GetRequiredService<Farewell>();
        var path = context.Request.Path.Value ?? "";
        if (path == AgentPaths.Health) farewell.Asked(context.Connection.RemoteIpAddress);
        if (!farewell.IsShuttingDown || path.EndsWith("/cancel", StringComparison.Ordinal))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        const string reason = "the host is being shut down or rebooted";
        if (path != AgentPaths.Health)
        {
            await Problems.WriteAsync(context, 503, new AgentProblem(AgentCodes.ShuttingDown, reason + "; nothing is done there any more")).ConfigureAwait(false);
            return;
        }

        var watch = context.RequestServices.GetRequiredService<InstanceWatch>();
        string? uuid = null;
        try
        {
            // The last look will do: who the host is does not change.
            uuid = (await watch.LookAsync(TimeSpan.FromHours(1), TimeSpan.FromSeconds(1)).ConfigureAwait(false)).HypervisorUuid;
        }
#pragma warning disable CA1031 // without libvirt nobody can say which host it is, and the answer is 503 either way
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        var boot = context.RequestServices.GetRequiredService<IHostFacts>().BootId;
        await Results.Json(new HealthAnswer(HealthAnswer.ShuttingDown, uuid, boot, null, reason), AgentJson.Default.HealthAnswer, statusCode: 503).ExecuteAsync(context).ConfigureAwait(false);
    }
}
