namespace HaActors.Master.Http;

/// <summary>Lets in whoever shows the token; open are only health, the contract and the signpost at <c>/</c>, which tell nothing of this installation.</summary>
internal static class TokenGate
{
    internal static void UseTokenGate(this WebApplication app)
    {
        var token = app.Services.GetRequiredService<AdminToken>();
        app.Use((http, next) =>
        {
            if (IsOpen(http.Request.Path) || Bearer(http.Request) is { } shown && token.Accepts(shown))
                return next(http);
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.WriteAsync(http, Problems.Of(
                StatusCodes.Status401Unauthorized, "unauthorized",
                http.Request.Headers.Authorization.Count == 0
                    ? "Send the administrator's token: 'Authorization: Bearer …'. It was shown once at the first start, or is set as HaActors:Auth:AdminToken."
                    : "This is not the administrator's token. A lost one is replaced by setting HaActors:Auth:AdminToken and starting the master again."));
        });
    }

    private static bool IsOpen(PathString path) => path == "/" || path.StartsWithSegments("/health") || path.StartsWithSegments("/openapi");

    private static string? Bearer(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        return header is not null && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : null;
    }
}
