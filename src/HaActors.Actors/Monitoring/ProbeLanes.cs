using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Monitoring;

/// <summary>
/// Whose probe is next. A silent host takes the whole deadline and one that answers takes milliseconds, so each kind has lanes of its own: a black-holed rack
/// never makes the others late. Suspects come before the dead, for something hangs on their next answer. Never more than so many at once in all.
/// </summary>
/// <remarks>
/// A third of the lanes is each side's own while the other has somebody waiting; with nobody who answers in the queue the silent ones take two thirds, so that the
/// next tick finds free lanes at once. Not an actor: bookkeeping of one, without clock or I/O.
/// </remarks>
internal sealed class ProbeLanes(int atOnce)
{
    private readonly Queue<Probe> _answering = new();
    private readonly Queue<Probe> _suspects = new();
    private readonly Queue<Probe> _dead = new();
    private readonly int _own = Math.Max(1, atOnce / 3);
    private int _quick;
    private int _silent;

    private int Waiting => _suspects.Count + _dead.Count;

    private int QuickMost => Waiting > 0 ? Math.Max(1, atOnce - _own) : atOnce;

    private int SilentMost => _answering.Count > 0 ? _own : Math.Max(1, atOnce - _own);

    public void Add(Probe probe) => (probe.Standing switch
    {
        ProbeStanding.Answers => _answering,
        ProbeStanding.Suspect => _suspects,
        _ => _dead,
    }).Enqueue(probe);

    /// <summary>Those whose turn it is now; each has a lane until it is <see cref="Ended"/>.</summary>
    public IEnumerable<Probe> Next()
    {
        while (_quick + _silent < atOnce)
        {
            if (_quick < QuickMost && _answering.TryDequeue(out var quick))
            {
                _quick++;
                yield return quick;
            }
            else if (_silent < SilentMost && (_suspects.TryDequeue(out var silent) || _dead.TryDequeue(out silent)))
            {
                silent.HasSilentLane = true;
                _silent++;
                yield return silent;
            }
            else
            {
                yield break;
            }
        }
    }

    /// <summary>It was thought to answer and has not yet. True: it goes on in a lane of the silent. False: none is free, so it must leave its lane and wait for one.</summary>
    public bool MovesOver(Probe probe)
    {
        probe.Standing = ProbeStanding.Suspect;
        if (_silent >= SilentMost)
        {
            return false;
        }

        _quick--;
        _silent++;
        probe.HasSilentLane = true;
        return true;
    }

    public void Ended(Probe probe)
    {
        _ = probe.HasSilentLane ? _silent-- : _quick--;
        probe.HasSilentLane = false;
    }
}

/// <summary>One probe on its way through the lanes.</summary>
internal sealed class Probe(long job, ProbeTarget target, ProbeStanding standing)
{
    public long Job { get; } = job;

    public ProbeTarget Target { get; } = target;

    public HypervisorId Id => Target.Id;

    public ProbeStanding Standing { get; set; } = standing;

    public bool HasSilentLane { get; set; }

    /// <summary>Ends it before its deadline, to make room.</summary>
    public CancellationTokenSource? Leaves { get; set; }
}
