namespace HaActors.Simulation.World;

/// <summary>A range from which one seeded value is drawn for each use.</summary>
public readonly record struct Takes(TimeSpan Least, TimeSpan Most)
{
    public static Takes Ms(int least, int most) => new(TimeSpan.FromMilliseconds(least), TimeSpan.FromMilliseconds(most));

    public static Takes Exactly(TimeSpan value) => new(value, value);
}

/// <summary>How long things take in the world. The defaults are a healthy site's; a demo shortens the boot.</summary>
public sealed record WorldTimings
{
    /// <summary>One way over the network.</summary>
    public Takes Network { get; init; } = Takes.Ms(1, 4);

    /// <summary>Define and start of one instance.</summary>
    public Takes Start { get; init; } = Takes.Ms(800, 2500);

    /// <summary>One IPMI call, session included.</summary>
    public Takes Bmc { get; init; } = Takes.Ms(200, 900);

    /// <summary>From the accepted power-off until the host is really off.</summary>
    public Takes PowerOff { get; init; } = Takes.Ms(500, 2500);

    /// <summary>From power on until agent and libvirt answer.</summary>
    public Takes Boot { get; init; } = Takes.Ms(60_000, 90_000);

    /// <summary>How long an agent whose host is shut down waits for whoever watches it to hear that.</summary>
    public TimeSpan NoticeLasts { get; init; } = TimeSpan.FromSeconds(35);

    /// <summary>A user's clean shutdown of a guest, or its live migration.</summary>
    public Takes Guest { get; init; } = Takes.Ms(2000, 5000);
}
