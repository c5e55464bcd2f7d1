using HaActors.Domain.Ports;
using HaActors.Domain.Probing;

namespace HaActors.Adapters.Probing;

/// <summary>Ping beside <c>GET /health</c>, under one deadline. Serves any number of hypervisors at once.</summary>
public sealed class HypervisorProbe : IHypervisorProbe, IDisposable
{
    /// <summary>
    /// A host that said healthy is not waited for until the deadline because its ICMP is filtered: a fleet of such hosts
    /// would not fit into a tick. An echo needs less time than an HTTP answer, so this only covers a lost packet.
    /// </summary>
    internal static readonly TimeSpan PingGraceAfterHealthy = TimeSpan.FromMilliseconds(200);

    private readonly TimeSpan _deadline;
    private readonly TimeProvider _time;
    private readonly PingRound _ping;
    private readonly HealthReader _health;

    public HypervisorProbe(ProbeOptions options, TimeProvider time) : this(options, time, new SystemEcho())
    {
    }

    internal HypervisorProbe(ProbeOptions options, TimeProvider time, IEcho echo)
    {
        ArgumentNullException.ThrowIfNull(options);
        _deadline = options.ProbeTimeout;
        _time = time;
        _ping = new PingRound(echo, time);
        _health = new HealthReader(options.ProbeTimeout, time);
    }

    public async Task<ProbeOutcome> ProbeAsync(ProbeTarget target, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(target);
        stopping.ThrowIfCancellationRequested();
        using var deadline = new CancellationTokenSource(_deadline, _time);
        using var healthEnd = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        // Made with the clock, so that the grace below runs on it too.
        using var pingEnd = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        using var endPingToo = healthEnd.Token.Register(pingEnd.Cancel);

        var healthy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pinging = _ping.AskAsync(target.Address, _deadline, healthy.Task, pingEnd.Token);
        var health = await _health.ReadAsync(target.Agent.Url, target.KnownUuid, healthEnd.Token).ConfigureAwait(false);
        if (health.Finding == HealthFinding.Ok)
        {
            pingEnd.CancelAfter(PingGraceAfterHealthy);
            healthy.TrySetResult();
        }

        var ping = await pinging.ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        return new ProbeOutcome(target.Id, ping.Finding, health.Finding, health.HypervisorUuid, health.BootId, health.InstancesVersion, Detail(ping, health), health.AgentVersion, health.ShuttingDown);
    }

    public void Dispose() => _health.Dispose();

    private static string? Detail(PingReport ping, HealthReport health) => (ping.Finding, health.Finding) switch
    {
        (PingFinding.Lost, HealthFinding.Ok) => "ping lost, health ok: is ICMP filtered?",
        (_, HealthFinding.Ok) => null,
        (PingFinding.Lost, _) => $"{ping.Detail}, health: {health.Detail}",
        _ => $"health: {health.Detail}",
    };
}
