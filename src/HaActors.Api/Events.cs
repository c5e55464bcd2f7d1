namespace HaActors.Api;

/// <summary>One line of the event log.</summary>
/// <param name="Id">Global order.</param>
/// <param name="HypervisorId">Of <c>instance_evacuated</c>: the hypervisor that failed.</param>
/// <param name="Message">One plain sentence.</param>
public sealed record EventInfo(
    long Id, DateTimeOffset At, string Type, string? LocationId, string? HypervisorId, string? InstanceId, string? IncidentId, string Message,
    IReadOnlyDictionary<string, string> Data);

/// <summary>Events in ascending order.</summary>
/// <param name="Next">Give it as <c>after</c> to read on; null when this page is empty.</param>
public sealed record EventPage(IReadOnlyList<EventInfo> Items, long? Next);

/// <summary>Which events. All conditions hold together.</summary>
/// <param name="Types">Any of these.</param>
/// <param name="Since">Inclusive.</param>
/// <param name="Until">Exclusive.</param>
/// <param name="After">Only ids above it.</param>
/// <param name="Limit">1 to 1000, 100 if left out.</param>
public sealed record EventFilter(
    IReadOnlyList<string>? Types = null, string? Location = null, string? Hypervisor = null, string? Instance = null, string? Incident = null,
    DateTimeOffset? Since = null, DateTimeOffset? Until = null, long? After = null, int? Limit = null);

/// <summary>One failure in short.</summary>
/// <param name="FencedAt">Null while it is not proved off.</param>
/// <param name="CompletedAt">Null while an instance has no end.</param>
/// <param name="Evacuated">Instances started elsewhere.</param>
public sealed record IncidentInfo(
    string Id, string? HypervisorId, string? LocationId, bool Open, DateTimeOffset StartedAt, DateTimeOffset? FencedAt, DateTimeOffset? CompletedAt, int Evacuated,
    DateTimeOffset LastAt, string LastMessage);

/// <summary>One failure as a time line.</summary>
public sealed record IncidentDetail(IncidentInfo Incident, IncidentPhases Phases, IReadOnlyList<IncidentInstance> Instances, IReadOnlyList<EventInfo> Events);

/// <summary>Time per phase, in seconds; null while it isn't over.</summary>
public sealed record IncidentPhases(double? DownToFencedSeconds, double? FencedToCompletedSeconds, double? TotalSeconds);

/// <summary>What became of one instance.</summary>
/// <param name="End"><c>evacuated</c>, <c>restarted</c>, <c>handedOver</c>, <c>left</c> or <c>cancelled</c>; null while it waits.</param>
/// <param name="Message">Its newest line.</param>
public sealed record IncidentInstance(string InstanceId, string? End, string? Destination, DateTimeOffset At, string Message);

/// <summary>The names of the events; an interface, since dashboards and alerts match on them.</summary>
public static class EventTypes
{
    public static IReadOnlyList<string> All { get; } =
    [
        "hypervisor_up", "hypervisor_down", "hypervisor_fenced", "instance_evacuated",
        "fence_withheld", "would_have_fenced", "fence_ordered", "fence_failed", "fence_contradicted", "fence_proof_lost", "power_returned", "evacuation_completed",
        "instance_evacuation_failed", "instance_waiting", "wait_overdue", "instance_left", "instance_restarted", "instance_handed_over", "instance_cancelled", "instance_retried", "incident_cancelled",
        "instance_duplicate_detected", "hypervisor_rebooted", "hypervisor_never_seen", "fence_check_failed", "fence_check_recovered", "fence_path_lost", "fence_path_regained", "fence_identity_accepted", "power_on_sent",
        "journal_went_back", "capacity_lost", "capacity_regained", "maintenance_on", "maintenance_off", "storm_began", "storm_ended", "storm_overridden", "storm_override_ended", "ha_disarmed", "ha_armed", "inventory_changed",
        "instance_moved", "instance_gone", "instance_duplicate_ended", "hypervisor_wrong_host", "hypervisor_shutting_down", "hypervisor_shutdown_cancelled", "hypervisor_quarantined", "hypervisor_released",
        "webhook_failing", "webhook_recovered", "webhook_skipped", "webhook_tested",
    ];
}
