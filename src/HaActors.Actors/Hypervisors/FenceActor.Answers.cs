using System.Globalization;
using Akka.Actor;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

/// <summary>What one device of the level answers: who it is, its power, its troubles.</summary>
internal sealed partial class FenceActor
{
    /// <summary>An off command whose host still reads on is given again after this, within the level's deadline.</summary>
    private static readonly TimeSpan BetweenOffs = TimeSpan.FromSeconds(15);

    /// <summary>First who it is (SAFETY 13), then its power.</summary>
    private void Ask(DeviceRun run)
    {
        run.Question = ++_question;
        _power.Tell(run.IsIdentified ? new ReadPower(run.Question, run.Device) : new ReadIdentity(run.Question, run.Device));
        // Should the answer be lost, it is asked again; a call has its own, shorter deadline.
        ReadIn(run, LostAnswer);
    }

    private void ReadIn(DeviceRun run, TimeSpan pause) => Timers.StartSingleTimer(ReadTimer(run), new ReadAgain(run.Device), pause);

    private void OnIdentity(DeviceRun run, DeviceIdentity identity)
    {
        var known = _request.Device(run.Device).Identity;
        switch (identity)
        {
            case DeviceIdentity.Known told when known is not null && told.Id != known:
                Context.Parent.Tell(new FenceFound(new RecordIdentity(run.Device, told.Id, Now)));
                FailLevel(run.Device, FenceFailure.IdentityChanged, $"it was {known} and is {told.Id} now");
                break;
            case DeviceIdentity.Trouble { Outcome: PowerOutcome.AuthenticationFailed or PowerOutcome.ToolMissing } trouble:
                OnTrouble(run, new PowerReading(trouble.Outcome, Clock, trouble.Detail));
                break;
            case DeviceIdentity.Trouble trouble when known is not null && ++run.Silent >= 2:
                FailLevel(run.Device, FailureOf(trouble.Outcome), trouble.Outcome == PowerOutcome.Refused ? $"it does not tell who it is ({trouble.Detail})" : trouble.Detail);
                break;
            case DeviceIdentity.Trouble when known is not null:
                // Should the board or its address have changed since its last check, an off would be another machine's.
                ReadIn(run, BetweenReadings);
                break;
            default:
                // It has told what is known of it, or that it tells nothing.
                run.Silent = 0;
                run.IsIdentified = true;
                Ask(run);
                break;
        }
    }

    private void OnAnswer(DeviceRun run, PowerReading reading)
    {
        run.Took = Clock - reading.Begun;
        if (_probe != 0 && reading.Outcome is not (PowerOutcome.Off or PowerOutcome.Accepted or PowerOutcome.NotSent))
        {
            // It was being read when the look at the world began, and does not read off any more: all have to be off at one time, so the others are read on, too.
            ForgetCorroboration();
            foreach (var other in _runs.Values.Where(r => r != run))
            {
                ReadIn(other, BetweenReadings);
            }
        }

        switch (reading.Outcome)
        {
            case PowerOutcome.Off:
                run.Silent = 0;
                run.FirstOff ??= reading.Begun;
                run.LastOff = reading.Begun;
                if (_probe == 0)
                {
                    OnOff(run);
                }
                else if (_agreedAt is not null)
                {
                    ProveOrReadAgain();
                }

                break;
            case PowerOutcome.On:
                run.FirstOff = run.LastOff = null;
                run.Silent = 0;
                OnStillOn(run);
                break;
            case PowerOutcome.Accepted:
                run.Taken = true;
                ReadIn(run, BetweenReadings);
                break;
            case PowerOutcome.NotSent:
                // Not a lost answer but a certain one: all that was sent is what was sent before.
                (run.LastOffSent, run.Sent, _sent) = run.Before;
                run.LastTrouble = reading.Outcome;
                run.LastDetail = reading.Detail;
                ReadIn(run, BetweenReadings);
                break;
            default:
                OnTrouble(run, reading);
                break;
        }
    }

    /// <summary>All of the level have to be off at one time, each read twice; until the last one is, the others are read on.</summary>
    private void OnOff(DeviceRun run)
    {
        if (_runs.Values.All(r => r.IsProved && r.IsFresh(Clock)))
        {
            foreach (var other in _runs.Values)
            {
                Timers.Cancel(ReadTimer(other));
            }

            _readings = string.Join(", ", _runs.Values.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Device} read off twice, {(r.LastOff!.Value - r.FirstOff!.Value).TotalSeconds:F1} s apart")));
            Corroborate();
        }
        else if (run.IsProved && IsOverdue)
        {
            if (_runs.Values.FirstOrDefault(r => !r.IsProved) is not { } late)
            {
                AnswersTooLate();
                return;
            }

            FailLevel(late.Device, late.LastDetail.Length > 0 ? FenceFailure.TimedOut : FenceFailure.StillOn, late.LastDetail.Length > 0 ? late.LastDetail : "it did not read off while the others of its level did");
        }
        else
        {
            var pause = DeviceRun.BetweenProofs + TimeSpan.FromMilliseconds(100) - (Clock - run.LastOff!.Value);
            ReadIn(run, pause > TimeSpan.FromMilliseconds(100) ? pause : TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>It reads off, and by the time that its answer is here nobody knows whether it still is.</summary>
    private void AnswersTooLate() =>
        FailLevel(_runs.Values.MaxBy(r => r.Took)!.Device, FenceFailure.TimedOut, $"it reads off, but a reading counts for {PowerProof.ReadingFresh.TotalSeconds:0} s from its question, and its answers take so long or longer");

    private void OnStillOn(DeviceRun run)
    {
        if (run.Sent && run.LastTrouble == PowerOutcome.Refused)
        {
            FailLevel(run.Device, FenceFailure.Refused, run.LastDetail);
        }
        else if (IsOverdue)
        {
            var (cause, detail) = run switch
            {
                { Taken: true } => (FenceFailure.StillOn, "it took the command and goes on reading on"),
                { Sent: true } => (FenceFailure.StillOn, "nothing told that it took the command, and it goes on reading on"),
                _ when _request.OffsIssued > 0 => (FenceFailure.StillOn, "the command may have left before this attempt was resumed, and it goes on reading on"),
                _ => (FenceFailure.NotSent, "none could be stored, or none was allowed any more"),
            };
            FailLevel(run.Device, cause, run.LastDetail.Length > 0 ? run.LastDetail : detail);
        }
        else if (run.LastOffSent is { } at && Clock - at < BetweenOffs)
        {
            ReadIn(run, BetweenReadings);
        }
        else
        {
            Context.Parent.Tell(new WantOff(_request.Attempt, run.Device));
            // Should the parent be unable to store it, the reading after the pause asks again, with a fresh look.
            ReadIn(run, StoreTakes);
        }
    }

    private static FenceFailure FailureOf(PowerOutcome trouble) => trouble switch
    {
        PowerOutcome.TimedOut => FenceFailure.TimedOut,
        PowerOutcome.Refused => FenceFailure.Refused,
        _ => FenceFailure.Unreachable,
    };

    private void OnTrouble(DeviceRun run, PowerReading reading)
    {
        run.FirstOff = run.LastOff = null;
        run.LastTrouble = reading.Outcome;
        run.LastDetail = reading.Detail;
        switch (reading.Outcome)
        {
            case PowerOutcome.AuthenticationFailed:
                FailLevel(run.Device, FenceFailure.AuthenticationFailed, reading.Detail);
                break;
            case PowerOutcome.ToolMissing:
                FailLevel(run.Device, FenceFailure.ToolMissing, reading.Detail);
                break;
            case PowerOutcome.Refused when !run.Sent:
                FailLevel(run.Device, FenceFailure.Refused, reading.Detail);
                break;
            // Before anything was sent two silences in a row are enough: the next level, or the pause before the next attempt, does the waiting. After an off its
            // answer may be lost and the host dead, so it is read on until the deadline.
            case PowerOutcome.Unreachable or PowerOutcome.TimedOut when ++run.Silent >= 2 && !run.Sent:
            case var _ when IsOverdue:
                FailLevel(run.Device, reading.Outcome == PowerOutcome.TimedOut ? FenceFailure.TimedOut : FenceFailure.Unreachable, reading.Detail);
                break;
            default:
                ReadIn(run, BetweenReadings);
                break;
        }
    }
}
