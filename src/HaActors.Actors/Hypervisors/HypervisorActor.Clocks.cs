using System.Collections.Immutable;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
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
    private readonly DatedMoment _proved = new();
    private readonly DatedMoment _noticed = new();
    private readonly DatedMoment _down = new();
    private readonly DatedMoment _returning = new();
    private readonly DatedMoment _ordered = new();
    private readonly DatedMoment _lastOff = new();
    private readonly DatedMoment _ended = new();
    private readonly DatedMoment _offSince = new();
    private readonly DatedMoment _agentChanged = new();
    private readonly SortedDictionary<string, DatedMoment> _contradicted = new(StringComparer.Ordinal);
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

        // What waits for a time that an earlier life began goes on with it, as far as its wall clock tells.
        _noticed.Date(State.Notice?.At, Begun(State.Notice?.At));
        _down.Date(State.DownAt, Begun(State.DownAt));
        _returning.Date(State.Phase == HypervisorPhase.Returning ? State.Since : null, Begun(State.Since));
        _ordered.Date(State.Order?.At, Begun(State.Order?.At));
        _offSince.Date(State.ProvedAt, Begun(State.ProvedAt));
        _ended.Date(State.EndedAt, Begun(State.EndedAt));
        _agentChanged.Date(State.AgentChangedAt, Begun(State.AgentChangedAt));
        // What power depends on is not taken from it: proved, contradicted and cut count from this life's beginning at the earliest.
        _proved.Date(State.ProvedAt, Clock);
        _lastOff.Date(State.LastOffAt, Clock);
        foreach (var (device, memory) in State.Devices)
        {
            if (!_contradicted.TryGetValue(device, out var moment))
            {
                _contradicted[device] = moment = new DatedMoment();
            }

            moment.Date(memory.ContradictedAt, Clock);
        }

        if (State.QuarantinedUntil != _quarantineDated)
        {
            _quarantineDated = State.QuarantinedUntil;
            var left = _quarantineDated is { } until ? until - Now : TimeSpan.Zero;
            _quarantineEnds = Clock + (left < Flapping.Quarantine ? left : Flapping.Quarantine);
        }

        TimeSpan Begun(DateTimeOffset? at) => Clock - (recovered ? Passed(at) : TimeSpan.Zero);
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
    private DateTimeOffset? NoticeUntil => State.Notice is null ? null : Now + HypervisorDecider.NoticeGrace - (Clock - _noticed.Since);

    /// <summary>For the gate's common cause: when its agent became another version, as a time on the wall clock of this moment.</summary>
    private DateTimeOffset? AgentChangedAt => State.AgentChangedAt is null ? null : Now - (Clock - _agentChanged.Since);

    /// <summary>The devices as the gate is asked about them.</summary>
    private ImmutableArray<AskedDevice> Asked(ImmutableArray<FenceDevice> devices) => [.. devices.Select(d => AskedDevice.Of(
        d.Name, d.Level, State.Devices.GetValueOrDefault(d.Name), State.Device(d.Name).IsContradicted ? Clock - _contradicted[d.Name].Since : null))];

    private void ReactToQuarantine()
    {
        if (State.QuarantinedUntil is not null && Clock >= _quarantineEnds)
        {
            Handle(new Release(null, Now));
        }
    }
}
