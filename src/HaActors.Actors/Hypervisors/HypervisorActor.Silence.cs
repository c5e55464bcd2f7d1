using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

/// <summary>
/// A fence device that does not answer its checks, while its hypervisor answers: told as its own failure only when the gate has found that the others of the location
/// answer. Else the way to all of them is broken, which the gate tells once for all.
/// </summary>
public sealed partial class HypervisorActor
{
    /// <summary>Without a word from the gate for so long it is told as its own: one call too many is better than none.</summary>
    private static readonly TimeSpan UnjudgedForLong = TimeSpan.FromMinutes(3);

    /// <summary>Devices that a check found silent, with what it heard. Kept beside the state, which does not remember that of a device whose host is silent, too, nor what is common.</summary>
    private readonly SortedDictionary<string, Silence> _silent = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, TimeSpan> _heardAt = new(StringComparer.Ordinal);
    private DateTimeOffset? _pathLostSince;
    private TimeSpan? _unjudgedSince;
    private (long Question, long Roll, IActorRef Gate)? _rollCall;

    /// <summary>It answers itself, so what its devices answer says something of the way to them.</summary>
    private bool SpeaksForDevices => State.Phase is HypervisorPhase.Unknown or HypervisorPhase.Healthy or HypervisorPhase.Returning;

    /// <summary>Silent, and not told of yet.</summary>
    private KeyValuePair<string, Silence>[] Untold => !SpeaksForDevices ? [] :
        [.. _silent.Where(s => s.Value.HostAnswers && Places.Any(d => d.Device == s.Key) && State.Device(s.Key).Trouble is not { Cause: FenceFailure.Unreachable or FenceFailure.TimedOut or FenceFailure.IdentityChanged })];

    /// <summary>Takes what a check found of one device; what is not silence is for whoever calls.</summary>
    private bool IsHeldBack(string device, FenceFailure? cause, string detail)
    {
        if (cause is not (FenceFailure.Unreachable or FenceFailure.TimedOut))
        {
            _silent.Remove(device);
            _heardAt[device] = Clock;
            return false;
        }

        _silent[device] = new Silence(cause.Value, detail, SpeaksForDevices);
        return Untold.Any(s => s.Key == device);
    }

    /// <summary>Says again that it waits for a judgement, or goes on waiting for the way to come back.</summary>
    private void ReactToSilence()
    {
        if (!SpeaksForDevices)
        {
            // When the host is back only a check that is made then says anything of the device.
            foreach (var (device, silence) in _silent.ToArray())
            {
                _silent[device] = silence with { HostAnswers = false };
            }
        }

        if (Untold is not [var first, ..])
        {
            (_pathLostSince, _unjudgedSince) = (null, null);
            return;
        }

        _unjudgedSince ??= Clock;
        if (Clock - _unjudgedSince > UnjudgedForLong)
        {
            TellSilence();
            return;
        }

        _doors.Gate.Tell(new DevicesSilent(_id, _policy!.Location, first.Value.Detail, _heardAt.TryGetValue(first.Key, out var heard) ? Clock - heard : null));
    }

    private void OnJudged(SilenceJudged judged)
    {
        if (judged.CommonSince is { } since)
        {
            (_pathLostSince, _unjudgedSince) = (since, Clock);
            TellView();
        }
        else if (State.Phase == HypervisorPhase.FenceFailed)
        {
            // The way to its devices is back: the next attempt need not wait for its pause.
            _mayRetry = true;
            React();
        }
        else if (_pathLostSince is not null)
        {
            // The way is back: what was silent while it was lost is asked anew, and is told of only if it is silent still.
            (_pathLostSince, _unjudgedSince) = (null, null);
            _silent.Clear();
            CheckSoon();
            TellView();
        }
        else
        {
            TellSilence();
        }
    }

    private void TellSilence()
    {
        (_pathLostSince, _unjudgedSince) = (null, null);
        foreach (var (device, silence) in Untold)
        {
            Handle(new RecordCheck(device, silence.Cause, silence.Detail, Now));
        }
    }

    private void OnAskDevices(AskDevices ask)
    {
        if (!SpeaksForDevices || NeedsProof || Places.IsEmpty)
        {
            Sender.Tell(new DevicesAnswered(_id, ask.Roll, false, null));
            return;
        }

        _rollCall = (++_question, ask.Roll, Sender);
        _power.Tell(new ReadAll(_question));
    }

    /// <returns>Whether this report was the answer to a roll of the gate.</returns>
    private bool IsRollCall(PowerReport report)
    {
        if (_rollCall is not { } call || call.Question != report.Question)
        {
            return false;
        }

        _rollCall = null;
        foreach (var heard in report.Answers.Where(a => a.Reading.Outcome is not (PowerOutcome.Unreachable or PowerOutcome.TimedOut)))
        {
            _silent.Remove(heard.Device);
            _heardAt[heard.Device] = Clock;
        }

        // What was silent before by itself says nothing of the way to it.
        var told = report.Answers.Where(a => State.Device(a.Device).Trouble is not { Cause: FenceFailure.Unreachable or FenceFailure.TimedOut }).ToArray();
        var silent = told.FirstOrDefault(a => a.Reading.Outcome is PowerOutcome.Unreachable or PowerOutcome.TimedOut);
        call.Gate.Tell(new DevicesAnswered(_id, call.Roll, SpeaksForDevices && told.Length > 0, silent is null ? null : $"{silent.Device}: {silent.Reading.Detail}"));
        return true;
    }

    /// <summary>A device that is not registered any more, or whose place is another one now, is nobody's silence.</summary>
    private void ForgetDevices(bool all)
    {
        foreach (var gone in _silent.Keys.Concat(_heardAt.Keys).Concat(_readings.Keys).Distinct().Where(d => all || Places.All(p => p.Device != d)).ToArray())
        {
            _silent.Remove(gone);
            _heardAt.Remove(gone);
            _readings.Remove(gone);
        }
    }

    private string Words(Silence silence) => _pathLostSince is { } since
        ? FormattableString.Invariant($"it is silent, as those of others in {_policy?.Location} are since {since:HH:mm:ss} UTC: the way to them is broken ({silence.Detail})")
        : silence.HostAnswers ? $"it was silent at its last check ({silence.Detail})" : $"it was silent at its last check, and so was its host ({silence.Detail})";

    /// <param name="HostAnswers">The host answered all the while since it was found.</param>
    private sealed record Silence(FenceFailure Cause, string Detail, bool HostAnswers);
}
