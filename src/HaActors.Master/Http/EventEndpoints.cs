using System.Text;
using System.Text.Json;
using HaActors.Api;
using HaActors.Domain.EventLog;
using HaActors.Storage.EventLog;

namespace HaActors.Master.Http;

/// <summary><c>/api/v1/events</c>: the log, page by page or as it grows.</summary>
internal static class EventEndpoints
{
    /// <summary>How often the log is looked at for a stream; also how late an event may arrive.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    /// <summary>A comment at least so often keeps proxies from closing a quiet stream.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    internal static void MapEvents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/events", List).WithTags("events").Answers<EventPage>(400);
        api.MapGet("/events/stream", Stream).WithTags("events").Answers(200, 400);
    }

    private static async Task<IResult> List(HttpContext http, EventLogReader log, CancellationToken stopping)
    {
        var found = await log.ReadAsync(EventQueries.Read(http.Request.Query), stopping).ConfigureAwait(false);
        return Endpoints.Ok(new EventPage([.. found.Select(Views.Of)], found.Length == 0 ? null : found[^1].Id));
    }

    /// <summary>Server-sent events. Begins after <c>Last-Event-ID</c>, else after <c>after</c>, else now; ends with the client or the master.</summary>
    private static async Task Stream(HttpContext http, EventLogReader log, IHostApplicationLifetime lifetime, TimeProvider time)
    {
        var query = EventQueries.Read(http.Request.Query);
        string? seen = http.Request.Headers["Last-Event-ID"];
        var after = EventQueries.After(string.IsNullOrEmpty(seen) ? null : seen, "Last-Event-ID") ?? query.After;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            after ??= await log.LastIdAsync(ending.Token).ConfigureAwait(false);
            http.Response.ContentType = "text/event-stream; charset=utf-8";
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers["X-Accel-Buffering"] = "no";
            await WriteAsync(http, ": the log of HaActors\n\n", ending.Token).ConfigureAwait(false);
            await FollowAsync(http, log, query, after.Value, time, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // A stream has no other end.
        }
    }

    private static async Task FollowAsync(HttpContext http, EventLogReader log, EventQuery query, long after, TimeProvider time, CancellationToken ending)
    {
        var spoken = time.GetTimestamp();
        while (true)
        {
            var found = await log.ReadAsync(query with { After = after, Limit = EventQuery.DefaultLimit }, ending).ConfigureAwait(false);
            if (found.Length > 0)
            {
                after = found[^1].Id;
                await WriteAsync(http, string.Concat(found.Select(Text)), ending).ConfigureAwait(false);
            }
            else if (time.GetElapsedTime(spoken) >= Heartbeat)
            {
                await WriteAsync(http, ": still here\n\n", ending).ConfigureAwait(false);
            }
            else
            {
                await Task.Delay(Pace, time, ending).ConfigureAwait(false);
                continue;
            }

            spoken = time.GetTimestamp();
        }
    }

    /// <summary>JSON holds no line break, so one data line is enough.</summary>
    private static string Text(LoggedEvent it) => $"id: {it.Id}\nevent: {it.Entry.Type}\ndata: {JsonSerializer.Serialize(Views.Of(it), ApiJson.Options)}\n\n";

    private static async Task WriteAsync(HttpContext http, string text, CancellationToken ending)
    {
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), ending).ConfigureAwait(false);
        await http.Response.Body.FlushAsync(ending).ConfigureAwait(false);
    }
}
