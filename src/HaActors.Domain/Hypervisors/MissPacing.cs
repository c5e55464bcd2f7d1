namespace HaActors.Domain.Hypervisors;

/// <summary>Which misses count: two monitors may exist for a moment, and a late outcome must not be counted twice (SAFETY 21).</summary>
public static class MissPacing
{
    /// <summary>True if at least half the pace passed since the last counted miss, and the sweep is not an older one.</summary>
    /// <param name="lastCountedAt">On the counter's own monotonic clock; null if none was counted in its life.</param>
    public static bool Counts(TimeSpan? lastCountedAt, long? lastSweep, TimeSpan now, long sweep, TimeSpan pace) =>
        (lastSweep is not { } last || sweep > last) && (lastCountedAt is not { } at || now - at >= pace / 2);
}
