using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;

namespace HaActors.Actors.Hypervisors;

/// <summary>From the declaration to the proof, and the proof held.</summary>
public sealed partial class HypervisorActor
{
    /// <summary>Not a check of the gate: nobody is asked while HA is off here.</summary>
    private const string HaIsOff = "ha-enabled";

    private const string IncidentCancelled = "incident-cancelled";

    /// <summary>A permit counts within this time of its question; so does a reading for a start (SAFETY 10, 15).</summary>
    private static readonly TimeSpan PermitFresh = TimeSpan.FromSeconds(10);

    /// <summary>After a no, so that a probe which the question itself caused does not ask the next one.</summary>
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromSeconds(2);

    /// <summary>Later an answer does not count any more with whoever asked.</summary>
    private static readonly TimeSpan AnswerCounts = TimeSpan.FromSeconds(5);

    /// <summary>A look at probe or power that has not come back is begun again after this.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan ReturnPatience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan AuthenticationRetry = TimeSpan.FromMinutes(15);

    /// <summary>Whoever needs the proof asks again every few seconds.</summary>
    private static readonly TimeSpan AskedLasts = TimeSpan.FromSeconds(30);

    private TimeSpan? _askedForProofAt;
    private readonly SortedDictionary<InstanceId, (AskStillOff Ask, TimeSpan At)> _unanswered = [];
    private IActorRef? _fence;
    private int? _begunAttempt;
    private TimeSpan? _resumingSince;
    private bool _mayRetry;
    private ImmutableArray<FenceDevice> _devicesOfFailure;
    private long _question;
    private TimeSpan? _askedAt;
    private TimeSpan? _lastAskAt;
    private string? _withheldNow;
    private string? _withheldCheck;
    private AskedAgain? _withheldUntil;

    /// <summary>The gate said that it is gone in seconds by itself.</summary>
    private bool _withheldForNow;
    private DateTimeOffset? _withheldAt;
    private DateTimeOffset? _retryAt;
    private DateTimeOffset? _lastReadingAt;
    private (string Device, PowerReading Reading)? _lastReading;
    private TimeSpan? _returnedSince;
    private TimeSpan? _takingBackSince;

    private void ReactToPower()
    {
        switch (State.Phase)
        {
            case HypervisorPhase.Down:
                StopFence();
                AskForPermit();
                break;
            case HypervisorPhase.FenceFailed:
                StopFence();
                if (IsTakenBack)
                {
                    LookWhetherToTakeBack();
                }
                else
                {
                    _notTakenBack = null;
                    AskForPermitAfterPause();
                }

                break;
            case HypervisorPhase.Fencing:
                Timers.Cancel("retry");
                Fence();
                break;
            default:
                StopFence();
                Timers.Cancel("retry");
                break;
        }

        if (_toGain > 0 && Policy.Acts && State.Cancelled is null && !IsWithheldForGood && HypervisorDecider.IsOverdue(State, Clock - _down.Since))
        {
            Handle(new RemindOfFence(State.Phase == HypervisorPhase.Down ? InstanceWait.Gate : InstanceWait.Fence, Reason(), Clock - _down.Since, Now));
        }

        TellHold();
        if (!NeedsProof)
        {
            _held.Clear();
            _returnedSince = null;
        }
        else if (State.PowerReturnedAt is not null)
        {
            _returnedSince ??= Clock;
            if (Clock - _returnedSince > ReturnPatience)
            {
                _returnedSince = null;
                Handle(new VoidProof("it did not come back cleanly within 5 min", Now));
            }
        }
    }

    /// <summary>
    /// The proof is held while a start may come: in its own incident, and after it while an instance that once ran here is to be started again from elsewhere, for
    /// it stays in that instance's may-run set until its own agent answers.
    /// </summary>
    private bool NeedsProof => (State.IncidentOpen || (_askedForProofAt is { } at && Clock - at < AskedLasts)) && State.Phase is (HypervisorPhase.Fenced or HypervisorPhase.Evacuating or HypervisorPhase.Evacuated);

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
        if (!Policy.HaEnabled && State.Order is null)
        {
            (_withheldCheck, _withheldForNow) = (HaIsOff, false);
            _withheldNow = $"Fence of {_id} withheld: HA is off for it. Its instances wait until HA is on again, or {_id} is back.";
            _withheldUntil = new AskedAgain(null, "when HA is on for it");
            Handle(new WithholdPermit(HaIsOff, _withheldNow, Now));
            return;
        }

        if (State is { Cancelled: { } by, Order: null })
        {
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

    private void OnPermit(PermitGranted granted)
    {
        if (granted.Question != _question || _askedAt is not { } asked || Clock - asked > PermitFresh)
        {
            Logger.Info("{HypervisorId}: a permit came late and is not used; it is asked for again", _id);
            return;
        }

        _askedAt = null;
        OnArmed(true);
        Handle(new GrantPermit(granted.Attempt, granted.Peers, granted.ProvedOff, granted.Excluded, Now), d =>
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

    private void Fence()
    {
        if (_fence is not null)
        {
            return;
        }

        if (_begunAttempt == State.Attempt)
        {
            var state = State;
            var (power, prober, masters, settings) = (_power, _doors.Prober, _doors.Masters, _settings);
            _fence = Context.ActorOf(Made.By(() => new FenceActor(state, power, prober, masters, settings)), $"fence-{State.Attempt}-{++_question}");
        }
        else if (_resumingSince is not { } since || Clock - since > LookAgain)
        {
            // After a restart: look first (SAFETY 12); a look without an answer is done again.
            _resumingSince = Clock;
            _doors.Prober.Tell(new RunSweep(++_question, TimeSpan.Zero, [new SweepTarget(_id, State.HypervisorUuid)]));
            _resumeProbe = _question;
        }
    }

    private long _resumeProbe;

    private void OnExtraProbe(SweepCompleted probes)
    {
        if (probes.Sweep == _resumeProbe && _resumingSince is not null)
        {
            var outcome = probes.Outcomes.FirstOrDefault(o => o.Hypervisor == _id);
            _resumingSince = null;
            if (outcome is null || State.Phase != HypervisorPhase.Fencing)
            {
                return;
            }

            var attempt = State.Attempt;
            Handle(new ResumeFence(attempt, outcome.Passed, Clock - _bornAt, Now), d =>
            {
                if (d is Decision<IHypervisorEvent>.Accepted { Events: [FenceResumed, ..] })
                {
                    _begunAttempt = attempt;
                }
            });
        }
        else
        {
            OnOperatorProbe(probes);
        }
    }

    private void StopFence()
    {
        if (_fence is { } fence)
        {
            Context.Stop(fence);
            _fence = null;
        }

        _resumingSince = null;
    }

    private void OnWantOff(WantOff want, IActorRef fence)
    {
        if (_armed is null)
        {
            // Not known yet after a restart; it asks again in a moment.
            return;
        }

        if (WhyNoOff() is { } why)
        {
            // What was issued is followed to its answer: it is read on until the deadline, and no further off goes out. If nothing was issued it is over at once.
            _dumpIsOver = false;
            if (State.OffsIssued == 0)
            {
                Handle(new ExpireFence(want.Attempt, why, Now));
            }

            return;
        }

        // The age of the write counts from before it: a master that slept while it was stored sends nothing.
        var writtenAt = Clock;
        Handle(new IssueOff(want.Attempt, want.Device, Now), d =>
        {
            if (d is Decision<IHypervisorEvent>.Accepted)
            {
                fence.Tell(new OffStored(want.Attempt, want.Device, writtenAt));
            }
        });
    }

    /// <summary>Why no further off command may leave, although a permit is in hand; null if it may.</summary>
    private string? WhyNoOff() => _armed == false ? "HA was disarmed before the off command left"
        : Policy.ObserveOnly ? "HA only observes since before the off command left"
        : !Policy.HaEnabled && State.Order is null ? "HA was switched off for it before the off command left"
        : !Policy.EvacuationEnabled && State.Order is null ? "evacuation was switched off for it before the off command left"
        : State is { Maintenance: true, Order: null } ? "it was put into maintenance before the off command left"
        : State.Order is null && AnswersInNewBoot ? "it booted anew before the off command left, which ended what ran there"
        : State is { Cancelled: { } by, Order: null } ? $"{by.Who} cancelled its incident before the off command left"
        : DumpLasts(out var until) ? string.Create(CultureInfo.InvariantCulture, $"its crash dump has its time until {until:HH:mm:ss} UTC, and its power is on")
        : null;

    private void OnStillOff(AskStillOff ask)
    {
        _askedForProofAt = Clock;
        TellHold();
        TellMayLeave();
        if (State.IsProvedOff && NeedsProof && State.Proof != ProofKind.Acknowledged && OffSince() is null)
        {
            // The next reading is seconds away; it answers whoever asked a moment before.
            _unanswered[ask.InstanceId] = (ask, Clock);
            return;
        }

        AnswerStillOff(ask);
    }

    private void AnswerUnanswered()
    {
        foreach (var (ask, at) in _unanswered.Values.ToArray())
        {
            if (Clock - at <= AnswerCounts)
            {
                AnswerStillOff(ask);
            }
        }

        _unanswered.Clear();
    }

    private void AnswerStillOff(AskStillOff ask)
    {
        var (off, reason) = StillOff();
        _doors.Instances.Tell(new StillOffAnswer(ask.InstanceId, _id, ask.Question, off, off ? State.Proof : null, reason, State.HypervisorUuid));
    }

    private (bool Off, string Reason) StillOff()
    {
        if (_armed != true)
        {
            return (false, _armed is null ? "whether HA is armed is not known yet" : "HA is disarmed");
        }

        if (!State.IsProvedOff)
        {
            return (false, State.PowerReturnedAt is not null ? $"{_id} has power again" : $"{_id} is {State.Phase}, not proved off");
        }

        if (State.Proof == ProofKind.Acknowledged)
        {
            return (true, "acknowledged");
        }

        return OffSince() is { } read && !State.ProofIsLost
            ? (true, string.Create(CultureInfo.InvariantCulture, $"read off {(Clock - read).TotalSeconds:F1} s ago"))
            : (false, $"the power of {_id} has not been read as off in the last 10 s ({_lastReading?.Reading.Detail ?? "not read yet"})");
    }

    /// <summary>Its fence failed and it answers, so it is taken back as soon as that is safe; who has just ordered its fence knew that it answers.</summary>
    private bool IsTakenBack => State is { Phase: HypervisorPhase.FenceFailed, Passes: >= HypervisorDecider.PassesToRecover } && !OrderStands;

    private bool OrderStands => State.Order is not null && Clock - _ordered.Since < HypervisorDecider.OrderLasts;

    private void LookWhetherToTakeBack()
    {
        if (_takingBackSince is not { } since || Clock - since > LookAgain)
        {
            _takingBackSince = Clock;
            _takeBackQuestion = ++_question;
            _power.Tell(new ReadAll(_takeBackQuestion));
        }
    }

    private long _takeBackQuestion;

    /// <summary>Why the last look did not take it back, in a clause.</summary>
    private string? _notTakenBack;

    private void TakeBackIfSafe(ImmutableArray<DeviceAnswer> answers)
    {
        _takingBackSince = null;
        if (!IsTakenBack)
        {
            return;
        }

        // A level that reads off in part, and on in part, never cut the power: only one of which nothing reads on may be the truth, or be about to become it.
        var off = answers.GroupBy(a => a.Level).Where(level => !level.Any(a => a.Reading.IsOn))
            .SelectMany(level => level).Where(a => a.Reading.IsOff && !State.Device(a.Device).IsContradicted).Select(a => a.Device).Order(StringComparer.Ordinal).ToArray();
        var quiet = State.LastOffAt is null || Clock - _lastOff.Since > _settings.FenceDeadline;
        _notTakenBack = off.Length > 0 ? $"{string.Join(", ", off)} {(off.Length == 1 ? "reads" : "read")} off, so it is not taken back: power it on there, or mend that device if it lies"
            : quiet ? null
            : "an off command may still be carried out";
        Handle(new TakeBack(off.Length > 0, quiet, _lastProbe?.BootId, Now), d =>
        {
            if (d is Decision<IHypervisorEvent>.Accepted && answers.Any(a => a.Reading.IsOff))
            {
                // It runs on what our off has left it: told now, not at the next scheduled check.
                CheckSoon();
            }
        });
    }

    private void OnPowerReport(PowerReport report)
    {
        foreach (var answer in report.Answers)
        {
            OnReading(answer.Reading, answer.Device);
        }

        if (IsRollCall(report))
        {
            return;
        }

        if (report.Question == _takeBackQuestion && _takingBackSince is not null)
        {
            TakeBackIfSafe(report.Answers);
        }
        else if (report.Question == _dumpQuestion)
        {
            OnDumpReading(report);
        }
        else if (report.Question == _powerOnQuestion)
        {
            OnPoweredOn(report);
        }
        else
        {
            OnOperatorPower(report);
        }
    }
}
