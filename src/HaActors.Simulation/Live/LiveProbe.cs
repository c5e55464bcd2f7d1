using System.Net.Http.Json;
using System.Text.Json;
using HaActors.AgentApi;
using HaActors.Domain.Ports;
using HaActors.Domain.Probing;
using HaActors.Simulation.World;

namespace HaActors.Simulation.Live;

/// <summary>
/// Asks <c>/health</c> over real HTTP, and the world for the ping: the agents listen on loopback addresses, and those answer every real ping,
/// so a dead host would look alive.
/// </summary>
internal sealed class LiveProbe(SimulatedWorld world, string master, TimeSpan deadline) : IHypervisorProbe, IDisposable
{
    // A new connection each time: one that a dead host left behind would cost the whole deadline.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = Timeout.InfiniteTimeSpan };

    public async Task<ProbeOutcome> ProbeAsync(ProbeTarget target, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(target);
        stopping.ThrowIfCancellationRequested();
        var ping = world.AnswersPing(master, target.Address) ? PingFinding.Ok : PingFinding.Lost;
        var (health, answer, detail) = await HealthAsync(target, stopping).ConfigureAwait(false);
        var said = (ping, health) switch
        {
            (PingFinding.Lost, HealthFinding.Ok) => "ping lost, health ok: is ICMP filtered?",
            (_, HealthFinding.Ok) => null,
            (PingFinding.Lost, _) => $"ping lost, health: {detail}",
            _ => $"health: {detail}",
        };
        return new ProbeOutcome(target.Id, ping, health, answer?.HypervisorUuid, answer?.BootId, answer?.Instances, said, answer?.Version, answer?.Status == HealthAnswer.ShuttingDown);
    }

    public void Dispose() => _http.Dispose();

    private async Task<(HealthFinding Finding, HealthAnswer? Answer, string? Detail)> HealthAsync(ProbeTarget target, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(deadline, world.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            using var response = await _http.GetAsync(new Uri(target.Agent.Url, AgentPaths.Health), end.Token).ConfigureAwait(false);
            var answer = await response.Content.ReadFromJsonAsync(AgentJson.Default.HealthAnswer, end.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode || answer?.Status != HealthAnswer.Healthy)
                return (HealthFinding.Unhealthy, answer, answer?.Reason ?? $"status {(int)response.StatusCode}");
            return target.KnownUuid is { } known && known != answer.HypervisorUuid
                ? (HealthFinding.WrongHost, answer, $"another host answers: {answer.HypervisorUuid}")
                : (HealthFinding.Ok, answer, null);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return (HealthFinding.NoAnswer, null, FormattableString.Invariant($"no answer within {deadline.TotalSeconds:0.#} s"));
        }
        catch (HttpRequestException failure)
        {
            return (HealthFinding.NoAnswer, null, failure.HttpRequestError == HttpRequestError.ConnectionError ? "connection refused" : "the connection broke");
        }
        catch (JsonException)
        {
            return (HealthFinding.Unhealthy, null, "the answer is no health answer");
        }
    }
}
