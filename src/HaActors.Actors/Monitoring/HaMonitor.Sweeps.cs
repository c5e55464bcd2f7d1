using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Monitoring;

/// <summary>Whom it has probed, at which pace, and what came of it.</summary>
public sealed partial class HaMonitor
{
    /// <summary>A sweep that has no end after this many ticks has lost its prober.</summary>
    private const int TicksOfPatience = 4;

    /// <summary>Sweeps without an end: while many are silent one lasts longer than a tick, and those who answer are probed at each tick all the same.</summary>
    private readonly SortedDictionary<long, Sweep> _sweeps = [];
    private readonly long _life = Context.Self.Path.Uid;
    private Sweep? _confirming;
    private TimeSpan? _lastAsked;
    private long _lastNumber;

    private static TimeSpan Clock => Context.System.Scheduler.MonotonicClock;

    private void StartSweep()
    {
        var targets = _known.Hypervisors.Keys.Order().Select(Target).ToImmutableArray();
        var sweep = new Sweep(NextNumber(), Clock, Context.System.Scheduler.Now);
        _lastAsked = sweep.Begun;
        if (targets.IsEmpty)
        {
            _lastSweep = new SweepSummary(sweep.Number, sweep.At, 0, 0, 0);
            _doors.Gate.Tell(new SweepDone(sweep.Number));
            return;
        }

        _sweeps[sweep.Number] = sweep;
        Ask(sweep, _settings.TickInterval, targets);
        ConfirmSoon();
    }

    /// <summary>Numbers grow within this life by the monotonic clock, also over a restart of this actor; beside those of another life they mean nothing.</summary>
    private long NextNumber() => _lastNumber = Math.Max(_lastNumber + 1, (long)Clock.TotalMilliseconds);

    private SweepTarget Target(HypervisorId id) => _hypervisors.TryGetValue(id, out var view)
        ? new SweepTarget(id, view.HypervisorUuid, view.Phase switch
        {
            HypervisorPhase.Healthy or HypervisorPhase.Returning => ProbeStanding.Answers,
            HypervisorPhase.Suspect => ProbeStanding.Suspect,
            _ => ProbeStanding.Dead,
        })
        : new SweepTarget(id, null);

    private void Ask(Sweep sweep, TimeSpan pace, ImmutableArray<SweepTarget> targets)
    {
        var pages = targets.Chunk(PageSize).ToArray();
        sweep.PagesOpen = pages.Length;
        foreach (var page in pages)
        {
            _doors.Prober.Tell(new RunSweep(sweep.Number, pace, [.. page], _life));
        }
    }

    private void Fold(SweepCompleted page)
    {
        if (_confirming is { } confirming && confirming.Number == page.Sweep)
        {
            if (--confirming.PagesOpen == 0)
            {
                _confirming = null;
                ConfirmSoon();
            }

            return;
        }

        if (!_sweeps.TryGetValue(page.Sweep, out var sweep))
        {
            return;
        }

        sweep.Probed += page.Outcomes.Length;
        sweep.Missed += page.Outcomes.Count(o => !o.Passed);
        if (--sweep.PagesOpen > 0)
        {
            return;
        }

        _sweeps.Remove(sweep.Number);
        if (_lastSweep is not { } last || last.Sweep < sweep.Number)
        {
            _lastSweep = new SweepSummary(sweep.Number, sweep.At, (long)(Clock - sweep.Begun).TotalMilliseconds, sweep.Probed, sweep.Missed);
        }

        // Whole is a sweep when those before it are: it did not probe again whom they still wait for.
        if (_sweeps.Keys.All(open => open > sweep.Number))
        {
            _doors.Gate.Tell(new SweepDone(sweep.Number));
        }
    }

    private void GiveUpTheLost()
    {
        foreach (var lost in _sweeps.Values.Where(s => Clock - s.Begun > _settings.TickInterval * TicksOfPatience).ToArray())
        {
            Context.GetLogger().Warning("Sweep {Sweep} has no end after {Age}: its prober is gone, or many are silent; it is not waited for", lost.Number, Clock - lost.Begun);
            _sweeps.Remove(lost.Number);
        }

        if (_confirming is { } confirming && Clock - confirming.Begun > _settings.TickInterval * TicksOfPatience)
        {
            _confirming = null;
        }
    }

    /// <summary>With a confirm interval a suspect is probed again at that pace: the same number of misses, sooner.</summary>
    private void ConfirmSoon()
    {
        if (_settings.ConfirmInterval > TimeSpan.Zero && _confirming is null && !Timers.IsTimerActive("confirm") && Suspects().Any())
        {
            var wait = _lastAsked is { } at ? at + _settings.ConfirmInterval - Clock : TimeSpan.Zero;
            Timers.StartSingleTimer("confirm", Confirm.Instance, wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
        }
    }

    private void ConfirmSuspects()
    {
        var suspects = Suspects().ToImmutableArray();
        if (_confirming is null && !suspects.IsEmpty)
        {
            _confirming = new Sweep(NextNumber(), Clock, Context.System.Scheduler.Now);
            _lastAsked = _confirming.Begun;
            Ask(_confirming, _settings.ConfirmInterval, suspects);
        }
    }

    private IEnumerable<SweepTarget> Suspects() => _hypervisors.Values
        .Where(v => v is { Phase: HypervisorPhase.Suspect, HaEnabled: true })
        .Select(v => new SweepTarget(v.HypervisorId, v.HypervisorUuid, ProbeStanding.Suspect));

    private sealed record Confirm
    {
        public static readonly Confirm Instance = new();
    }

    private sealed class Sweep(long number, TimeSpan begun, DateTimeOffset at)
    {
        public long Number { get; } = number;

        public TimeSpan Begun { get; } = begun;

        public DateTimeOffset At { get; } = at;

        public int PagesOpen { get; set; }

        public int Probed { get; set; }

        public int Missed { get; set; }
    }
}
