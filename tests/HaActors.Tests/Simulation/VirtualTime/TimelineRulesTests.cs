using Akka.Actor;
using Akka.Configuration;
using HaActors.Simulation.VirtualTime;
using Xunit;

namespace HaActors.Tests.Simulation.VirtualTime;

public sealed class TimelineRulesTests
{
    [Fact]
    public void Work_posted_by_another_thread_fails_the_run_with_its_stack()
    {
        using var timeline = new VirtualTimeline();
        var lane = timeline.NewLane("master-1");
        var thread = new Thread(() => PostFromElsewhere(lane));
        thread.Start();
        thread.Join();
        var failure = Assert.Throws<VirtualTimeException>(() => timeline.RunFor(TimeSpan.FromSeconds(1)));
        Assert.Contains("master-1", failure.Message);
        Assert.Contains(nameof(PostFromElsewhere), failure.Message);
    }

    [Fact]
    public void Work_that_never_lets_time_move_on_is_an_error_that_names_it()
    {
        using var timeline = new VirtualTimeline { MaxStepsPerInstant = 5000 };
        var master = VirtualActorSystem.Create("toy", timeline.NewLane("master-1"), new SimulatedDatabase(timeline.NewLane("world")));
        var echo = master.System.ActorOf(Props.Create(() => new TellsItself()), "echo");
        echo.Tell("go");
        var failure = Assert.Throws<VirtualTimeException>(() => timeline.RunFor(TimeSpan.FromSeconds(1)));
        Assert.Contains("Livelock", failure.Message);
        Assert.Contains("/user/echo", failure.Message);
    }

    [Fact]
    public void Code_of_one_lane_may_not_set_timers_or_messages_of_another()
    {
        using var timeline = new VirtualTimeline();
        var (world, master) = (timeline.NewLane("world"), timeline.NewLane("master-1"));
        master.Post(() => _ = Task.Delay(TimeSpan.FromSeconds(1), world.Time));
        var failure = Assert.Throws<VirtualTimeException>(() => timeline.RunFor(TimeSpan.FromSeconds(1)));
        Assert.Contains("CallAsync", failure.Message);
    }

    [Fact]
    public void A_step_that_throws_fails_the_run()
    {
        using var timeline = new VirtualTimeline();
        timeline.At(TimeSpan.FromSeconds(1), () => throw new InvalidOperationException("broken hook"));
        Assert.Contains("broken hook", Assert.Throws<VirtualTimeException>(() => timeline.RunFor(TimeSpan.FromSeconds(2))).Message);
    }

    [Fact]
    public void RunWhile_stops_at_the_step_that_ended_it_or_at_the_limit()
    {
        using var timeline = new VirtualTimeline();
        var done = false;
        timeline.At(TimeSpan.FromSeconds(7), () => done = true);
        Assert.False(timeline.RunWhile(() => !done, TimeSpan.FromSeconds(5)));
        Assert.Equal(TimeSpan.FromSeconds(5), timeline.Elapsed);
        Assert.True(timeline.RunWhile(() => !done, TimeSpan.FromSeconds(5)));
        Assert.Equal(TimeSpan.FromSeconds(7), timeline.Elapsed);
    }

    [Fact]
    public void Timers_fire_in_order_of_time_then_of_setting_and_not_after_they_are_disposed()
    {
        using var timeline = new VirtualTimeline();
        var time = timeline.NewLane("world").Time;
        var fired = new List<string>();
        using var late = time.CreateTimer(_ => fired.Add("late"), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        using var first = time.CreateTimer(_ => fired.Add("first"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
        using var second = time.CreateTimer(_ => fired.Add("second"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var never = time.CreateTimer(_ => fired.Add("never"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        never.Dispose();
        timeline.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(["first", "second", "late", "first"], fired);
    }

    [Fact]
    public void Every_dispatcher_in_the_effective_configuration_is_the_lanes()
    {
        using var timeline = new VirtualTimeline();
        var master = VirtualActorSystem.Create("toy", timeline.NewLane("master-1"), new SimulatedDatabase(timeline.NewLane("world")));
        Akka.Persistence.Persistence.Instance.Apply(master.System);
        Akka.Streams.ActorMaterializer.Create(master.System);
        var types = new[] { "akka.actor", "akka.io", "akka.persistence.dispatchers", "akka.stream" }
            .SelectMany(path => DispatchersBelow(master.System.Settings.Config, path)).ToList();
        Assert.True(types.Count >= 10, $"only {types.Count} found");
        Assert.All(types, found => Assert.Contains("VirtualDispatcherConfigurator", found.Type));
    }

    private static IEnumerable<(string Path, string Type)> DispatchersBelow(Config config, string path)
    {
        var value = config.GetValue(path);
        if (value is null || !value.IsObject())
            yield break;
        foreach (var (key, _) in value.GetObject().Items)
        {
            var child = $"{path}.{key}";
            if (key.EndsWith("dispatcher", StringComparison.Ordinal) && config.GetValue(child).IsObject() && config.GetString($"{child}.type") is { Length: > 0 } type)
                yield return (child, type);
            else if (!key.Contains('.') && !key.Contains('"') && !key.Contains('/'))
                foreach (var deeper in DispatchersBelow(config, child))
                    yield return deeper;
        }
    }

    private static void PostFromElsewhere(VirtualLane lane) => lane.Post(() => { });

    private sealed class TellsItself : ReceiveActor
    {
        public TellsItself() => ReceiveAny(message => Self.Tell(message));
    }
}
