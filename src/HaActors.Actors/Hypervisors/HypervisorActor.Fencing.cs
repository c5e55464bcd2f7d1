using System.Globalization;
using Akka.Actor;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Hypervisors;

/// <summary>From the declaration to the proof: what each state does about its power, and the attempt under way.</summary>
public sealed partial class HypervisorActor
{
    /// <summary>A look at probe or power that has not come back is begun again after this.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan ReturnPatience = TimeSpan.FromMinutes(5);

    private IActorRef? _fence;
    private int? _begunAttempt;
    private TimeSpan? _resumingSince;
    private long _question;
    private TimeSpan? _returnedSince;

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

        // Who has just ordered its fence knows that it is down.
        var justOrdered = State.Order is not null && Clock - _ordered.Since < TimeSpan.FromMinutes(1);
        if (_toGain > 0 && Policy.Acts && State.Cancelled is null && !IsWithheldForGood && !justOrdered && HypervisorDecider.IsOverdue(State, Clock - _down.Since))
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
            // What answers now as it did not when the permit was given is another case: the gate looks at it anew.
            var answers = outcome.Passed || outcome.ShuttingDown || (State.Failing == MissClass.Unreachable && outcome.AnyAnswer);
            Handle(new ResumeFence(attempt, answers, Clock - _bornAt, Now), d =>
            {
                if (d is Decision<IHypervisorEvent>.Accepted { Events: [FenceResumed, ..] })
                {
                    _begunAttempt = attempt;
                }
                else if (State.Phase == HypervisorPhase.Down)
                {
                    HearNotice(outcome);
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
                if (State is { OnlyIfOff: true, Incident: { } incident })
                {
                    // Its power is on: what read off before permits no further attempt.
                    _powerSeen = (incident, Clock, false);
                }

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
        : HaIsOffHere ? "HA was switched off for it before the off command left"
        : !Policy.EvacuationEnabled && State.Order is null ? "evacuation was switched off for it before the off command left"
        : State is { Maintenance: true, Order: null } ? "it was put into maintenance before the off command left"
        : State.Order is null && AnswersInNewBoot ? "it booted anew before the off command left, which ended what ran there"
        : State.MayOnlyBeProved ? "it was off when its proof was permitted, and its power is on; an off would gain nothing"
        : State is { Cancelled: { } by, Order: null } ? $"{by.Who} cancelled its incident before the off command left"
        : DumpLasts(out var until) ? string.Create(CultureInfo.InvariantCulture, $"its crash dump has its time until {until:HH:mm:ss} UTC, and its power is on")
        : null;

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
        else if (_powerAsked is { } asked && report.Question == asked.Question)
        {
            OnPowerLook(report, asked.Incident);
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
