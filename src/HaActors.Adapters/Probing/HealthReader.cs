using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using HaActors.Adapters.Http;
using HaActors.AgentApi;
using HaActors.Domain.Probing;

namespace HaActors.Adapters.Probing;

/// <summary>What <c>GET /health</c> found, with a clause when it isn't ok.</summary>
internal sealed record HealthReport(HealthFinding Finding, string? Detail, string? HypervisorUuid = null, string? BootId = null, string? InstancesVersion = null, string? AgentVersion = null, bool ShuttingDown = false);

/// <summary>Asks an agent for its health over a kept connection, and over a new one if the kept one is dead.</summary>
/// <remarks>
/// A kept connection dies without a word when a host reboots or a firewall forgets it. A healthy host must not miss for that:
/// what fails on a kept connection, or is silent there for half of the deadline, is asked once more on a new one.
/// </remarks>
internal sealed class HealthReader : IDisposable
{
    private const int LongestBody = 64 * 1024;
    private static readonly HttpRequestOptionsKey<Opening> OpeningKey = new("opening");

    private readonly TimeSpan _deadline;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _kept;
    private readonly HttpMessageInvoker _new;

    internal HealthReader(TimeSpan deadline, TimeProvider time)
    {
        _deadline = deadline;
        _time = time;
        // A tick is 30 s: a connection serves a few ticks, and a changed DNS entry is followed within two minutes.
        _kept = Invoker(TimeSpan.FromMinutes(2), deadline);
        _new = Invoker(TimeSpan.Zero, deadline);
    }

    /// <summary>Never throws: a token that ends is <see cref="HealthFinding.NoAnswer"/>.</summary>
    internal async Task<HealthReport> ReadAsync(Uri agent, string? knownUuid, CancellationToken deadline)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        try
        {
            var opening = new Opening();
            var first = AskAsync(_kept, agent, knownUuid, opening, end.Token);
            await Task.WhenAny(first, Task.Delay(_deadline / 2, _time, end.Token)).ConfigureAwait(false);
            if (opening.New || (first.IsCompleted && (await first.ConfigureAwait(false)).IsHttp)) return (await first.ConfigureAwait(false)).Report;

            var second = AskAsync(_new, agent, knownUuid, new Opening(), end.Token);
            var open = first.IsCompleted ? new List<Task<Answer>> { second } : [first, second];
            while (open.Count > 0)
            {
                var ended = await Task.WhenAny(open).ConfigureAwait(false);
                open.Remove(ended);
                var answer = await ended.ConfigureAwait(false);
                if (answer.IsHttp) return answer.Report;
            }

            return (await second.ConfigureAwait(false)).Report;
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _kept.Dispose();
        _new.Dispose();
    }

    /// <param name="IsHttp">A whole HTTP answer came; else the connection may be to blame.</param>
    private readonly record struct Answer(HealthReport Report, bool IsHttp);

    /// <summary>Says whether a request made a connection of its own.</summary>
    private sealed class Opening
    {
        internal volatile bool New;
    }

    private async Task<Answer> AskAsync(HttpMessageInvoker through, Uri agent, string? knownUuid, Opening opening, CancellationToken end)
    {
        HttpStatusCode? status = null;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, AgentUrl.Of(agent, AgentPaths.Health));
            request.Options.Set(OpeningKey, opening);
            using var response = await through.SendAsync(request, end).ConfigureAwait(false);
            status = response.StatusCode;
            var body = await BoundedBody.ReadAsync(response.Content, LongestBody, end).ConfigureAwait(false);
            return new(Read(response.StatusCode, body, knownUuid), IsHttp: true);
        }
        catch (OperationCanceledException)
        {
            return status is { } began
                ? new(new(HealthFinding.Unhealthy, $"answered {(int)began}, and no whole body within {Clauses.Seconds(_deadline)}"), IsHttp: false)
                : new(new(HealthFinding.NoAnswer, $"no answer within {Clauses.Seconds(_deadline)}"), IsHttp: false);
        }
        catch (Exception failure)
        {
            return new(new(status is not null || SomethingAnswered(failure) ? HealthFinding.Unhealthy : HealthFinding.NoAnswer, Clauses.Of(failure)), IsHttp: false);
        }
    }

    /// <summary>Bytes that are no HTTP, a refused TLS handshake, a connection taken and closed: somebody lives there.</summary>
    private static bool SomethingAnswered(Exception failure) =>
        failure is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded }
        || failure.InnerException is AuthenticationException;

    private static HealthReport Read(HttpStatusCode status, ReadOnlyMemory<byte>? body, string? knownUuid)
    {
        if (body is not { } bytes) return new(HealthFinding.Unhealthy, $"answered {(int)status} with more than {LongestBody / 1024} KiB");
        HealthAnswer? said;
        try
        {
            said = JsonSerializer.Deserialize(bytes.Span, AgentJson.Default.HealthAnswer);
        }
        catch (JsonException)
        {
            said = null;
        }

        if (said?.Status is null) return new(HealthFinding.Unhealthy, $"answered {(int)status} without an agent's health: does an agent listen there?");
        if (knownUuid is not null && said.HypervisorUuid is { Length: > 0 } other && !string.Equals(other, knownUuid, StringComparison.OrdinalIgnoreCase))
            return new(HealthFinding.WrongHost, $"another host answers: {Clauses.OneLine(other)}, not {knownUuid}", other, said.BootId);
        if (status != HttpStatusCode.OK || said.Status != HealthAnswer.Healthy)
            return new(HealthFinding.Unhealthy, $"answered {(int)status} {Clauses.OneLine(said.Status)}: {Clauses.OneLine(said.Reason ?? "no reason given")}", said.HypervisorUuid, said.BootId, said.Instances, null, said.Status == HealthAnswer.ShuttingDown);
        return string.IsNullOrEmpty(said.HypervisorUuid)
            ? new(HealthFinding.Unhealthy, "answered healthy without saying which host it is")
            : new(HealthFinding.Ok, null, said.HypervisorUuid, said.BootId, said.Instances, string.IsNullOrWhiteSpace(said.Version) ? null : Clauses.OneLine(said.Version));
    }

    private static HttpMessageInvoker Invoker(TimeSpan lifetime, TimeSpan connectTimeout) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = lifetime,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        // An attempt outlives the request that asked for it; to a dead host it would go on for two minutes.
        ConnectTimeout = connectTimeout,
        MaxResponseHeadersLength = 16,
        ConnectCallback = ConnectAsync,
    });

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken token)
    {
        if (context.InitialRequestMessage.Options.TryGetValue(OpeningKey, out var opening)) opening.New = true;
        return await Connecting.OpenAsync(context.DnsEndPoint, token).ConfigureAwait(false);
    }
}
