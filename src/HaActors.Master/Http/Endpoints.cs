using System.Text.Json;
using HaActors.Api;

namespace HaActors.Master.Http;

/// <summary>Small words that all routes use, and what OpenAPI is told of them.</summary>
internal static class Endpoints
{
    internal const string MergePatch = "application/merge-patch+json";
    private const string ProblemJson = "application/problem+json";

    internal static void MapApi(this WebApplication app)
    {
        app.MapGet("/", () => Results.Text("HaActors master. The API is at /api/v1, its contract at /openapi/v1.json.\n")).ExcludeFromDescription();
        app.MapOpenApi();
        app.MapHealth();
        var api = app.MapGroup("/api/v1");
        api.MapStatus();
        api.MapLocations();
        api.MapGate();
        api.MapGroups();
        api.MapHypervisors();
        api.MapHypervisorVerbs();
        api.MapInstances();
        api.MapEvents();
        api.MapIncidents();
        api.MapWebhooks();
    }

    internal static IResult Ok<T>(T value) => Results.Json(value, ApiJson.Options);

    internal static IResult Accepted<T>(T value) => Results.Json(value, ApiJson.Options, statusCode: StatusCodes.Status202Accepted);

    internal static IResult Created<T>(string where, T value) => new CreatedAt<T>(where, value);

    /// <summary>Bodies are read by hand, so the contract is told by hand what they are.</summary>
    internal static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route, string contentType = "application/json", bool optional = false) where T : notnull
    {
        route.Add(builder => builder.Metadata.Add(new Taken(typeof(T), contentType, optional)));
        return route;
    }

    /// <param name="statuses">A success other than 200, and the refusals beside 401 and 503.</param>
    internal static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, params int[] statuses)
    {
        route.Produces<T>(statuses.FirstOrDefault(s => s < 300, StatusCodes.Status200OK), "application/json");
        return route.Refuses(statuses);
    }

    /// <summary>Answers without a body.</summary>
    internal static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, params int[] statuses)
    {
        route.Produces(statuses.First(s => s < 300));
        return route.Refuses(statuses);
    }

    private static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, int[] statuses)
    {
        foreach (var status in statuses.Where(s => s >= 400).Concat([401, 503]))
            route.Produces<ProblemInfo>(status, ProblemJson);
        return route;
    }

    /// <summary>What a route takes; read by the OpenAPI transformer. Routing itself must not look at it: a wrong content type is told by <see cref="Bodies"/>.</summary>
    internal sealed record Taken(Type Type, string ContentType, bool Optional);

    private sealed class CreatedAt<T>(string where, T value) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status201Created;
            httpContext.Response.Headers.Location = where;
            return JsonSerializer.SerializeAsync(Prepared(httpContext).Body, value, ApiJson.Options, httpContext.RequestAborted);
        }

        private static HttpResponse Prepared(HttpContext http)
        {
            http.Response.ContentType = "application/json; charset=utf-8";
            return http.Response;
        }
    }
}
