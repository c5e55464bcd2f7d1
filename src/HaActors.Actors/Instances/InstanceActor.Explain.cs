using System.Collections.Immutable;
using System.Globalization;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Instances;

namespace HaActors.Actors.Instances;

/// <summary>Why it is as it is, and what happens next; from the state and the answers on which it decides.</summary>
public sealed partial class InstanceActor
{
    private InstanceExplained Explain()
    {
        var waits = State.Recovery is { } recovery ? NowWaiting(recovery) with { Since = recovery.WaitingSince, NextAt = NextTry() } : null;
        ImmutableArray<MemberExplained> mayRun = [.. State.MayRun.Select(m => new MemberExplained(m.Key, m.Value.Proof, MissingNow(m.Key)))];
        return new InstanceExplained(
            _id, State.Phase.ToString(), State.Place, State.Recovery?.Incident, waits?.Wait, waits?.Reason, waits is null ? null : WaitWords.WhoActs(waits.Wait), waits?.Since, waits?.NextAt,
            State.Attempt?.Destination, mayRun, [.. Sentences(waits, mayRun)]);
    }

    /// <summary>To its incident a stored start counts as a start until it has an answer; who asks here hears what holds it back.</summary>
    private InstanceWaits NowWaiting(OpenRecovery recovery) =>
        State.Phase == InstancePhase.Starting && !_running && (_live ?? (recovery.Wait is { } told ? (told.Wait, told.Reason) : null)) is { } held
            ? new InstanceWaits(_id, recovery.Incident, held.Wait, held.Reason)
            : Waiting(recovery.Incident);

    private IEnumerable<string> Sentences(InstanceWaits? waits, ImmutableArray<MemberExplained> mayRun)
    {
        yield return State.Place is { } place
            ? $"{_id} ({State.Name}) was last known on {place}, {State.State}, epoch {State.Epoch}; it is {(State.Wanted ? "wanted" : "not wanted: its user shut it off, or it is gone")}."
            : $"No agent has ever reported {_id}.";
        if (State.IsGone)
        {
            yield return $"{State.Place} does not have it any more, and nobody reports it running{Domain.EventLog.InstanceLog.WhoHasItShutOff([.. State.ShutOffElsewhere])}. {(State.Phase == InstancePhase.Resting ? $"Nothing is started by itself: {Domain.EventLog.InstanceLog.WhatToDoWithWhatIsGone}." : "")}".TrimEnd();
        }

        yield return State.Policy switch
        {
            { HaEnabled: false } => "HA is off for it: no incident starts it.",
            { ObserveOnly: true } => "HA is on for it, and only observes there: nothing is started.",
            var p => $"HA is on for it: up to {Amounts.Of(p.MaxRestartAttempts, "start that answers", "starts that answer")} no in one incident, priority {p.Priority}.",
        };

        foreach (var m in mayRun)
        {
            yield return m.Proof is { } proof
                ? $"{m.Hypervisor} is in its may-run set, proved otherwise once ({EventLogName(proof)}); the proof is asked for anew before each start{(m.Missing is { } was ? $", and now: {was}" : "")}."
                : _proofs.TryGetValue(m.Hypervisor, out var now) && Clock - now.AskedAt <= AnswerIsOfNow ? $"{m.Hypervisor} is in its may-run set, and its proof stands now ({EventLogName(now.Proof)})."
                : $"{m.Hypervisor} may run it{(m.Missing is { } missing ? $"; no proof otherwise now: {missing}" : "")}.";
        }

        foreach (var m in State.MayRun.Keys.Where(m => State.Policy is { HaEnabled: true, ObserveOnly: false } && !State.Guarded.Contains(m)))
        {
            yield return State.Waived.Contains(m)
                ? $"The agent of {m} never confirmed that HA looks after it; an operator says that {m} can't start it when it boots."
                : $"The agent of {m} has not confirmed yet that HA looks after it: {m} may start it by itself when it boots, so it is started nowhere else while that is so.";
        }

        if (State.Duplicate.Length > 0)
        {
            yield return $"It was reported running on {string.Join(" and on ", State.Duplicate)} at the same time, and not all of them have been heard otherwise since; nothing is stopped by itself. Decide which copy is right, and shut down the other.";
        }

        if (State.Recovery is { } recovery)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Incident {recovery.Incident} of {recovery.Failed} asks for its end since {ExplainWords.Time(recovery.Since)}; {Amounts.Of(recovery.Starts, "start")} so far, {recovery.AttemptsUsed} of {State.Policy.MaxRestartAttempts} used up{(recovery.AnsweredNo.IsEmpty ? "" : $"; {string.Join(", ", recovery.AnsweredNo)} did not start it")}{(recovery.CancelOrder is { } order ? $"; cancelled by {order}, once the open start is answered" : "")}.");
            yield return ExplainWords.Waits(waits!);
        }
        else if (State.Ends.LastOrDefault() is { } end)
        {
            yield return $"Its last incident was {end.Incident}: {end.End.ToString().ToLowerInvariant()}{(end.Destination is { } to ? $" ({to})" : "")}, {end.Reason}.";
        }

        yield return State.Phase switch
        {
            InstancePhase.Resting when State.Place is { } home => $"Next: nothing of its own, for no incident asks for it now. If {home} has failed, that begins when it is proved off: explain {home} says how far it is, and what holds it.",
            InstancePhase.Resting => "Next: nothing; no incident concerns it.",
            InstancePhase.Recovering when waits is { Wait: InstanceWait.Guard } => "Next: nothing before that hypervisor answers, or an operator says that it can't start it; a retry alone says nothing about its next boot.",
            InstancePhase.Recovering or InstancePhase.Starting when IsHeldByObserving => "Next: nothing while HA only observes there; switch observeOnly off to let it start.",
            InstancePhase.Recovering when State.Recovery!.Kind == RecoveryKind.EndWithoutStart => $"Next: the proof that {State.Recovery.Failed} is off, or its agent's word; before that it is started nowhere.",
            InstancePhase.Recovering or InstancePhase.Starting when waits is { Wait: InstanceWait.Gate } => "Next: nothing before HA is armed.",
            InstancePhase.Starting when waits is { Wait: InstanceWait.Fence } => "Next: the proof that is missing; then the stored start is sent.",
            InstancePhase.Recovering => "Next: a destination with room, a look at who has it, a proof for everybody else who may run it; then the start is stored and sent.",
            InstancePhase.Starting => $"Next: the answer of {State.Attempt?.Destination} to its start.",
            InstancePhase.Cancelling => $"Next: the word of {State.Attempt?.Destination} that it does not run it, or the proof that it is off.",
            InstancePhase.Stuck when State.Recovery!.LockedSince is not null => "Next: one start to see whether the lock is gone, every 2 min; nothing else before a person ends what holds it.",
            _ => $"Next: nothing before a person acts: retry it, change its policy, {WhatCanBeCancelled()}opt it out.",
        };
    }

    /// <summary>What was answered longer ago may be otherwise now.</summary>
    private static readonly TimeSpan AnswerIsOfNow = TimeSpan.FromSeconds(30);

    private string? MissingNow(HypervisorId member) => _missing.TryGetValue(member, out var missing) && Clock - missing.At <= AnswerIsOfNow ? missing.Reason : null;

    /// <summary>An incident that has closed can't be cancelled; one that asks goes on asking every ten seconds.</summary>
    private string WhatCanBeCancelled() => _askedLast is { } last && last.Hypervisor == State.Recovery!.Failed && Clock - last.At <= Repeat * 3 ? $"cancel incident {last.Incident}, or " : "or ";

    private static string EventLogName(Enum value) => Domain.EventLog.HypervisorLog.Name(value);

    private bool IsHeldByObserving => State.Policy.ObserveOnly && !_running && !_unsure;

    /// <summary>When something is tried again by itself; null if nothing is.</summary>
    private DateTimeOffset? NextTry() => State.Phase switch
    {
        InstancePhase.Recovering or InstancePhase.Starting when IsHeldByObserving => null,
        InstancePhase.Recovering when (_live?.Wait ?? State.Recovery!.Wait?.Wait) == InstanceWait.Guard => null,
        InstancePhase.Recovering when State.Recovery!.Kind != RecoveryKind.EndWithoutStart => Again("room", Repeat),
        InstancePhase.Starting => Again("look around", Repeat),
        InstancePhase.Cancelling => Again($"cancel {State.Attempt!.Destination}", TimeSpan.FromSeconds(5)),
        InstancePhase.Stuck when State.Recovery is { LockedSince: not null, Wait: { } wait } => wait.Since + InstanceDecider.LockIsLookedAt,
        _ => null,
    };

    private DateTimeOffset Again(string what, TimeSpan every) =>
        Now + (_said.TryGetValue(what, out var at) && at + every > Clock ? at + every - Clock : TimeSpan.Zero);
}
