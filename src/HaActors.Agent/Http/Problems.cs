using System.Text.Json;
using HaActors.Agent.Libvirt;
using HaActors.AgentApi;

namespace HaActors.Agent.Http;

/// <summary>Every answer that is not 2xx has the same body.</summary>
internal static class Problems
{
    internal static Task WriteAsync(HttpContext context, int status, AgentProblem problem)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(problem, AgentJson.Default.AgentProblem, "application/problem+json", CancellationToken.None);
    }

    /// <summary>Turns what the rooms below throw into answers.</summary>
    internal static async Task CatchAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            var (status, problem) = Of(failure);
            if (status == 500) log.LogError(failure, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
            await WriteAsync(context, status, problem).ConfigureAwait(false);
        }
    }

    private static (int Status, AgentProblem Problem) Of(Exception failure) => failure switch
    {
        AgentRefusal refusal => (refusal.Status, refusal.Problem),
        LibvirtDownException down => (503, new AgentProblem(AgentCodes.LibvirtDown, down.Message)),
        LibvirtException error => (500, new AgentProblem(AgentCodes.LibvirtFailed, error.Message)),
        TimeoutException late => (503, new AgentProblem(AgentCodes.DatastoreDown, late.Message)),
        BadHttpRequestException bad => (bad.StatusCode, new AgentProblem(AgentCodes.Invalid, bad.Message)),
        JsonException bad => (400, new AgentProblem(AgentCodes.Invalid, $"The body is not the JSON that is expected here: {bad.Message}")),
        IOException disk => (500, new AgentProblem(AgentCodes.StateFailed, $"The agent could not write or read its files: {disk.Message}")),
        UnauthorizedAccessException disk => (500, new AgentProblem(AgentCodes.StateFailed, $"The agent could not write or read its files: {disk.Message}")),
        _ => (500, new AgentProblem(AgentCodes.StateFailed, "The agent failed; its log says more.")),
    };
}
