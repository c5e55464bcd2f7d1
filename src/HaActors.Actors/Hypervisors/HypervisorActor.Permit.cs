using System.Collections.Immutable;
using Akka.Event;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;

namespace HaActors.Actors.Hypervisors;

/// <summary>The question to the gate, and its answers: a permit, or what withholds it.</summary>
public sealed partial class HypervisorActor
{
    /// <summary>Not a check of the gate: nobody is asked while HA is off here.</summary>
    private const string HaIsOff = "ha-enabled";

    /// <summary>Nor is this.</summary>
    private const string IncidentCancelled = "incident-cancelled";

    /// <summary>A permit counts within this time of its question; so does a reading for a start (SAFETY 10, 15).</summary>
    private static readonly TimeSpan PermitFresh = TimeSpan.FromSeconds(10);

    /// <summary>After a no, so that a probe which the question itself caused does not ask the next one.</summary>
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan AuthenticationRetry = TimeSpan.FromMinutes(15);

    private bool _mayRetry;
    private ImmutableArray<FenceDevice> _devicesOfFailure;
    private TimeSpan? _askedAt;
    private TimeSpan? _lastAskAt;
    private string? _withheldNow;
    private string? _withheldCheck;
    private AskedAgain? _withheldUntil;

    /// <summary>The gate said that it is gone in seconds by itself.</summary>
    private bool _withheldForNow;

    private DateTimeOffset? _withheldAt;
    private DateTimeOffset? _retryAt;

    /// <summary>HA is off for it, and nobody ordered its fence, which goes past that.</summary>
    private bool HaIsOffHere => !Policy.HaEnabled && State.Order is null;

    private void AskForPermitAfterPause()
    {
        if (_mayRetry)
        {
            AskForPermit();
        }
        else if (!Timers.IsTimerActive("retry"))
        {
            // 10 s, 20 s, 40 s … 5 min; a refused password only every 15 min, for a BMC locks out whom it refuses too often.
            var pause = State.LastFailures is [_, ..] all && all.All(f => f.Cause == FenceFailure.AuthenticationFailed)
                ? AuthenticationRetry
                : TimeSpan.FromSeconds(Math.Min(300, 10 * Math.Pow(2, Math.Min(10, Math.Max(0, State.FailuresInARow - 1)))));
            Timers.StartSingleTimer("retry", RetryFence.Instance, pause);
            _retryAt = Now + pause;
        }
        else
        {
            // Asks only if the device or its credentials have changed meanwhile.
            AskForPermit();
        }
    }

    private void AskForPermit()
    {
        if (HaIsOffHere)
        {
            TakeQuestionBack();
            (_withheldCheck, _withheldForNow) = (HaIsOff, false);
            _withheldNow = $"Fence of {_id} withheld: HA is off for it. Its instances wait until HA is on again, or {_id} is back.";
            _withheldUntil = new AskedAgain(null, "when HA is on for it");
            Handle(new WithholdPermit(HaIsOff, _withheldNow, Now));
            return;
        }

        if (State is { Cancelled: { } by, Order: null })
        {
            TakeQuestionBack();
            _withheldUntil = new AskedAgain(null, "when its fence is ordered");
            _withheldCheck = IncidentCancelled;
            _withheldNow = $"Fence of {_id} withheld: {by.Who} cancelled {State.Incident} ({by.Reason}). It stays as it is until it answers; order its fence if it must be off.";
            return;
        }

        // About to be told as rebooted: no off leaves for a boot that is new.
        if (AnswersInNewBoot && State.Order is null)
        {
            return;
        }

        // A question stands until its answer can't count any more: the gate's own probe comes by here before its answer does, and must not ask anew.
        if (_countingGain || (_askedAt is { } asked && Clock - asked < PermitFresh) || (_lastAskAt is { } last && Clock - last < BetweenQuestions))
        {
            return;
        }

        BeginToCountGain();
    }

    /// <summary>What was asked before somebody decided otherwise: its answer would be told, and be untrue in the same moment.</summary>
    private void TakeQuestionBack()
    {
        (_askedAt, _withheldAt) = (null, null);
        _question++;
    }

    private void OnPermit(PermitGranted granted)
    {
        if (granted.Question != _question || _askedAt is not { } asked || Clock - asked > PermitFresh)
        {
            Logger.Info("{HypervisorId}: a permit came late and is not used; it is asked for again", _id);
            return;
        }

        _askedAt = null;
        OnArmed(true);
        Handle(new GrantPermit(granted.Attempt, granted.Peers, granted.ProvedOff, granted.Excluded, Now, granted.OnlyIfOff), d =>
        {
            if (d is Decision<IHypervisorEvent>.Accepted)
            {
                _begunAttempt = State.Attempt;
                _mayRetry = false;
                _devicesOfFailure = default;
                ForgetWithheld();
            }
        });
    }

    private void OnWithheld(PermitWithheld withheld)
    {
        if (withheld.Question != _question)
        {
            return;
        }

        _askedAt = null;
        _withheldNow = withheld.Reason;
        _withheldCheck = withheld.Check;
        _withheldUntil = withheld.Again;
        _withheldForNow = withheld.Transient;
        _withheldAt = Now;
        OnArmed(withheld.Check != GateChecks.Armed);
        if (_toGain > 0 && (withheld.Check == GateChecks.AnythingToGain || _powerSeen?.Incident == State.Incident))
        {
            ReadPowerWhenDue();
        }

        if (withheld.Transient)
        {
            TellView();
        }
        else
        {
            Handle(new WithholdPermit(withheld.Check, withheld.Reason, Now), d =>
            {
                if (d is not Decision<IHypervisorEvent>.Accepted)
                {
                    ReactToEvacuation();
                    TellView();
                }
            });
        }
    }

    private void ForgetWithheld() => (_withheldNow, _withheldCheck, _withheldUntil, _withheldForNow) = (null, null, null, false);

    /// <summary>What was stored counts after a restart, until the gate has been asked again.</summary>
    private FenceWithheldView? WithheldView() =>
        State.Phase is not (HypervisorPhase.Down or HypervisorPhase.FenceFailed) || IsTakenBack ? null
        : _withheldCheck is { } check && _withheldNow is { } reason ? new FenceWithheldView(check, reason, _withheldUntil?.At, _withheldUntil?.When)
        : State.Withheld is { } stored ? new FenceWithheldView(stored.Check, stored.Reason, null, null)
        : null;
}
