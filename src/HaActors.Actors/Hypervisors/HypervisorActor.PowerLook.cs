using Akka.Actor;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

/// <summary>
/// Is its power off anyway? Where nothing of it could start elsewhere, an off would only end what still runs there unheard; where it is off already nothing does, and it is proved off all the same,
/// so that what waits starts as soon as there is room. So its devices are read before the gate's no is told.
/// </summary>
public sealed partial class HypervisorActor
{
    /// <summary>So often while the gate withholds.</summary>
    private static readonly TimeSpan PowerReadAgain = TimeSpan.FromMinutes(1);

    /// <summary>What read off so long ago may be on now, and still nothing of ours has started there.</summary>
    private static readonly TimeSpan OffCounts = TimeSpan.FromMinutes(2);

    private (IncidentId Incident, TimeSpan At, long Question)? _powerAsked;
    private (IncidentId Incident, TimeSpan At, bool Off)? _powerSeen;

    private bool? ReadsOff => _powerSeen is not { } seen || seen.Incident != State.Incident ? null
        : !seen.Off ? false
        : Clock - seen.At <= OffCounts ? true : null;

    private void ReadPowerWhenDue()
    {
        if (State.Incident is { } incident && !(_powerAsked is { } asked && asked.Incident == incident && Clock - asked.At < PowerReadAgain))
        {
            _powerAsked = (incident, Clock, ++_question);
            _power.Tell(new ReadAll(_question));
        }
    }

    private void OnPowerLook(PowerReport report, IncidentId incident)
    {
        // As old as its oldest question: a busy lane answers late.
        _powerSeen = (incident, report.Answers.Select(a => a.Reading.Begun).Append(Clock).Min(), IsOffByALevel(report));
        if (State.Phase is HypervisorPhase.Down or HypervisorPhase.FenceFailed && _askedAt is null)
        {
            _lastAskAt = null;
            React();
        }
    }

    /// <summary>All devices of one level read off, none of them is in doubt, and nothing reads on.</summary>
    private bool IsOffByALevel(PowerReport report) => !report.Answers.Any(a => a.Reading.IsOn) && report.Answers.GroupBy(a => a.Level).Any(level => level.All(a => a.Reading.IsOff && State.Device(a.Device).Problem is null));
}
