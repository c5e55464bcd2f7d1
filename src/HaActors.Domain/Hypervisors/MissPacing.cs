namespace HaActors.Domain.Hypervisors;

/// <summary>The last miss that counted.</summary>
/// <param name="Monitor">The monitor's life that asked; numbers of sweeps are compared only within one.</param>
/// <param name="At">On the counter's own monotonic clock; null once a pass came after it.</param>
public readonly record struct CountedMiss(long Monitor, long Sweep, TimeSpan? At);

/// <summary>Which misses count: two monitors may exist for a moment, and a late outcome must not be counted twice (SAFETY 21).</summary>
/// <remarks>
/// No wall clock is in it. Numbers grow within one life of a monitor and mean nothing beside those of another; between two lives the order in which the probes
/// were begun decides, which the counter knows, and the pace.
/// </remarks>
public static class MissPacing
{
    /// <summary>True if at least half the pace passed since the last counted miss, and the sweep is not an older one.</summary>
    /// <param name="last">Null if none was counted in the counter's life.</param>
    /// <param name="now">On the counter's own monotonic clock.</param>
    /// <param name="pace">At which this one was asked: tick or confirm interval.</param>
    public static bool Counts(CountedMiss? last, TimeSpan now, long monitor, long sweep, TimeSpan pace) =>
        last is not { } counted || ((monitor != counted.Monitor || sweep > counted.Sweep) && (counted.At is not { } at || now - at >= pace / 2));
}
