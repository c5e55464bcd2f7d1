namespace HaActors.Scenarios.Nights;

/// <summary>Draws a whole night from one number: a fleet, a few bursts of troubles, their end, and time to settle.</summary>
internal static class NightDraw
{
    /// <summary>By then the masters have found the instances and proved who shares what.</summary>
    private static readonly TimeSpan First = TimeSpan.FromMinutes(4);

    /// <summary>Every trouble that ends has ended by then.</summary>
    private static readonly TimeSpan Healed = TimeSpan.FromMinutes(24);

    /// <summary>Longer than every patience of the product: 15 min after a refused password, 10 min of degraded grace, 5 min here and there.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(41);

    public static NightText Draw(int seed)
    {
        var dice = new Dice(seed);
        var fleet = FleetDraw.Draw(seed, dice);
        var site = new NightText($"seed-{seed}", fleet, [], "");
        var troubles = new Troubles(dice, site.Hypervisors, site.Instances, fleet, Healed);
        var bursts = dice.Between(1, 3);
        for (var b = 0; b < bursts; b++)
        {
            var begin = dice.Time(First, Healed - TimeSpan.FromMinutes(6));
            var acts = dice.Between(1, 5);
            for (var n = 0; n < acts; n++)
            {
                troubles.Add(n == 0 ? begin : dice.Soon(begin, begin + TimeSpan.FromMinutes(6)), isFirst: n == 0);
            }
        }

        return site with { Acts = troubles.Lines, Until = Dice.Text(Healed + Settling) };
    }
}
