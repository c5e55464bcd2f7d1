using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HaActors.Agent.Hosts;
using HaActors.Agent.Instances;
using HaActors.Agent.State;
using HaActors.AgentApi;

namespace HaActors.Agent.Http;

/// <summary>The routes of <see cref="AgentPaths"/>.</summary>
internal static class AgentEndpoints
{
    /// <summary>A probe's deadline is 2 s as the masters count; some of it belongs to the network.</summary>
    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(1.7);
    private static readonly TimeSpan ListLimit = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>With the commit that it was built from, where the build knows one: the masters see each upgrade.</summary>
    private static readonly string? Version = typeof(AgentEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    internal static void MapAgent(this WebApplication app)
    {
        app.MapGet(AgentPaths.Health, HealthAsync);
        app.MapGet(AgentPaths.Host, async (HostReport host) => Json(await host.TellAsync(ListLimit), AgentJson.Default.HostAnswer));
        app.MapGet(AgentPaths.Instances, async (InstanceReport report) => Json(await report.ListAsync(Fresh, ListLimit), AgentJson.Default.InstanceList));
        app.MapGet(AgentPaths.Instance("{uuid}"), async (string uuid, InstanceReport report) => Json(await report.OneAsync(Uuid(uuid), ListLimit), AgentJson.Default.InstanceInfo));
        app.MapPut(AgentPaths.Run("{uuid}"), async (string uuid, HttpRequest request, Operations acts) =>
            Json(await acts.RunAsync(Uuid(uuid), await BodyAsync(request, AgentJson.Default.RunRequest)), AgentJson.Default.RunAnswer));
        app.MapPost(AgentPaths.Cancel("{uuid}"), async (string uuid, HttpRequest request, Operations acts) =>
            Json(await acts.CancelAsync(Uuid(uuid), (await BodyAsync(request, AgentJson.Default.EpochRequest)).Epoch), AgentJson.Default.CancelAnswer));
        app.MapPost(AgentPaths.Stop("{uuid}"), async (string uuid, HttpRequest request, Operations acts) =>
            Json(await acts.StopAsync(Uuid(uuid), (await BodyAsync(request, AgentJson.Default.EpochRequest)).Epoch), AgentJson.Default.RunAnswer));
        app.MapDelete(AgentPaths.Instance("{uuid}"), async (string uuid, Operations acts) =>
        {
            await acts.DeleteAsync(Uuid(uuid));
            return Results.NoContent();
        });
        app.MapPut(AgentPaths.Managed("{uuid}"), async (string uuid, HttpRequest request, Operations acts) =>
        {
            await acts.ManageAsync(Uuid(uuid), await BodyAsync(request, AgentJson.Default.ManagedRequest));
            return Results.NoContent();
        });
        app.MapPut(AgentPaths.Epochs, async (HttpRequest request, StateStore store, IHostFacts facts) =>
        {
            var floors = await BodyAsync(request, AgentJson.Default.EpochFloors);
            SameBoot(floors.BootId, facts);
            if (floors.Floors is null || floors.Floors.Any(f => f.Value < 0)) throw AgentRefusal.Invalid("floors is missing, or one of them is below 0");
            store.LearnFloors(floors.Floors.ToDictionary(f => Uuid(f.Key), f => f.Value, StringComparer.Ordinal));
            return Results.NoContent();
        });
        app.MapPost(AgentPaths.Clear, async (HttpRequest request, StateStore store, IHostFacts facts) =>
        {
            var clear = await BodyAsync(request, AgentJson.Default.ClearRequest);
            SameBoot(clear.BootId, facts);
            store.Clear(facts.BootId);
            return Results.NoContent();
        });
        app.MapGet(AgentPaths.Nonce("{datastore}"), async (string datastore, Datastores datastores) =>
            Json(await datastores.NoncesAsync(Uuid(datastore)), AgentJson.Default.NonceAnswer));
        app.MapPut(AgentPaths.Nonce("{datastore}"), async (string datastore, HttpRequest request, Datastores datastores, InstanceWatch watch) =>
        {
            var nonce = (await BodyAsync(request, AgentJson.Default.NonceRequest)).Nonce;
            if (!DatastoreFiles.IsNonce(nonce)) throw AgentRefusal.Invalid("nonce must be 1 to 128 letters, digits, dashes, dots or underscores");
            var hypervisor = (await watch.LookAsync(TimeSpan.FromMinutes(1), ListLimit)).HypervisorUuid;
            return Json(await datastores.WriteNonceAsync(Uuid(datastore), hypervisor, nonce), AgentJson.Default.NonceAnswer);
        });
        app.MapFallback(() => { throw AgentRefusal.NotFound("This agent has no such path or method."); });
    }

    private static async Task<IResult> HealthAsync(InstanceWatch watch)
    {
        try
        {
            var sighting = await watch.LookAsync(Fresh, HealthLimit);
            return Json(new HealthAnswer(HealthAnswer.Healthy, sighting.HypervisorUuid, sighting.BootId, sighting.Version, null, Version), AgentJson.Default.HealthAnswer);
        }
#pragma warning disable CA1031 // whatever it is, the answer has this form
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return Results.Json(new HealthAnswer(HealthAnswer.Unhealthy, null, null, null, failure.Message), AgentJson.Default.HealthAnswer, statusCode: 503);
        }
    }

    private static IResult Json<T>(T answer, JsonTypeInfo<T> type) => Results.Json(answer, type);

    private static async Task<T> BodyAsync<T>(HttpRequest request, JsonTypeInfo<T> type) where T : class =>
        await JsonSerializer.DeserializeAsync(request.Body, type, request.HttpContext.RequestAborted) ?? throw AgentRefusal.Invalid("The body is null.");

    /// <summary>Uuids become file names: nothing but a UUID is one.</summary>
    private static string Uuid(string text) =>
        Guid.TryParseExact(text, "D", out var uuid) ? uuid.ToString() : throw AgentRefusal.NotFound($"\"{text}\" is no UUID");

    private static void SameBoot(string? bootId, IHostFacts facts)
    {
        if (bootId != facts.BootId)
            throw AgentRefusal.Conflict(AgentCodes.NotCleared, $"boot {bootId} is meant, and this host is in boot {facts.BootId}; look at the host again");
    }
}
