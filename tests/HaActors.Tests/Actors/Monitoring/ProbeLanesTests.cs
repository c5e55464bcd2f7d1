using HaActors.Actors.Monitoring;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;
using Xunit;

namespace HaActors.Tests.Actors.Monitoring;

public sealed class ProbeLanesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    public void Lanes_never_exceed_their_bound_and_everybody_has_a_turn(int atOnce)
    {
        var random = new Random(atOnce);
        var lanes = new ProbeLanes(atOnce);
        var running = new List<Probe>();
        var left = 0;
        for (var n = 0; n < 500; n++)
        {
            lanes.Add(Of(n, (ProbeStanding)random.Next(3)));
            left++;
        }

        for (var step = 0; left > 0; step++)
        {
            Assert.True(step < 10_000, "somebody never has a turn");
            running.AddRange(lanes.Next());
            Assert.InRange(running.Count, 1, atOnce);
            var one = running[random.Next(running.Count)];
            if (!one.HasSilentLane && random.Next(4) == 0)
            {
                if (lanes.MovesOver(one))
                {
                    continue;
                }

                lanes.Ended(one);
                running.Remove(one);
                lanes.Add(one);
                continue;
            }

            lanes.Ended(one);
            running.Remove(one);
            left--;
        }
    }

    [Fact]
    public void Who_answers_finds_a_lane_whatever_the_dead_take()
    {
        var lanes = new ProbeLanes(10);
        for (var n = 0; n < 100; n++) lanes.Add(Of(n, ProbeStanding.Dead));
        Assert.Equal(7, lanes.Next().Count());
        lanes.Add(Of(100, ProbeStanding.Answers));
        Assert.Equal(ProbeStanding.Answers, Assert.Single(lanes.Next()).Standing);
    }

    [Fact]
    public void A_suspect_comes_before_the_dead()
    {
        var lanes = new ProbeLanes(1);
        lanes.Add(Of(1, ProbeStanding.Dead));
        lanes.Add(Of(2, ProbeStanding.Suspect));
        Assert.Equal(new HypervisorId("hv2"), Assert.Single(lanes.Next()).Id);
    }

    private static Probe Of(int n, ProbeStanding standing) =>
        new(1, new ProbeTarget(new HypervisorId($"hv{n}"), "10.0.0.1", new AgentEndpoint(new Uri("http://10.0.0.1:8081"), Secret.None), null), standing);
}
