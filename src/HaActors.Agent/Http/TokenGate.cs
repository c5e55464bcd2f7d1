using System.Security.Cryptography;
using System.Text;
using HaActors.AgentApi;

namespace HaActors.Agent.Http;

/// <summary>Lets <c>/health</c> through, and the rest only with the token. The comparison takes the same time wherever the texts differ.</summary>
internal sealed class TokenGate(AgentOptions options)
{
    private readonly byte[]? _expected = options.Token is null ? null : Digest(options.Token);

    internal Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value == AgentPaths.Health) return next(context);
        if (_expected is null)
            return Problems.WriteAsync(context, 403, new AgentProblem(AgentCodes.Unauthorized, "This agent has no token, so it serves /health only; set HaAgent:Token and restart it."));
        string? sent = context.Request.Headers.Authorization;
        const string scheme = "Bearer ";
        if (sent?.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) == true && CryptographicOperations.FixedTimeEquals(Digest(sent[scheme.Length..].Trim()), _expected)) return next(context);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.WriteAsync(context, 401, new AgentProblem(AgentCodes.Unauthorized, "The token is missing or wrong."));
    }

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
