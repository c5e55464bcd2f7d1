using System.Data.Common;
using HaActors.Api;
using HaActors.Master.Fleet;
using HaActors.Storage.Inventory;
using Microsoft.AspNetCore.WebUtilities;

namespace HaActors.Master.Http;

/// <summary>Every "no" of the API in one form: problem+json with a code. Nothing of the program's inside gets out.</summary>
internal static class Problems
{
    internal static void UseProblems(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("HaActors.Http");
        app.Use(async (http, next) =>
        {
            try
            {
                await next(http).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
            {
                // The asker has gone.
            }
            catch (Exception e) when (!http.Response.HasStarted)
            {
                await WriteAsync(http, Read(e, http, log)).ConfigureAwait(false);
            }
        });
        app.UseStatusCodePages(context => WriteAsync(context.HttpContext, OfStatus(context.HttpContext)));
    }

    internal static async Task WriteAsync(HttpContext http, ProblemInfo problem)
    {
        http.Response.StatusCode = problem.Status;
        if (HttpMethods.IsHead(http.Request.Method))
            return;
        await http.Response.WriteAsJsonAsync(problem, ApiJson.Options, "application/problem+json", http.RequestAborted).ConfigureAwait(false);
    }

    internal static ProblemInfo Of(int status, string code, string detail) => new("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail, code);

    private static ProblemInfo Read(Exception e, HttpContext http, ILogger log)
    {
        switch (e)
        {
            case Refusal refusal:
                return Of(refusal.Status, refusal.Code, refusal.Message);
            case InventoryException refused:
                return Of(StatusOf(refused.Code), refused.Code, refused.Message);
            case FleetUnavailableException away:
                http.Response.Headers.RetryAfter = "5";
                return Of(StatusCodes.Status503ServiceUnavailable, "unavailable", away.Message);
            case DbException or TimeoutException:
                log.LogError(e, "The database did not do what {Method} {Path} asked", http.Request.Method, http.Request.Path);
                http.Response.Headers.RetryAfter = "5";
                return Of(StatusCodes.Status503ServiceUnavailable, "unavailable", "The database does not answer, or refused; the master's log says more. Nothing was changed as far as is known: read again, then repeat.");
            case BadHttpRequestException bad when bad.StatusCode == StatusCodes.Status413PayloadTooLarge:
                return TooLarge();
            case BadHttpRequestException bad:
                return Of(bad.StatusCode, "bad-request", "The request can't be read as HTTP: " + bad.Message);
            default:
                log.LogError(e, "{Method} {Path} failed", http.Request.Method, http.Request.Path);
                return Of(StatusCodes.Status500InternalServerError, "internal", $"The master failed on this request; its log says more, under request {http.TraceIdentifier}.");
        }
    }

    internal static ProblemInfo TooLarge() =>
        Of(StatusCodes.Status413PayloadTooLarge, "too-large", $"The body is larger than {Bodies.MaxBytes / 1024} KiB; nothing that this API takes is so large.");

    private static int StatusOf(string code) => code switch
    {
        InventoryCodes.NotFound => StatusCodes.Status404NotFound,
        InventoryCodes.DuplicateId or InventoryCodes.DuplicateName or InventoryCodes.DuplicateBmc or InventoryCodes.DuplicateAgent
            or InventoryCodes.TooMany or InventoryCodes.InUse or InventoryCodes.IdChanged => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status400BadRequest,
    };

    /// <summary>What routing says without words.</summary>
    private static ProblemInfo OfStatus(HttpContext http)
    {
        var path = Shown.Short(http.Request.Path);
        return http.Response.StatusCode switch
        {
            404 => Of(404, "unknown-route", $"There is nothing at {path}. GET /openapi/v1.json lists every route."),
            405 => Of(405, "method-not-allowed", $"{path} does not take {Shown.Short(http.Request.Method)}; it takes {http.Response.Headers.Allow}."),
            413 => TooLarge(),
            415 => Bodies.WrongContentType(http),
            var status => Of(status, "refused", $"{Shown.Short(http.Request.Method)} {path} was refused with {status}."),
        };
    }
}
