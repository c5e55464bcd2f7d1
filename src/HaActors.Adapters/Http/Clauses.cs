using System.Net.Sockets;
using System.Security.Authentication;

namespace HaActors.Adapters.Http;

/// <summary>Failures in an operator's words: one clause, never a stack, never a header.</summary>
internal static class Clauses
{
    private const int Longest = 300;

    internal static string Of(Exception failure) => failure switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "name unknown",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => "connection closed without an answer",
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => "the answer is no HTTP",
        { InnerException: { } inner } => Of(inner),
        AuthenticationException tls => $"TLS: {OneLine(tls.Message)}",
        SocketException socket => Of(socket.SocketErrorCode),
        _ => OneLine(failure.Message),
    };

    internal static string Of(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostUnreachable or SocketError.HostDown => "no route to host",
        SocketError.NetworkUnreachable or SocketError.NetworkDown => "network unreachable",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "connection reset",
        SocketError.TimedOut => "connection timed out",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "name unknown",
        _ => error.ToString(),
    };

    /// <summary>What came from outside, on one line and not longer than a clause.</summary>
    internal static string OneLine(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return "";
        var line = string.Create(Math.Min(text.Length, Longest), text, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = char.IsControl(from[i]) ? ' ' : from[i];
        });
        return text.Length > Longest ? line.Trim() + "…" : line.Trim();
    }

    internal static string Seconds(TimeSpan span) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");
}
