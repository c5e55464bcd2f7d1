using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Hypervisors;

/// <summary>The level reads off: does the world agree? (SAFETY 13)</summary>
internal sealed partial class FenceActor
{
    private const int CorroborationTries = 3;

    /// <summary>What the look found counts for so long: two readings by a device that is slow but usable.</summary>
    private static readonly TimeSpan AgreementLasts = TimeSpan.FromSeconds(30);

    private readonly ImmutableHashSet<HypervisorId> _peers;
    private ImmutableHashSet<HypervisorId> _peersLeft;

    /// <summary>Peers that fell silent after another device's off: of an earlier level, or of an earlier attempt and not back since.</summary>
    private ImmutableHashSet<HypervisorId> _blamed;
    private int _corroborations;

    /// <summary>The question of the look that is under way; 0: none is.</summary>
    private long _probe;

    /// <summary>What the look that is under way rests on.</summary>
    private string _readings = "";

    /// <summary>Other masters whose opinion of this look is still to come.</summary>
    private readonly SortedSet<string> _unheard = new(StringComparer.Ordinal);

    /// <summary>What this master's own prober found in this look.</summary>
    private SweepCompleted? _own;

    /// <summary>Since then the world agrees; null: it has not been asked, or not to the end.</summary>
    private TimeSpan? _agreedAt;

    /// <summary>… but took longer to ask than a reading counts, so the devices are read once more.</summary>
    private bool _readAgain;

    /// <summary>Nothing of it may answer any master, each of which asks from its own place, and each peer that passed before the first off still must.</summary>
    private void Corroborate()
    {
        if (++_corroborations > CorroborationTries)
        {
            ImmutableArray<HypervisorId> silent = [.. _peersLeft.Order()];
            Contradict(silent, $"since the off command {string.Join(", ", silent.Take(5))} no longer pass{(silent.Length == 1 ? "es" : "")}");
            return;
        }

        ImmutableArray<SweepTarget> targets = [new SweepTarget(_request.Id, null), .. _peersLeft.Order().Select(p => new SweepTarget(p, null))];
        _prober.Tell(new RunSweep(_probe = ++_question, TimeSpan.Zero, targets));
        Timers.StartSingleTimer("corroborate", new NoCorroboration(_probe), _settings.ProbeTimeout * 2 + TimeSpan.FromSeconds(1) + (_settings.ProbeTimeout * (targets.Length / Math.Max(1, _settings.ProbeParallelism))));
        AskOtherMasters();
    }

    private void AskOtherMasters()
    {
        _own = null;
        _unheard.Clear();
        _unheard.UnionWith(OtherMasters.Ask(_masters(), _request.Id, _probe, _request.HypervisorUuid, Self));
        if (_unheard.Count > 0)
        {
            Timers.StartSingleTimer("opinions", new OpinionsOverdue(_probe), OtherMasters.AnswerWithin(_settings));
        }
    }

    /// <summary>A master that hears it contradicts at once, whatever the others say; one that does not answer in time has no opinion.</summary>
    private void OnOpinion(OpinionGiven opinion)
    {
        if (opinion.Outcome is { AnyAnswer: true } heard)
        {
            Contradict([_request.Id], $"{_request.Id} still answers {opinion.Master} ({HowItAnswers(heard)})");
        }
        else
        {
            Conclude();
        }
    }

    private static string HowItAnswers(ProbeOutcome outcome) => outcome.Ping == PingFinding.Ok ? "ping" : "/health";

    /// <summary>The look that is under way proves nothing any more: the level, or a reading on which it rests, is gone. An answer that is still to come is nobody's.</summary>
    private void ForgetCorroboration()
    {
        Timers.Cancel("corroborate");
        Timers.Cancel("opinions");
        _unheard.Clear();
        _own = null;
        (_probe, _corroborations, _peersLeft, _agreedAt, _readAgain) = (0, 0, _peers, null, false);
    }

    private void OnCorroboration(SweepCompleted sweep)
    {
        Timers.Cancel("corroborate");
        var own = sweep.Outcomes.FirstOrDefault(o => o.Hypervisor == _request.Id);
        if (own is null)
        {
            // Nobody was probed, so nobody said anything: this try does not count, within the deadline.
            _corroborations--;
            if (Clock - _begun > _settings.FenceDeadline * 2)
            {
                FailLevel(string.Join(", ", _runs.Keys), FenceFailure.TimedOut, "it reads off, and nobody could be probed to confirm that");
            }
            else
            {
                Again();
            }

            return;
        }

        if (own.AnyAnswer)
        {
            Contradict([_request.Id], $"{_request.Id} still answers ({HowItAnswers(own)})");
            return;
        }

        _own = sweep;
        Conclude();
    }

    /// <summary>When this master has looked, and each other one has said what it hears, or had its time to.</summary>
    private void Conclude()
    {
        if (_own is not { } sweep || _unheard.Count > 0)
        {
            return;
        }

        _own = null;
        Timers.Cancel("opinions");
        _peersLeft = _peersLeft.Except(sweep.Outcomes.Where(o => o.Passed).Select(o => o.Hypervisor));
        if (!_peersLeft.IsEmpty)
        {
            Again();
            return;
        }

        _agreedAt = Clock;
        ProveOrReadAgain();
    }

    /// <summary>The world agrees: the level is proved off as soon as each of its readings is fresh, and each that is not is taken once more.</summary>
    private void ProveOrReadAgain()
    {
        if (Clock - _agreedAt > AgreementLasts)
        {
            // By now it may have been powered on, so the look says as little of now as an old reading.
            AnswersTooLate();
            return;
        }

        DeviceRun[] stale = [.. _runs.Values.Where(r => !r.IsFresh(Clock))];
        foreach (var run in stale.Where(r => !Timers.IsTimerActive(ReadTimer(r))))
        {
            _readAgain = true;
            Ask(run);
        }

        if (stale.Length == 0)
        {
            End(new ProveOff(_request.Attempt, _sent || _offBefore ? ProofKind.PoweredOff : ProofKind.AlreadyOff, [.. _runs.Keys], WhatProvesIt(), Now));
        }
    }

    private string WhatProvesIt()
    {
        var others = _peers.IsEmpty ? "no other hypervisor was up to compare with" : $"{Amounts.Of(_peers.Count, "other")} of its location still {(_peers.Count == 1 ? "answers" : "answer")}";
        var before = _failures.Count == 0 ? "" : $"; tried before it: {string.Join(", ", _failures.Select(f => $"{f.Device} ({HypervisorLog.Name(f.Cause)})"))}";
        return $"{_readings}; nothing of it answers; {others}{(_readAgain ? "; it was read off once more after that" : "")}{before}";
    }

    /// <summary>
    /// Each device of the level said off, so each is doubted, and the next level is tried. Peers that an earlier level has silenced are that level's doing: they go on
    /// forbidding a proof, and the device at hand is not blamed for them.
    /// </summary>
    private void Contradict(ImmutableArray<HypervisorId> by, string detail)
    {
        ImmutableArray<HypervisorId> mine = [.. by.Where(id => !_blamed.Contains(id))];
        _blamed = _blamed.Union(by.Where(id => id != _request.Id));
        foreach (var device in _runs.Keys)
        {
            _failures.Add(new DeviceFailure(device, FenceFailure.Contradicted, detail));
            if (!mine.IsEmpty)
            {
                Context.Parent.Tell(new FenceFound(new ContradictDevice(_request.Attempt, device, detail, mine, Now)));
            }
        }

        NextLevel();
    }

    private void Again() => Timers.StartSingleTimer("corroborate", new NoCorroboration(_probe), DeviceRun.BetweenProofs);
}
