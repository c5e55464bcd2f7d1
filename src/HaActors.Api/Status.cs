namespace HaActors.Api;

/// <summary>The whole at a glance.</summary>
/// <param name="Armed"><c>armed</c>, <c>disarming</c>, <c>disarmed</c>, or <c>unknown</c>: nobody answers.</param>
/// <param name="Monitor">Null: no monitor answers, which <paramref name="Problem"/> says.</param>
/// <param name="HypervisorsByState">Every state that has one.</param>
/// <param name="OpenIncidents">Ids.</param>
/// <param name="Quarantined">Ids of hypervisors that went down again and again, and are no destination now.</param>
/// <param name="Gate">Null: the gate does not answer.</param>
/// <param name="SharedDatastores">Pairs of hypervisors that have proved to share a datastore; without such a proof nothing can be started elsewhere.</param>
/// <param name="FenceChecksFailed">Fence devices whose last check failed, or that are no fence path.</param>
/// <param name="NotFenceable">Hypervisors with HA on of whose devices no level is well.</param>
public sealed record StatusInfo(
    string Armed, string? ArmedBy, string? ArmedReason, DateTimeOffset? ArmedSince, IReadOnlyList<MasterInfo> Masters, MonitorInfo? Monitor, SweepInfo? LastSweep,
    IReadOnlyDictionary<string, int> HypervisorsByState, IReadOnlyList<string> OpenIncidents, int SharedDatastores, string? Problem,
    GateInfo? Gate = null, IReadOnlyList<string>? Quarantined = null, int FenceChecksFailed = 0, IReadOnlyList<string>? NotFenceable = null);

/// <summary>A member of the cluster.</summary>
/// <param name="Status"><c>Up</c>, <c>Joining</c>, <c>Leaving</c>, …; <c>Unreachable</c> when it is.</param>
public sealed record MasterInfo(string Address, string Status, bool Leader);

/// <summary>Who sweeps.</summary>
public sealed record MonitorInfo(DateTimeOffset Since);

/// <summary>The last whole sweep.</summary>
public sealed record SweepInfo(DateTimeOffset At, long TookMs, int Probed, int Missed);

/// <summary>Whether HA acts.</summary>
public sealed record ArmedInfo(string State, string? Who, string? Reason, DateTimeOffset? Since);

/// <summary>Why not: RFC 9457 with a code that programs match on.</summary>
/// <param name="Detail">What was wrong, what is allowed, what to do.</param>
public sealed record ProblemInfo(string Type, string Title, int Status, string Detail, string Code);
