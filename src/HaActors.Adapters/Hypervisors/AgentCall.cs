using System.Net.Http.Headers;
using System.Net.Mime;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using HaActors.Adapters.Http;
using HaActors.AgentApi;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Adapters.Hypervisors;

/// <summary>One request to an agent, under one deadline, sorted into yes, no and unknown.</summary>
/// <remarks>
/// Each call has a connection of its own. On a shared one it could not be told for sure that a request never left, and a pool may silently
/// send a request again whose first copy was carried out. These calls are rare: a list that changed, a start, a cancel.
/// </remarks>
internal sealed class AgentCall(TimeProvider time)
{
    internal async Task<AgentResult<T>> SendAsync<T>(
        AgentEndpoint agent, HttpMethod method, string path, byte[]? body, TimeSpan limit, int longestAnswer, Func<JsonElement, T?> read, CancellationToken stopping)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(agent);
        stopping.ThrowIfCancellationRequested();
        if (!TryBearer(agent.Token, out var bearer))
            return new AgentResult<T>.Unknown("the agent's token has characters that no HTTP header may have", NeverLeft: true);
        if (!agent.Url.IsAbsoluteUri || agent.Url.Scheme is not ("http" or "https"))
            return new AgentResult<T>.Unknown("the agent's URL is no http or https URL", NeverLeft: true);

        using var deadline = new CancellationTokenSource(limit, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        var line = new Line();
        try
        {
            using var invoker = new HttpMessageInvoker(Handler(line, limit));
            using var request = new HttpRequestMessage(method, AgentUrl.Of(agent.Url, path));
            request.Headers.Authorization = bearer;
            if (body is not null)
            {
                request.Content = new ByteArrayContent(body);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json);
            }

            using var response = await invoker.SendAsync(request, end.Token).ConfigureAwait(false);
            var answer = await BoundedBody.ReadAsync(response.Content, longestAnswer, end.Token).ConfigureAwait(false);
            return Sort((int)response.StatusCode, answer, longestAnswer, read);
        }
        catch (OperationCanceledException)
        {
            stopping.ThrowIfCancellationRequested();
            return line.Stood
                ? new AgentResult<T>.Unknown($"no whole answer within {Clauses.Seconds(limit)}")
                : new AgentResult<T>.Unknown($"no connection within {Clauses.Seconds(limit)}", NeverLeft: true);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException or InvalidOperationException)
        {
            // A certificate is judged before the request is written.
            return new AgentResult<T>.Unknown(Clauses.Of(failure), NeverLeft: !line.Stood || failure.InnerException is AuthenticationException);
        }
    }

    private static AgentResult<T> Sort<T>(int status, ReadOnlyMemory<byte>? body, int longest, Func<JsonElement, T?> read) where T : class
    {
        if (body is not { } bytes) return new AgentResult<T>.Unknown($"answered {status} with more than {longest / 1024} KiB");
        if (status is >= 200 and < 300)
        {
            return Parsed(bytes, read) is { } value
                ? new AgentResult<T>.Yes(value)
                : new AgentResult<T>.Unknown($"answered {status} with a body that is not what was asked for");
        }

        var problem = Parsed(bytes, root => root.Deserialize(AgentJson.Default.AgentProblem));
        if (problem is not { Code.Length: > 0 }) return new AgentResult<T>.Unknown($"answered {status} without an agent's code: does an agent listen there?");
        var message = Clauses.OneLine(problem.Message);
        // A no is what the agent itself calls one: it looked, and did nothing. 503 and any other 5xx only say that it does not know.
        return status is >= 400 and < 500 || problem.Code == AgentCodes.StartFailed
            ? new AgentResult<T>.No(problem.Code, message, problem.Holder, problem.RefusedUpTo)
            : new AgentResult<T>.Unknown($"answered {status} {problem.Code}: {message}");
    }

    /// <summary>An empty body is an empty object: an answer that tells nothing is enough where nothing was asked.</summary>
    private static T? Parsed<T>(ReadOnlyMemory<byte> body, Func<JsonElement, T?> read) where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(body.IsEmpty ? "{}"u8.ToArray() : body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? read(document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool TryBearer(Secret token, out AuthenticationHeaderValue? bearer)
    {
        var clear = token.Reveal();
        bearer = null;
        if (clear.Any(c => c is <= ' ' or > '~')) return false;
        if (clear.Length > 0) bearer = new AuthenticationHeaderValue("Bearer", clear);
        return true;
    }

    private static SocketsHttpHandler Handler(Line line, TimeSpan limit) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectTimeout = limit,
        MaxResponseHeadersLength = 16,
        ConnectCallback = async (context, token) =>
        {
            var stream = await Connecting.OpenAsync(context.DnsEndPoint, token).ConfigureAwait(false);
            line.Stood = true;
            return stream;
        },
    };

    /// <summary>Until a connection stands, nothing can have left.</summary>
    private sealed class Line
    {
        internal volatile bool Stood;
    }
}
