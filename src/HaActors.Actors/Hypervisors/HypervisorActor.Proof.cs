using System.Globalization;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

/// <summary>The proof held: its devices are read as long as a start may rest on their being off, and who asks hears whether they still are (SAFETY 15).</summary>
public sealed partial class HypervisorActor
{
    /// <summary>Later an answer does not count any more with whoever asked.</summary>
    private static readonly TimeSpan AnswerCounts = TimeSpan.FromSeconds(5);

    /// <summary>Whoever needs the proof asks again every few seconds.</summary>
    private static readonly TimeSpan AskedLasts = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan UnknownForLong = TimeSpan.FromMinutes(1);

    /// <summary>Held readings by device, while a proof is held.</summary>
    private readonly SortedDictionary<string, Held> _held = new(StringComparer.Ordinal);

    private TimeSpan? _askedForProofAt;
    private readonly SortedDictionary<InstanceId, (AskStillOff Ask, TimeSpan At)> _unanswered = [];
    private PowerReading? _lastReading;

    /// <summary>The last word of each device about its power, of whoever's question, so that it can be told.</summary>
    private readonly SortedDictionary<string, (PowerReading Reading, DateTimeOffset At)> _readings = new(StringComparer.Ordinal);

    /// <summary>
    /// The proof is held while a start may come: in its own incident, and after it while an instance that once ran here is to be started again from elsewhere, for
    /// it stays in that instance's may-run set until its own agent answers.
    /// </summary>
    private bool NeedsProof => (State.IncidentOpen || (_askedForProofAt is { } at && Clock - at < AskedLasts)) && State.Phase is (HypervisorPhase.Fenced or HypervisorPhase.Evacuating or HypervisorPhase.Evacuated);

    private void TellHold() => _power.Tell(new HoldProof(NeedsProof, State.Proof == ProofKind.Acknowledged ? [] : State.ProvedBy));

    /// <summary>Since when all devices that proved it read off, if each did within 10 s; else null.</summary>
    private TimeSpan? OffSince()
    {
        TimeSpan? oldest = null;
        foreach (var device in State.ProvedBy)
        {
            if (!_held.TryGetValue(device, out var held) || held.LastOff is not { } read || Clock - read > PowerProof.ReadingFresh)
            {
                return null;
            }

            oldest = oldest is { } o && o < read ? o : read;
        }

        return oldest;
    }

    private void OnReading(PowerReading reading, string device)
    {
        if (!Note(reading, device))
        {
            return;
        }

        if (reading.IsOn)
        {
            _readOff.Remove(device);
            if (State.Device(device).IsContradicted)
            {
                Handle(new SeeDeviceOn(device, Now));
            }
        }

        // Under a signature every device may void it; under a reading only those of the level that it rests on.
        if (!NeedsProof || (State.Proof != ProofKind.Acknowledged && !State.ProvedBy.Contains(device)))
        {
            return;
        }

        if (!_held.TryGetValue(device, out var held))
        {
            _held[device] = held = new Held();
        }

        switch (reading.Outcome)
        {
            case PowerOutcome.Off:
                held.LastOff = reading.Begun;
                held.UnknownSince = null;
                if (State.Proof == ProofKind.Acknowledged || OffSince() is not null)
                {
                    Handle(new ObserveProof(ProofSign.Off, "reads off", Now), _ => AnswerUnanswered());
                }

                break;
            case PowerOutcome.On:
                held.LastOff = null;
                held.UnknownSince = null;
                Handle(new ObserveProof(ProofSign.On, $"{device} reads on", Now), _ => AnswerUnanswered());
                break;
            default:
                held.UnknownSince ??= reading.Begun;
                AnswerUnanswered();
                if (Clock - held.UnknownSince > UnknownForLong)
                {
                    Handle(new ObserveProof(ProofSign.UnknownForLong, $"{device}: {reading.Detail}", Now));
                }

                break;
        }
    }

    /// <summary>False: it is a word about a command, none about the power.</summary>
    private bool Note(PowerReading reading, string device)
    {
        if (reading.Outcome is PowerOutcome.Accepted or PowerOutcome.NotSent)
        {
            return false;
        }

        _lastReading = reading;
        _readings[device] = (reading, Now);
        return true;
    }

    private void OnStillOff(AskStillOff ask)
    {
        _askedForProofAt = Clock;
        _proofAskedAt[ask.InstanceId] = Clock;
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
            : (false, $"the power of {_id} has not been read as off in the last 10 s ({_lastReading?.Detail ?? "not read yet"})");
    }

    private sealed class Held
    {
        public TimeSpan? LastOff { get; set; }

        public TimeSpan? UnknownSince { get; set; }
    }
}
