using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

/// <summary>Its fence failed and it answers: whether it is taken back.</summary>
public sealed partial class HypervisorActor
{
    private TimeSpan? _takingBackSince;
    private long _takeBackQuestion;

    /// <summary>Why the last look did not take it back, in a clause.</summary>
    private string? _notTakenBack;

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
}
