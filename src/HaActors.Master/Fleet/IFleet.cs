using System.Collections.Immutable;
using HaActors.Actors.Protocol;
using HaActors.Domain;

namespace HaActors.Master.Fleet;

/// <summary>The actors as the edge sees them. Everything throws <see cref="FleetUnavailableException"/> when nobody answers in time.</summary>
public interface IFleet
{
    /// <summary>The live view of every hypervisor, and the last sweep.</summary>
    Task<FleetNow> FleetAsync(CancellationToken stopping);

    /// <summary>The live view of every instance.</summary>
    Task<ImmutableDictionary<InstanceId, InstanceView>> InstancesAsync(CancellationToken stopping);

    Task<HypervisorExplained> ExplainAsync(HypervisorId id, CancellationToken stopping);

    Task<InstanceExplained> ExplainAsync(InstanceId id, CancellationToken stopping);

    /// <summary>Answered after what it changed is stored.</summary>
    Task<OperatorAnswer> DoAsync(OperatorRequest request, CancellationToken stopping);

    /// <summary>Answered after it is stored.</summary>
    Task<InstanceAnswer> RetryAsync(RetryRecovery request, CancellationToken stopping);

    Task<ArmedAnswer> ArmedAsync(CancellationToken stopping);

    Task<ArmedAnswer> SetArmedAsync(SetArmed request, CancellationToken stopping);

    /// <summary>Storms, overrides, witnesses and windows.</summary>
    Task<GateView> GateAsync(CancellationToken stopping);

    Task<StormOverrideAnswer> OverrideStormAsync(OverrideStorm request, CancellationToken stopping);

    /// <summary>The inventory was changed; nobody waits for an answer.</summary>
    void InventoryChanged();

    /// <summary>The members of the cluster as this master sees them.</summary>
    ImmutableArray<ClusterMember> Members();
}

/// <summary>All pages of the monitor's answer, folded.</summary>
public sealed record FleetNow(ImmutableDictionary<HypervisorId, HypervisorView> Hypervisors, SweepSummary? LastSweep, DateTimeOffset MonitorSince, string? InventoryProblem);

/// <summary>One master.</summary>
public sealed record ClusterMember(string Address, string Status, bool Leader);

/// <summary>Nobody answered: the cluster is forming, a master has just died, or the database is away.</summary>
public sealed class FleetUnavailableException(string message) : Exception(message);
