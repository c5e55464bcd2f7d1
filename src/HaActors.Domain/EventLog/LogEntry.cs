using System.Collections.Immutable;

namespace HaActors.Domain.EventLog;

/// <summary>One line of the event log: what an operator reads the next morning.</summary>
/// <param name="Type">One of <see cref="LogTypes"/>.</param>
/// <param name="Message">One plain sentence.</param>
/// <param name="Data">Counts, destinations, durations, evidence, who; values are strings, numbers as invariant text.</param>
public sealed record LogEntry(
    DateTimeOffset At, string Type, LocationId? Location, HypervisorId? Hypervisor, InstanceId? Instance, IncidentId? Incident,
    string Message, ImmutableSortedDictionary<string, string> Data);

/// <summary>A line with its place in the global order.</summary>
/// <param name="Id">Grows with every line; may have holes.</param>
public sealed record LoggedEvent(long Id, LogEntry Entry);

/// <summary>The names of the events. They are an interface: dashboards and alerts match on them.</summary>
public static class LogTypes
{
    public const string HypervisorUp = "hypervisor_up";
    public const string HypervisorDown = "hypervisor_down";
    public const string HypervisorFenced = "hypervisor_fenced";
    public const string InstanceEvacuated = "instance_evacuated";
    public const string FenceOrdered = "fence_ordered";
    public const string FenceWithheld = "fence_withheld";
    /// <summary>Observe-only: every check has passed, and nothing is cut.</summary>
    public const string WouldHaveFenced = "would_have_fenced";
    public const string FenceFailed = "fence_failed";
    public const string FenceContradicted = "fence_contradicted";
    public const string FenceProofLost = "fence_proof_lost";
    public const string PowerReturned = "power_returned";
    public const string EvacuationCompleted = "evacuation_completed";
    public const string InstanceEvacuationFailed = "instance_evacuation_failed";
    public const string InstanceWaiting = "instance_waiting";
    /// <summary>Something waits for 15 min already; <c>data.wait</c>, <c>data.who</c> and <c>data.since</c> tell.</summary>
    public const string WaitOverdue = "wait_overdue";
    public const string InstanceLeft = "instance_left";
    public const string InstanceRestarted = "instance_restarted";
    public const string InstanceHandedOver = "instance_handed_over";
    public const string IncidentCancelled = "incident_cancelled";
    public const string InstanceRetried = "instance_retried";
    public const string InstanceCancelled = "instance_cancelled";
    public const string InstanceMoved = "instance_moved";
    public const string InstanceGone = "instance_gone";
    public const string InstanceDuplicateEnded = "instance_duplicate_ended";
    public const string InstanceDuplicateDetected = "instance_duplicate_detected";
    public const string HypervisorRebooted = "hypervisor_rebooted";
    public const string HypervisorNeverSeen = "hypervisor_never_seen";
    public const string FenceCheckFailed = "fence_check_failed";
    public const string FenceCheckRecovered = "fence_check_recovered";
    /// <summary>An operator said that a fence device is this hypervisor's, whatever it told before.</summary>
    public const string FenceIdentityAccepted = "fence_identity_accepted";
    /// <summary>The policy's power-on after an evacuation.</summary>
    public const string PowerOnSent = "power_on_sent";
    public const string JournalWentBack = "journal_went_back";
    public const string HypervisorWrongHost = "hypervisor_wrong_host";
    public const string HypervisorShuttingDown = "hypervisor_shutting_down";
    public const string HypervisorShutdownCancelled = "hypervisor_shutdown_cancelled";
    public const string HypervisorQuarantined = "hypervisor_quarantined";
    public const string HypervisorReleased = "hypervisor_released";
    public const string MaintenanceOn = "maintenance_on";
    public const string MaintenanceOff = "maintenance_off";
    public const string StormBegan = "storm_began";
    public const string StormEnded = "storm_ended";
    public const string StormOverridden = "storm_overridden";
    public const string StormOverrideEnded = "storm_override_ended";
    /// <summary>The fence devices of many of a location fell silent together; <c>data.hypervisors</c> names them.</summary>
    public const string FencePathLost = "fence_path_lost";
    public const string FencePathRegained = "fence_path_regained";
    public const string HaDisarmed = "ha_disarmed";
    public const string HaArmed = "ha_armed";
    /// <summary>A receiver does not take calls; told once, <c>data.webhook</c> names it.</summary>
    public const string WebhookFailing = "webhook_failing";
    public const string WebhookRecovered = "webhook_recovered";
    /// <summary>Events that a receiver was never told of; <c>data.first</c> to <c>data.last</c>.</summary>
    public const string WebhookSkipped = "webhook_skipped";
    /// <summary>An operator's test; also the type of the call itself.</summary>
    public const string WebhookTested = "webhook_tested";
    /// <summary>An operator's change to the inventory; <c>data.what</c> and <c>data.who</c> tell.</summary>
    public const string InventoryChanged = "inventory_changed";
}
