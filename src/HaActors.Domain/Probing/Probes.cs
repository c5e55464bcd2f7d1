using HaActors.Domain.Inventory;

namespace HaActors.Domain.Probing;

/// <summary>Whom to probe, with all that a probe needs.</summary>
/// <param name="KnownUuid">The host UUID seen at the first pass; null until then.</param>
public sealed record ProbeTarget(HypervisorId Id, string Address, AgentEndpoint Agent, string? KnownUuid);

/// <summary>What three echo requests found.</summary>
public enum PingFinding
{
    /// <summary>At least one of three was answered.</summary>
    Ok,
    /// <summary>None was answered in time.</summary>
    Lost,
    /// <summary>This master can't ping (no permission): no evidence either way.</summary>
    Unavailable,
}

/// <summary>What <c>GET /health</c> found.</summary>
public enum HealthFinding
{
    /// <summary>200, <c>healthy</c>, the known host.</summary>
    Ok,
    /// <summary>No connection, or no answer within the deadline.</summary>
    NoAnswer,
    /// <summary>It answered, and not with healthy.</summary>
    Unhealthy,
    /// <summary>Another host answers at that address: no pass, and never a reason to fence.</summary>
    WrongHost,
}

/// <summary>One probe of one hypervisor. A failed probe is a value like any other; a port never throws.</summary>
/// <param name="Detail">One clause for an operator: what failed, e.g. <c>connection refused</c>.</param>
/// <param name="InstancesVersion">The agent's list version, so that the list is read only when it changed.</param>
/// <param name="AgentVersion">The agent's own version; null if it does not tell.</param>
/// <param name="ShuttingDown">Its agent answered that the host is being shut down or rebooted in order; no pass.</param>
public sealed record ProbeOutcome(
    HypervisorId Hypervisor, PingFinding Ping, HealthFinding Health, string? HypervisorUuid, string? BootId, string? InstancesVersion, string? Detail,
    string? AgentVersion = null, bool ShuttingDown = false)
{
    public bool Passed => Health == HealthFinding.Ok;

    /// <summary>Anything at all answered: enough to call a proof of power-off wrong.</summary>
    public bool AnyAnswer => Ping == PingFinding.Ok || Health is HealthFinding.Ok or HealthFinding.Unhealthy;
}

/// <summary>How a miss is read.</summary>
public enum MissClass
{
    /// <summary>Neither ping nor agent answers.</summary>
    Unreachable,
    /// <summary>The host answers ping, or ping is no evidence here, and the agent does not: its instances are probably fine.</summary>
    Degraded,
}

/// <summary>Reads an outcome by the table of the design.</summary>
public static class ProbeReading
{
    /// <summary>
    /// A lost ping means something only where ping is known to work. An agent that answers, and be it that it is not healthy, is reached whatever ping says:
    /// a firewall that has begun to drop ICMP must not turn a sick libvirt into a dead host.
    /// </summary>
    public static MissClass ClassOf(ProbeOutcome outcome, bool pingIsEvidence) =>
        outcome is { Ping: PingFinding.Lost, Health: HealthFinding.NoAnswer } && pingIsEvidence ? MissClass.Unreachable : MissClass.Degraded;
}
