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
            ("wait", x.Wait.ToString().ToLowerInvariant()), ("reason", x.Reason), ("who", WaitWords.WhoActs(x.Wait))),
        EvacuationFailed x => Entry(
            x, LogTypes.InstanceEvacuationFailed, x.Failed, x.Incident, locationOf,
            $"Instance {x.InstanceId} could not be started ({Amounts.Of(x.Attempts, "attempt")}); the last: {x.Reason}. It waits for a person: look at the destinations, then retry it.",
            ("attempts", Text(x.Attempts)), ("reason", x.Reason)),
        WaitOverdue x => Entry(
            x, LogTypes.WaitOverdue, x.Failed, x.Incident, locationOf,
            string.Create(CultureInfo.InvariantCulture, $"Instance {x.InstanceId} waits since {x.Since:HH:mm:ss} UTC: {x.Reason}. Must act: {WaitWords.WhoActs(x.Wait)}."),
            ("wait", x.Wait.ToString().ToLowerInvariant()), ("reason", x.Reason), ("who", WaitWords.WhoActs(x.Wait)), ("since", x.Since.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))),
        RecoveryResumed { Who: { } who } x => Entry(
            x, LogTypes.InstanceRetried, x.Failed, x.Incident, locationOf, $"{who} has instance {x.InstanceId} tried again ({x.Why}).", ("who", who), ("reason", x.Why)),
        GuardWaived x => Entry(
            x, LogTypes.InstanceRetried, x.Failed, x.Incident, locationOf, $"{x.Who} says that {x.Hypervisor} can't start instance {x.InstanceId} when it boots, and has it tried again ({x.Why}).",
            ("who", x.Who), ("reason", x.Why), ("cannotStartOn", x.Hypervisor.Value)),
        DuplicateSeen x => Entry(
            x, LogTypes.InstanceDuplicateDetected, x.Hypervisors[0], null, locationOf,
            $"Instance {x.InstanceId} runs on {string.Join(" and on ", x.Hypervisors)} at the same time (or is paused there, and may go on). Nothing is stopped by itself: decide which copy has the right data, and shut down the other.",
            ("hypervisors", string.Join(",", x.Hypervisors))),
        DuplicateEnded x => Entry(x, LogTypes.InstanceDuplicateEnded, x.Place, null, locationOf, $"Instance {x.InstanceId} is no longer reported running on more than one hypervisor."),
        PlaceMoved { IsNews: false } => null,
        PlaceMoved x => Entry(
            x, LogTypes.InstanceMoved, x.To, null, locationOf, $"Instance {x.InstanceId} was moved or started by somebody else: {x.Reason}.", ("from", x.From?.Value), ("destination", x.To.Value), ("reason", x.Reason)),
        InstanceGone x => Entry(
            x, LogTypes.InstanceGone, x.Hypervisor, null, locationOf,
            $"Instance {x.InstanceId} ran on {x.Hypervisor} and is gone from there, and no hypervisor reports it running{WhoHasItShutOff(x.ShutOffOn.IsDefault ? [] : x.ShutOffOn)}. It is not started by itself: {WhatToDoWithWhatIsGone}.",
            ("who", "operator"), ("shutOffOn", x.ShutOffOn.IsDefaultOrEmpty ? null : string.Join(",", x.ShutOffOn))),
        InstancePolicySet or InstanceSighted or RecoveryRequested or StartRequested or StartRefused or StartUnanswered
            or MemberRemoved or MemberSuspended or MemberRevived or AttemptEnded or RecoveryResumed or CancelOrdered or ManagedTold or GuardReleased or PlaceRecorded => null,
        _ => throw new InvalidOperationException($"{e.InstanceId}: an event of type {e.GetType().Name} has no line in the log, and no word that it needs none."),
    };

    /// <summary>A clause for whoever is called.</summary>
    public const string WhatToDoWithWhatIsGone = "if nobody deleted it, look first whether a hypervisor that does not answer runs it, and where it was being moved to; then start it there";

    /// <summary>A clause that ends a sentence; empty if nobody has it.</summary>
    public static string WhoHasItShutOff(IReadOnlyCollection<HypervisorId> hypervisors) =>
        hypervisors.Count == 0 ? "" : $"; {string.Join(" and ", hypervisors)} had it, shut off, when {(hypervisors.Count == 1 ? "its agent" : "their agents")} last told";

    private static string Took(long ms) => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000.0:F1} s");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static LogEntry Entry(
        IInstanceEvent e, string type, HypervisorId hypervisor, IncidentId? incident, Func<HypervisorId, LocationId?> locationOf, string message, params (string Key, string? Value)[] data) =>
        new(e.At, type, locationOf(hypervisor), hypervisor, e.InstanceId, incident, message,
            data.Where(d => d.Value is not null).ToImmutableSortedDictionary(d => d.Key, d => d.Value!, StringComparer.Ordinal));
}
