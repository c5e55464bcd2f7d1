using HaActors.Domain.Fencing;
using HaActors.Domain.Probing;
using HaActors.Simulation.Ports;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;
using Xunit;

namespace HaActors.Tests.Simulation.World;

/// <summary>A master in a lane of its own asks the world in another.</summary>
public sealed class LanePortsTests : IDisposable
{
    private readonly VirtualTimeline _timeline = new();
    private readonly VirtualLane _master;
    private readonly SimulatedWorld _world;
    private readonly LanePorts _ports;

    public LanePortsTests()
    {
        var lane = _timeline.NewLane("world");
        _master = _timeline.NewLane("m1");
        _world = new SimulatedWorld(lane.Time, 1);
        SimulatedFleet.Build(_world, hosts: 2, instancesPerHost: 1);
        _ports = new LanePorts(_world, "m1", _master, lane);
    }

    [Fact]
    public void An_answer_comes_back_to_the_masters_lane()
    {
        ProbeOutcome? outcome = null;
        _master.Post(() => _ = AskAsync());
        _timeline.RunFor(TimeSpan.FromSeconds(10));

        Assert.True(outcome?.Passed);

        async Task AskAsync()
        {
            outcome = await _ports.ProbeAsync(new ProbeTarget(Site.Hv1, _world.AddressOf(Site.Hv1), _world.EndpointOf(Site.Hv1), null), default);
            // A timer of the master's, set in a step of another lane, would fail the run.
            await Task.Delay(TimeSpan.FromSeconds(1), _master.Time);
        }
    }

    [Fact]
    public void What_a_killed_master_has_sent_is_done_and_nobody_hears_the_answer()
    {
        Task<PowerReading>? call = null;
        _master.Post(() => call = _ports.TurnOffAsync(_world.BmcOf(Site.Hv1)!, () => true, default));
        _timeline.After(TimeSpan.FromMilliseconds(1), _master.Kill);
        _timeline.RunFor(TimeSpan.FromMinutes(1));

        Assert.False(call!.IsCompleted);
        Assert.Equal(HostPower.Off, _world.Look(Site.Hv1).Power);
    }

    public void Dispose() => _timeline.Dispose();
}
