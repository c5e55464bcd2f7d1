using System.Runtime.CompilerServices;
using Akka.Actor;
using HaActors.Simulation.VirtualTime;
using Xunit;

namespace HaActors.Tests.Simulation.VirtualTime;

public sealed class VirtualActorSystemTests
{
    [Fact]
    public void A_wait_on_the_lanes_clock_is_piped_to_the_actor_at_its_time()
    {
        using var timeline = new VirtualTimeline();
        var heard = new List<double>();
        var master = VirtualActorSystem.Create("toy", timeline.NewLane("master-1"), new SimulatedDatabase(timeline.NewLane("world")));
        master.System.ActorOf(Props.Create(() => new Waits(master.Lane, heard)));
        timeline.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal([3, 4.5], heard);
    }

    [Fact]
    public void Two_masters_on_one_clock_go_on_without_the_one_that_is_killed()
    {
        using var timeline = new VirtualTimeline();
        var database = new SimulatedDatabase(timeline.NewLane("world"));
        var heard = new[] { new List<double>(), new List<double>() };
        var masters = Enumerable.Range(0, 2).Select(n => VirtualActorSystem.Create("toy", timeline.NewLane($"master-{n + 1}"), database)).ToList();
        for (var n = 0; n < 2; n++)
        {
            var (lane, list) = (masters[n].Lane, heard[n]);
            masters[n].System.ActorOf(Props.Create(() => new Waits(lane, list)));
        }
        timeline.At(TimeSpan.FromSeconds(4), masters[0].Kill);
        timeline.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal([3], heard[0]);
        Assert.Equal([3, 4.5], heard[1]);
    }

    [Fact]
    public void A_dropped_system_leaves_nothing_in_memory()
    {
        var dropped = Enumerable.Range(0, 5).Select(_ => DropOne()).ToList();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.Equal(0, dropped.Count(system => system.IsAlive));
    }

    [Fact]
    public void A_configuration_without_a_lane_is_refused()
    {
        var failure = Assert.ThrowsAny<Exception>(() => ActorSystem.Create("toy", "akka.scheduler.implementation = \"HaActors.Simulation.VirtualTime.VirtualScheduler, HaActors.Simulation\""));
        Assert.Contains("names no lane", failure.ToString());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference DropOne()
    {
        using var fleet = new ToyFleet();
        var master = fleet.Boot();
        fleet.Timeline.RunFor(TimeSpan.FromMinutes(2));
        return new WeakReference(master.System);
    }

    private sealed class Waits : ReceiveActor, IWithTimers
    {
        public Waits(VirtualLane lane, List<double> heard)
        {
            Receive<string>(_ =>
            {
                heard.Add(lane.Timeline.Elapsed.TotalSeconds);
                Timers.StartSingleTimer("again", 1, TimeSpan.FromSeconds(1.5));
            });
            Receive<int>(_ => heard.Add(lane.Timeline.Elapsed.TotalSeconds));
            WaitAsync(lane).PipeTo(Self);
        }

        public ITimerScheduler Timers { get; set; } = null!;

        private static async Task<string> WaitAsync(VirtualLane lane)
        {
            await Task.Delay(TimeSpan.FromSeconds(3), lane.Time);
            return "waited";
        }
    }
}
