using Xunit;

namespace HaActors.Tests.Simulation.VirtualTime;

public sealed class ReproducibilityTests
{
    /// <summary>Written down, not compared with another run: string hashes differ between processes, so 20 equal runs in one prove less.</summary>
    private const string Night = """
        00:01:05.020 host-hv1#1 missed.1
        00:01:05.020 host-hv2#1 missed.1
        00:01:05.020 host-hv3#1 missed.1
        00:01:35.020 host-hv1#2 missed.1
        00:01:35.020 host-hv2#2 missed.1
        00:01:35.020 host-hv3#2 missed.1
        00:02:05.020 host-hv1#3 missed.1
        00:02:05.020 host-hv2#3 missed.1
        00:02:05.020 host-hv3#3 missed.1
        00:02:05.040 host-hv1#4 fence-requested.1
        00:02:05.040 host-hv2#4 fence-requested.1
        00:02:05.040 host-hv3#4 fence-requested.1
        00:02:06.303 host-hv3#5 fenced.1
        00:02:06.842 host-hv2#5 fenced.1
        00:02:07.552 host-hv1#5 fenced.1
        00:02:05.040 off hv1
        00:02:05.040 off hv2
        00:02:05.040 off hv3
        00:02:05.090 off hv1
        00:02:05.090 off hv2
        00:02:05.090 off hv3
        """;

    [Fact]
    public void Twenty_runs_of_a_night_with_a_kill_and_a_slow_journal_write_one_log()
    {
        var logs = Enumerable.Range(0, 20).Select(_ => NightWithKill(null)).Distinct().ToList();
        Assert.Equal(Night, Assert.Single(logs));
    }

    [Fact]
    public void A_seed_shuffles_the_order_and_shuffles_it_the_same_way_again()
    {
        var first = Enumerable.Range(0, 8).Select(seed => NightWithKill(seed)).ToList();
        var again = Enumerable.Range(0, 8).Select(seed => NightWithKill(seed)).ToList();
        Assert.Equal(first, again);
        Assert.True(first.Distinct().Count() > 1, "no seed changed the order");
        Assert.All(first, log => Assert.Equal(3, log.Split('\n').Count(line => line.EndsWith("fenced.1", StringComparison.Ordinal))));
    }

    private static string NightWithKill(int? seed)
    {
        using var fleet = new ToyFleet(seed);
        fleet.Database.Latency = TimeSpan.FromMilliseconds(20);
        var master = fleet.Boot();
        fleet.Timeline.At(TimeSpan.FromSeconds(40), () => fleet.World.Dead.UnionWith(["hv1", "hv2", "hv3"]));
        fleet.Timeline.At(TimeSpan.FromSeconds(125.05), () =>
        {
            master.Kill();
            fleet.Boot();
        });
        fleet.Timeline.RunFor(TimeSpan.FromMinutes(10));
        return fleet.Log;
    }
}
