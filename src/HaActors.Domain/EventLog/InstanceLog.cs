using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain.Instances;

namespace HaActors.Domain.EventLog;

/// <summary>What the event log says of an instance's events: one plain sentence each. Most events are steps that only the journal keeps.</summary>
public static class InstanceLog
{
    /// <summary>The entry for an event, or null if operators are not told.</summary>
    public static LogEntry? Of(IInstanceEvent e, Func<HypervisorId, LocationId?> locationOf) => e switch
    {
        InstanceStarted x => Entry(
            x, x.End == InstanceEnd.Restarted ? LogTypes.InstanceRestarted : LogTypes.InstanceEvacuated, x.Failed, x.Incident, locationOf,
            x.End == InstanceEnd.Restarted
                ? $"Instance {x.InstanceId} runs again on {x.Destination}, {Took(x.TookMs)} after it was asked for (start {x.Attempt}, epoch {x.Epoch})."
                : $"Instance {x.InstanceId} of {x.Failed} runs on {x.Destination}, {Took(x.TookMs)} after it was asked for (start {x.Attempt}, epoch {x.Epoch}).",
            ("destination", x.Destination.Value), ("epoch", Text(x.Epoch)), ("attempt", Text(x.Attempt)), ("tookMs", Text(x.TookMs)), ("how", x.How)),
        RecoveryEnded { End: InstanceEnd.HandedOver } x => Entry(
            x, LogTypes.InstanceHandedOver, x.Failed, x.Incident, locationOf, $"Instance {x.InstanceId} goes on in the incident of {x.Destination}: {x.Reason}.",
            ("destination", x.Destination?.Value), ("reason", x.Reason)),
        RecoveryEnded { End: InstanceEnd.Cancelled } x => Entry(
            x, LogTypes.InstanceCancelled, x.Failed, x.Incident, locationOf, $"Instance {x.InstanceId} is not started elsewhere: {x.Reason}.", ("reason", x.Reason)),
        RecoveryEnded x => Entry(x, LogTypes.InstanceLeft, x.Failed, x.Incident, locationOf, $"Instance {x.InstanceId} was left as it is: {x.Reason}.", ("reason", x.Reason)),
        RecoveryNotConcerned x => Entry(x, LogTypes.InstanceLeft, x.Failed, x.Incident, locationOf, $"Instance {x.InstanceId} was left as it is: {x.Reason}.", ("reason", x.Reason)),
        WaitBegan { IsNews: false } => null,
        WaitBegan x => Entry(
            x, LogTypes.InstanceWaiting, x.Failed, x.Incident, locationOf, $"Instance {x.InstanceId} waits: {x.Reason}.",
            ("wait", x.Wait.ToString().ToLowerInvariant()), ("reason", x.Reason), ("who", WhoActs(x.Wait))),
        EvacuationFailed x => Entry(
            x, LogTypes.InstanceEvacuationFailed, x.Failed, x.Incident, locationOf,
            $"Instance {x.InstanceId} could not be started ({x.Attempts} attempts); the last: {x.Reason}. It is tried again when its policy is changed, e.g. its maxRestartAttempts.",
            ("attempts", Text(x.Attempts)), ("reason", x.Reason)),
        DuplicateSeen x => Entry(
            x, LogTypes.InstanceDuplicateDetected, x.Hypervisors[0], null, locationOf,
            $"Instance {x.InstanceId} runs on {string.Join(" and on ", x.Hypervisors)} at the same time. Nothing is stopped by itself: decide which copy has the right data, and shut down the other.",
            ("hypervisors", string.Join(",", x.Hypervisors))),
        DuplicateEnded x => Entry(x, LogTypes.InstanceDuplicateEnded, x.Place, null, locationOf, $"Instance {x.InstanceId} is no longer reported running on more than one hypervisor."),
        PlaceMoved { IsNews: false } => null,
        PlaceMoved x => Entry(
            x, LogTypes.InstanceMoved, x.To, null, locationOf, $"Instance {x.InstanceId} was moved or started by somebody else: {x.Reason}.", ("from", x.From?.Value), ("destination", x.To.Value), ("reason", x.Reason)),
        InstanceGone x => Entry(
            x, LogTypes.InstanceGone, x.Hypervisor, null, locationOf,
            $"Instance {x.InstanceId} ran on {x.Hypervisor} and is gone from there, and no hypervisor reports it. It is not started by itself: if nobody deleted it, look where it was being moved to.",
            ("who", "operator")),
        InstancePolicySet or InstanceSighted or RecoveryRequested or StartRequested or StartRefused or StartUnanswered
            or MemberRemoved or MemberSuspended or MemberRevived or AttemptEnded or RecoveryResumed or CancelOrdered or ManagedTold or PlaceRecorded => null,
        _ => throw new InvalidOperationException($"{e.InstanceId}: an event of type {e.GetType().Name} has no line in the log, and no word that it needs none."),
    };

    private static string WhoActs(InstanceWait wait) => wait switch
    {
        InstanceWait.Person or InstanceWait.Copy or InstanceWait.Gate => "operator",
        InstanceWait.Fence => "operator, unless the proof comes by itself",
        InstanceWait.Room => "operator, or a hypervisor that comes back",
        _ => "nobody",
    };

    private static string Took(long ms) => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000.0:F1} s");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static LogEntry Entry(
        IInstanceEvent e, string type, HypervisorId hypervisor, IncidentId? incident, Func<HypervisorId, LocationId?> locationOf, string message, params (string Key, string? Value)[] data) =>
        new(e.At, type, locationOf(hypervisor), hypervisor, e.InstanceId, incident, message,
            data.Where(d => d.Value is not null).ToImmutableSortedDictionary(d => d.Key, d => d.Value!, StringComparer.Ordinal));
}
