namespace HaActors.Simulation.VirtualTime;

/// <summary>Counts the steps of one virtual instant: work that makes work without time moving on never ends by itself.</summary>
internal sealed class InstantGuard
{
    private const int Watched = 1000;
    private readonly Dictionary<string, int> _names = [];
    private int _limit = 1_000_000;
    private int _count;

    public int Limit
    {
        get => _limit;
        set => _limit = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one step must be allowed.");
    }

    public void Reset()
    {
        _count = 0;
        _names.Clear();
    }

    public void Count(VirtualStep step, TimeSpan elapsed)
    {
        // Names are costly, so only the last steps before the limit are named: a livelock repeats itself there.
        if (++_count > _limit - Watched)
        {
            var name = step.ToString();
            _names[name] = _names.GetValueOrDefault(name) + 1;
        }
        if (_count > _limit)
        {
            var most = _names.OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Take(5);
            throw new VirtualTimeException(
                $"Livelock: more than {_limit} steps at {elapsed} without time moving on. Of the last {_names.Values.Sum()}: "
                + string.Join(", ", most.Select(n => $"{n.Value} × {n.Key}")));
        }
    }
}
