using HaActors.AgentApi;
using HaActors.Domain.Ports;
using HaActors.Domain.Probing;
using HaActors.Simulation.World;

namespace HaActors.Simulation.Ports;

/// <summary>Probes the world's hosts from where one master stands.</summary>
/// <param name="master">Partitions are between a master and a host.</param>
/// <param name="deadline">One deadline for ping and health; a silent host takes all of it. 5 s unless told.</param>
public sealed class SimulatedProbe(SimulatedWorld world, string master, TimeSpan? deadline = null) : IHypervisorProbe
{
    private static readonly TimeSpan PingGraceAfterHealthy = TimeSpan.FromMilliseconds(200);
    private readonly TimeSpan _deadline = deadline ?? TimeSpan.FromSeconds(5);
    private readonly AgentServer _server = new(world);

    public async Task<ProbeOutcome> ProbeAsync(ProbeTarget target, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(target);
        stopping.ThrowIfCancellationRequested();
        var began = world.Now;
        await Task.Delay(world.Draw(world.Timings.Network), world.Time, stopping).ConfigureAwait(false);
        var ping = world.AnswersPing(master, target.Address) ? PingFinding.Ok : PingFinding.Lost;
        var health = await HealthAsync(target, began).ConfigureAwait(false);
        if (health.Health != HealthFinding.Ok && (ping == PingFinding.Lost || health.Silent)) await RestAsync(began, stopping).ConfigureAwait(false);
        else await Task.Delay(ping == PingFinding.Lost ? PingGraceAfterHealthy : world.Draw(world.Timings.Network), world.Time, stopping).ConfigureAwait(false);

        var detail = (ping, health.Health) switch
        {
            (PingFinding.Lost, HealthFinding.Ok) => "ping lost, health ok: is ICMP filtered?",
            (_, HealthFinding.Ok) => null,
            (PingFinding.Lost, _) => $"ping lost, health: {health.Detail}",
            _ => $"health: {health.Detail}",
        };
        return new ProbeOutcome(target.Id, ping, health.Health, health.Answer?.HypervisorUuid, health.Answer?.BootId, health.Answer?.Instances, detail, health.Answer?.Version, health.Answer?.Status == HealthAnswer.ShuttingDown);
    }

    private async Task<(HealthFinding Health, HealthAnswer? Answer, string? Detail, bool Silent)> HealthAsync(ProbeTarget target, TimeSpan began)
    {
        Host? host;
        var link = AgentLink.Silent;
        lock (world.Gate)
        {
            host = world.HostAt(target.Agent.Url);
            if (host is not null) link = world.LinkTo(master, host);
        }

        if (link == AgentLink.Refused) return (HealthFinding.NoAnswer, null, "connection refused", false);
        var silence = $"no answer within {_deadline.TotalSeconds:0.#} s";
        if (host is null || link == AgentLink.Silent) return (HealthFinding.NoAnswer, null, silence, true);

        var reply = await _server.AskAsync(master, host, AgentCall.Health, a => a.Health()).ConfigureAwait(false);
        // An answer that comes after the deadline is none.
        if (reply is not { Value: { } answer } || world.Now - began > _deadline) return (HealthFinding.NoAnswer, null, silence, true);
        if (answer.Status != HealthAnswer.Healthy) return (HealthFinding.Unhealthy, answer, answer.Reason, false);
        return target.KnownUuid is { } known && known != answer.HypervisorUuid
            ? (HealthFinding.WrongHost, answer, $"another host answers: {answer.HypervisorUuid}", false)
            : (HealthFinding.Ok, answer, null, false);
    }

    private Task RestAsync(TimeSpan began, CancellationToken stopping)
    {
        var left = began + _deadline - world.Now;
        return left > TimeSpan.Zero ? Task.Delay(left, world.Time, stopping) : Task.CompletedTask;
    }
}
