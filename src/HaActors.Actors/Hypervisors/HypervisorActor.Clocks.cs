using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Hypervisors;

/// <summary>
/// Ages of what the state remembers, on this actor's own monotonic clock. Times in the state are for people: a wall clock that jumps would fence a host in its grace, or
/// make everybody blind until it has caught up. What was remembered by an earlier life is dated once, at its recovery.
/// </summary>
public sealed partial class HypervisorActor
{
    private TimeSpan? _firstMissSeen;
    private TimeSpan? _failingSince;
    private TimeSpan _provedSince;
    private DateTimeOffset? _provedDated;
    private TimeSpan _noticedSince;
    private DateTimeOffset? _noticeDated;
    private TimeSpan _quarantineEnds;
    private DateTimeOffset? _quarantineDated;

    /// <summary>After recovery and each store: what became true just now is dated now.</summary>
    private void Date(bool recovered)
    {
        if (State.Misses == 0)
        {
            _firstMissSeen = null;
            _failingSince = State.FirstMissAt is null ? null : _failingSince ?? Clock;
        }
        else if (recovered)
        {
            _failingSince = Clock - Passed(State.FirstMissAt);
        }

        if (State.ProvedAt != _provedDated)
        {
            _provedDated = State.ProvedAt;
            _provedSince = Clock;
        }

        if (State.Notice?.At != _noticeDated)
        {
            _noticeDated = State.Notice?.At;
            _noticedSince = Clock - (recovered ? Passed(_noticeDated) : TimeSpan.Zero);
        }

        if (State.QuarantinedUntil != _quarantineDated)
        {
            _quarantineDated = State.QuarantinedUntil;
            var left = _quarantineDated is { } until ? until - Now : TimeSpan.Zero;
            _quarantineEnds = Clock + (left < Flapping.Quarantine ? left : Flapping.Quarantine);
        }
    }

    private static TimeSpan Passed(DateTimeOffset? at) => at is { } then && Now > then ? Now - then : TimeSpan.Zero;

    private void CountMiss(ProbeOutcome outcome)
    {
        // After a restart in mid-count the silence is measured anew: later, never sooner.
        _firstMissSeen ??= Clock;
        if (State.Misses == 0)
        {
            _failingSince = Clock;
        }

        var confirms = _settings.ConfirmInterval > TimeSpan.Zero;
        var miss = new RecordMiss(ProbeReading.ClassOf(outcome, State.PingIsEvidence), outcome.Detail ?? "no answer", Policy, Now)
        {
            Silence = Clock - _firstMissSeen.Value,
            MinSilence = confirms ? _settings.MinSilence : TimeSpan.Zero,
        };
        Handle(miss, d => AfterProbe(d));
    }

    /// <summary>For the gate's grace: how long ago the first of its misses was, as a time on the wall clock of this moment.</summary>
    private DateTimeOffset? FailingSince => _failingSince is { } since ? Now - (Clock - since) : State.FirstMissAt;

    /// <summary>End of the grace that goes with a notice of shutdown, as a time on the wall clock of this moment; null without one.</summary>
    private DateTimeOffset? NoticeUntil => State.Notice is null ? null : Now + HypervisorDecider.NoticeGrace - (Clock - _noticedSince);

    private void ReactToQuarantine()
    {
        if (State.QuarantinedUntil is not null && Clock >= _quarantineEnds)
        {
            Handle(new Release(null, Now));
        }
    }
}
