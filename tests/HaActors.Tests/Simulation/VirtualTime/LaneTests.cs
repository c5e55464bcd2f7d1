using HaActors.Simulation.VirtualTime;
using Xunit;

namespace HaActors.Tests.Simulation.VirtualTime;

public sealed class LaneTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly VirtualTimeline _timeline = new();
    private readonly VirtualLane _world;
    private readonly VirtualLane _master;

    public LaneTests() => (_world, _master) = (_timeline.NewLane("world"), _timeline.NewLane("master-1"));

    [Fact]
    public void A_call_of_a_killed_lane_is_done_by_the_world_and_never_continues_in_the_caller()
    {
        var (done, continued) = (false, false);
        async Task CallAsync()
        {
            await _master.CallAsync(_world, async () =>
            {
                await Task.Delay(Second, _world.Time);
                done = true;
            });
            continued = true;
        }

        _master.Post(() => _ = CallAsync());
        _timeline.At(Second / 2, _master.Kill);
        _timeline.RunFor(5 * Second);
        Assert.True(done);
        Assert.False(continued);
    }

    [Fact]
    public void A_failure_of_the_callee_comes_back_to_the_caller()
    {
        Exception? caught = null;
        _master.Post(async void () =>
        {
            try
            {
                await _master.CallAsync(_world, () => Task.FromException(new IOException("no route")));
            }
            catch (IOException e)
            {
                caught = e;
            }
        });
        _timeline.RunFor(Second);
        Assert.Equal("no route", caught?.Message);
    }

    [Fact]
    public void A_paused_lane_stands_still_while_the_world_goes_on_and_then_finds_its_clock_jumped()
    {
        var (masterTicks, worldTicks) = (new List<double>(), new List<double>());
        _master.Time.CreateTimer(_ => masterTicks.Add(_timeline.Elapsed.TotalSeconds), null, Second, Second);
        _world.Time.CreateTimer(_ => worldTicks.Add(_timeline.Elapsed.TotalSeconds), null, Second, Second);
        _timeline.At(2.5 * Second, () => _master.Pause(4 * Second));
        _timeline.RunFor(8 * Second);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], worldTicks);
        Assert.Equal([1, 2, 6.5, 7.5], masterTicks);
    }

    [Fact]
    public void A_lane_killed_in_its_pause_never_wakes()
    {
        var ran = false;
        _master.Pause(2 * Second);
        _master.Post(() => ran = true);
        _timeline.At(Second, _master.Kill);
        _timeline.RunFor(5 * Second);
        Assert.False(ran);
    }

    [Fact]
    public void A_skewed_lane_reads_another_wall_clock_but_its_timers_keep_the_pace()
    {
        _master.Skew = TimeSpan.FromMinutes(-3);
        double? fired = null;
        _master.Time.CreateTimer(_ => fired = _timeline.Elapsed.TotalSeconds, null, Second, Timeout.InfiniteTimeSpan);
        _timeline.RunFor(2 * Second);
        Assert.Equal(1, fired);
        Assert.Equal(_timeline.Now.AddMinutes(-3), _master.Time.GetUtcNow());
    }

    public void Dispose() => _timeline.Dispose();
}
