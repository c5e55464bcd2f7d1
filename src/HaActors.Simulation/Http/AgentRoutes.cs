using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HaActors.AgentApi;
using HaActors.Domain;
using HaActors.Simulation.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HaActors.Simulation.Http;

/// <summary>The routes of <see cref="AgentPaths"/> over one simulated agent.</summary>
internal sealed class AgentRoutes(SimulatedWorld world, Host host, AgentServer server, string master)
{
    public void Map(WebApplication app)
    {
        app.MapGet(AgentPaths.Health, c => AskAsync(c, AgentCall.Health, a => a.Health(), AgentJson.Default.HealthAnswer));
        app.MapGet(AgentPaths.Host, c => AskAsync(c, AgentCall.Host, a => a.Host(), AgentJson.Default.HostAnswer));
        app.MapGet(AgentPaths.Instances, c => AskAsync(c, AgentCall.Instances, a => a.Instances(), AgentJson.Default.InstanceList));
        app.MapGet(AgentPaths.Instance("{uuid}"), c => AskAsync(c, AgentCall.Instances, a => a.One(IdOf(c)), AgentJson.Default.InstanceInfo));
        app.MapDelete(AgentPaths.Instance("{uuid}"), c => AskAsync(c, AgentCall.Forget, a => a.Forget(IdOf(c)), null));
        app.MapPut(AgentPaths.Run("{uuid}"), c => WithBodyAsync(c, AgentJson.Default.RunRequest, async b =>
            await AnswerAsync(c, await server.RunAsync(master, host, IdOf(c), b).ConfigureAwait(false), AgentJson.Default.RunAnswer).ConfigureAwait(false)));
        app.MapPost(AgentPaths.Cancel("{uuid}"), c => WithBodyAsync(c, AgentJson.Default.EpochRequest, async b =>
            await AnswerAsync(c, await server.CancelAsync(master, host, IdOf(c), b.Epoch).ConfigureAwait(false), AgentJson.Default.CancelAnswer).ConfigureAwait(false)));
        app.MapPost(AgentPaths.Stop("{uuid}"), c => WithBodyAsync(c, AgentJson.Default.EpochRequest, b =>
            AskAsync(c, AgentCall.Stop, a => a.Stop(IdOf(c), b.Epoch), AgentJson.Default.RunAnswer)));
        app.MapPut(AgentPaths.Managed("{uuid}"), c => WithBodyAsync(c, AgentJson.Default.ManagedRequest, b =>
            AskAsync(c, AgentCall.Managed, a => a.SetManaged(IdOf(c), b.Managed, b.MayStart), null)));
        app.MapPut(AgentPaths.Epochs, c => WithBodyAsync(c, AgentJson.Default.EpochFloors, b =>
            AskAsync(c, AgentCall.Floors, a => a.SetFloors(b.BootId, (b.Floors ?? ImmutableDictionary<string, long>.Empty).ToImmutableSortedDictionary(f => new InstanceId(f.Key), f => f.Value)), null)));
        app.MapPost(AgentPaths.Clear, c => WithBodyAsync(c, AgentJson.Default.ClearRequest, b => AskAsync(c, AgentCall.Clear, a => a.Clear(b.BootId), null)));
        app.MapGet(AgentPaths.Nonce("{datastore}"), c => AskAsync(c, AgentCall.Nonce, a => a.Nonces(StoreOf(c)), AgentJson.Default.NonceAnswer));
        app.MapPut(AgentPaths.Nonce("{datastore}"), c => WithBodyAsync(c, AgentJson.Default.NonceRequest, b =>
            AskAsync(c, AgentCall.Nonce, a => a.WriteNonce(StoreOf(c), b.Nonce), AgentJson.Default.NonceAnswer)));
        app.MapFallback(c => WriteAsync(c, 404, new AgentProblem(AgentCodes.NotFound, "This agent has no such path or method.")));
    }

    /// <summary>Nobody answers; it ends when the caller gives up.</summary>
    public static async Task SilenceAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        await using (context.RequestAborted.Register(gone.SetResult).ConfigureAwait(false)) await gone.Task.ConfigureAwait(false);
        context.Abort();
    }

    public static Task WriteAsync(HttpContext context, int status, AgentProblem problem)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(problem, AgentJson.Default.AgentProblem, "application/problem+json", context.RequestAborted);
    }

    private static InstanceId IdOf(HttpContext context) => new(((string)context.Request.RouteValues["uuid"]!).ToLowerInvariant());

    private static DatastoreId StoreOf(HttpContext context) => new((string)context.Request.RouteValues["datastore"]!);

    private static async Task WithBodyAsync<T>(HttpContext context, JsonTypeInfo<T> type, Func<T, Task> act) where T : class
    {
        T? body = null;
        var why = "The body is null.";
        try
        {
            body = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false);
        }
        catch (JsonException bad)
        {
            why = $"The body is not the JSON that is expected here: {bad.Message}";
        }

        if (body is null) await WriteAsync(context, 400, new AgentProblem(AgentCodes.Invalid, why)).ConfigureAwait(false);
        else await act(body).ConfigureAwait(false);
    }

    private async Task AskAsync<T>(HttpContext context, AgentCall call, Func<SimulatedAgent, AgentReply<T>> act, JsonTypeInfo<T>? type) where T : class =>
        await AnswerAsync(context, await server.AskAsync(master, host, call, act).ConfigureAwait(false), type).ConfigureAwait(false);

    private async Task AnswerAsync<T>(HttpContext context, AgentReply<T>? reply, JsonTypeInfo<T>? type) where T : class
    {
        if (reply is not { } said) await SilenceAsync(context).ConfigureAwait(false);
        else if (said.Problem is { } problem) await WriteAsync(context, said.Status, problem).ConfigureAwait(false);
        else if (type is null) context.Response.StatusCode = 204;
        else
        {
            await Task.Delay(world.Draw(world.Timings.Network), world.Time, context.RequestAborted).ConfigureAwait(false);
            context.Response.StatusCode = said.Status;
            await context.Response.WriteAsJsonAsync(said.Value!, type, "application/json", context.RequestAborted).ConfigureAwait(false);
        }
    }
}
