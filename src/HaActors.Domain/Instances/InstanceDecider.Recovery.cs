using Verdict = HaActors.Domain.Decision<HaActors.Domain.Instances.IInstanceEvent>;

namespace HaActors.Domain.Instances;

/// <summary>What incidents ask, what a start needs, and what its answers come to.</summary>
public static partial class InstanceDecider
{
    private static Verdict Begin(InstanceStatus s, Recover r)
    {
        if (IsOver(s, r))
        {
            return Ignored("its end was told before");
        }

        return Leaves(s, r) is { } reason
            ? Emit(new RecoveryEnded(s.Id, r.Incident, r.Failed, InstanceEnd.Left, null, reason, r.At))
            : r.CancelledBy is { } by
            ? Emit(new RecoveryEnded(s.Id, r.Incident, r.Failed, InstanceEnd.Cancelled, null, $"cancelled by {by}", r.At))
            : Emit(Begun(s, r, r.At));
    }

    /// <summary>
    /// Its end in this incident was told before, and still holds. It does not where it was left because no fence would come, or because it ran there, and now its hypervisor is
    /// proved off in the same incident; nor where the hypervisor has booted anew since, and it lived there again, or still: only what was cancelled stays so.
    /// </summary>
    private static bool IsOver(InstanceStatus s, Recover r) => s.EndOf(r.Incident) is { } end && !IsAfterBoot(r, s.Attempt is { } attempt && attempt.Destination == r.Failed ? attempt.BootId : null)
        && !(Leaves(s, r) is null && r.Kind switch
        {
            RecoveryKind.Evacuate => end.End == InstanceEnd.Left,
            RecoveryKind.Restart => end.End != InstanceEnd.Cancelled && s.Sightings.TryGetValue(r.Failed, out var seen) && (seen.IsActive
                ? IsAfterBoot(r, end.BootId) && seen.BootId != r.BootId
                : IsAfterBoot(r, end.BootId) || end.End is InstanceEnd.Left or InstanceEnd.Restarted),
            _ => false,
        });

    /// <summary>Asks because of a later boot than this one.</summary>
    private static bool IsAfterBoot(Recover r, string? bootId) => r is { Kind: RecoveryKind.Restart, BootId: { } boot } && bootId is { Length: > 0 } && bootId != boot;

    /// <summary>Why an incident moves nothing here; null if it does.</summary>
    private static string? Leaves(InstanceStatus s, Recover r) =>
        s.Place is null ? "no agent has ever reported it"
        : s.Place != r.Failed ? $"it is on {s.Place}, not on {r.Failed}"
        : !s.Policy.HaEnabled ? "it is not opted in to HA"
        : !s.Wanted ? "it was shut off by its user, or gone, when its hypervisor was last seen"
        : !r.EvacuationEnabled && r.Kind != RecoveryKind.Restart ? "evacuation is off for its hypervisor"
        : null;

    private static RecoveryRequested Begun(InstanceStatus s, Recover r, DateTimeOffset since) => new(s.Id, r.Incident, r.Failed, r.Kind, r.Proof, since, r.At);

    private static Verdict AskedAgain(InstanceStatus s, Recover r)
    {
        var now = s.Recovery!;
        if (!r.EvacuationEnabled && r.Kind != RecoveryKind.Restart && now.Kind != RecoveryKind.Restart)
        {
            // Also when it was on when the incident began: who switches it off ends what waits.
            return Emit(Over(s, InstanceEnd.Left, "evacuation is off for its hypervisor", r.At));
        }

        // A restart is an evacuation that may also start in place; the incident's older question must not take that back.
        return r.Kind == now.Kind || now.Kind == RecoveryKind.Restart ? Ignored("asked before") : Emit(Begun(s, r, now.Since));
    }

    /// <summary>Another incident than the open one.</summary>
    private static Verdict AskedByAnother(InstanceStatus s, Recover r)
    {
        var now = s.Recovery!;
        if (IsOver(s, r))
        {
            return Ignored("its end was told before");
        }

        if (s.Attempt is { } attempt)
        {
            // The destination died while it received: its incident goes on with it, all others still to be proved (SAFETY 3).
            return attempt.Destination != r.Failed ? Ignored($"a start on {attempt.Destination} has no answer yet")
                : s.EndOf(r.Incident) is not null && !IsAfterBoot(r, attempt.BootId) ? Ignored("its end was told before")
                : r.Kind == RecoveryKind.EndWithoutStart ? Ignored("its destination is silent, and no fence will prove it off")
                // Back, and its incident still open for others: what was asked for since has not failed.
                : r is { Kind: RecoveryKind.Restart, BootId: { } boot } && boot == attempt.BootId
                ? Emit(new RecoveryNotConcerned(s.Id, r.Incident, r.Failed, $"incident {now.Incident} starts it there in the boot that answers", r.At))
                : Emit(Over(s, InstanceEnd.HandedOver, $"{r.Failed} failed while it received it", r.At, r.Failed), Begun(s, r, r.At));
        }

        return r.Failed != now.Failed && r.Failed != s.Place ? Emit(new RecoveryNotConcerned(s.Id, r.Incident, r.Failed, $"incident {now.Incident} of {now.Failed} looks after it", r.At))
            : r is { Kind: RecoveryKind.EndWithoutStart, CancelledBy: null } ? StillOwed(s, r)
            : Emit(Over(s, InstanceEnd.HandedOver, $"{r.Failed} failed again", r.At, r.Failed), Begun(s, r, r.At));
    }

    /// <summary>
    /// Silent again, and no fence will come: what the open incident owes is owed as before, for the new one would leave it as soon as the hypervisor answers in the same boot. It may
    /// come back without anybody asking anew, so from now on its start there is allowed, too.
    /// </summary>
    private static Verdict StillOwed(InstanceStatus s, Recover r) => s.Recovery is { Kind: RecoveryKind.Evacuate } now && now.Failed == r.Failed
        ? Emit(new RecoveryRequested(s.Id, now.Incident, now.Failed, RecoveryKind.Restart, null, now.Since, r.At))
        : Ignored($"incident {s.Recovery!.Incident} of {s.Recovery.Failed} looks after it");

    private static Verdict Start(InstanceStatus s, RequestStart r)
    {
        var now = s.Recovery!;
        if (now.Kind == RecoveryKind.EndWithoutStart)
        {
            return Refused($"{now.Failed} is not proved off, and no fence will come.");
        }

        if (!s.Wanted || !s.Policy.HaEnabled)
        {
            return Refused($"{s.Id} is not to be started.");
        }

        if (r.Destination == now.Failed && now.Kind != RecoveryKind.Restart)
        {
            return Refused($"{r.Destination} is the hypervisor that failed.");
        }

        // What is off proves nothing of its next boot: it must know that it may not start it then.
        if (s.OthersThan(r.Destination).Where(s.MayStartByItself).ToList() is { Count: > 0 } unguarded)
        {
            return Refused(Unguarded(unguarded));
        }

        var unproved = s.OthersThan(r.Destination).Except(r.Proofs.Select(p => p.Hypervisor)).ToList();
        return unproved.Count > 0
            ? Refused($"{string.Join(", ", unproved)} may run {s.Id}, and nothing proves otherwise.")
            : Emit(new StartRequested(
                s.Id, now.Incident, now.Failed, s.Epoch + 1, r.Destination, now.Starts + 1, [.. r.Proofs.Where(p => s.MayRun.ContainsKey(p.Hypervisor) && p.Hypervisor != r.Destination)], r.BootId, r.At));
    }

    /// <summary>Why nothing is started elsewhere while these hypervisors have no guard.</summary>
    public static string Unguarded(IReadOnlyCollection<HypervisorId> hypervisors)
    {
        var names = string.Join(" and ", hypervisors);
        return $"the agent of {names} never confirmed that HA looks after it, so {names} may start a second copy of it when it boots; it starts when {names} is back, or elsewhere once you say that {names} can't start it (retry with cannotStartOn)";
    }

    private static InstanceStarted Started(InstanceStatus s, string how, DateTimeOffset at)
    {
        var (now, attempt) = (s.Recovery!, s.Attempt!);
        return new InstanceStarted(
            s.Id, now.Incident, now.Failed, attempt.Destination, attempt.Epoch, attempt.Number, attempt.Destination == now.Failed ? InstanceEnd.Restarted : InstanceEnd.Evacuated,
            (long)(at - now.Since).TotalMilliseconds, how, at);
    }

    /// <summary>The destination surely does not run it: on to the next one, or to a person.</summary>
    private static Verdict NotThere(InstanceStatus s, IInstanceEvent proof, DateTimeOffset at)
    {
        var (now, attempt) = (s.Recovery!, s.Attempt!);
        var code = attempt.Refusal?.Code;
        var isTry = RunRefusals.IsTry(code);
        var used = now.AttemptsUsed + (isTry ? 1 : 0);
        var lockedSince = code == RunRefusals.ImageLocked ? now.LockedSince ?? attempt.Since : (DateTimeOffset?)null;
        var reason = attempt.Refusal is { } no ? $"{attempt.Destination} said {no.Code}: {no.Message}" : $"{attempt.Destination} did not answer, and does not run it";
        var ended = new AttemptEnded(s.Id, now.Incident, attempt.Epoch, attempt.Destination, isTry, used, reason, lockedSince, at);

        return now.CancelOrder is { } order ? Emit(proof, ended, Over(s, InstanceEnd.Cancelled, $"cancelled by {order}", at))
            : !s.Policy.HaEnabled ? Emit(proof, ended, Over(s, InstanceEnd.Left, "it was opted out while it was started", at))
            : used >= s.Policy.MaxRestartAttempts ? Emit(proof, ended, new EvacuationFailed(s.Id, now.Incident, now.Failed, used, reason, at))
            : lockedSince is { } since && at - since >= LockedFor ? Emit(proof, ended, new WaitBegan(s.Id, now.Incident, now.Failed, InstanceWait.Person, Locked(attempt), IsNews(now, InstanceWait.Person, at), at))
            : Emit(proof, ended);
    }

    private static string Locked(OpenAttempt attempt) =>
        $"its disk image is locked by {attempt.Refusal?.Holder ?? "an unknown holder"}; no lock is broken by itself: find who holds it and end that; it is tried again every 2 min";

    /// <summary>What was suspended under a proof of power-off is a member again.</summary>
    private static Verdict Revive(InstanceStatus s, SettleReturn r) => s.MayRun.TryGetValue(r.Hypervisor, out var m) && !m.IsActive
        ? Emit(new MemberRevived(s.Id, r.Hypervisor, r.At))
        : Ignored("is no suspended member");
}
