using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using HaActors.Actors;
using HaActors.Actors.Hosting;
using HaActors.Actors.Monitoring;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Simulation.Ports;
using Xunit;

namespace HaActors.Tests.Actors.Monitoring;

/// <summary>One monitor with its neighbours answered by the test.</summary>
public sealed class HaMonitorTests : TestKit
{
    private static readonly InstanceId Vm = new("11111111-2222-3333-4444-555555555555");
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public void An_instance_is_told_its_opt_in_until_its_view_shows_that_it_took_it()
    {
        var inventory = new SimulatedInventory();
        inventory.Put(new Location(new("dc1"), "DC 1", HaEnabled: true));
        inventory.Put(new Hypervisor(new("hv1"), "hv1", new("dc1"), null, "hv1.example", new AgentEndpoint(new Uri("http://hv1.example:8081"), Secret.None), null));
        inventory.Put(new Instance(Vm, "vm1", new("hv1"), InstanceState.Running, false, HaEnabled: true, 3, 100, 2, 2048, [], 0));
        var instances = CreateTestProbe();
        var prober = CreateTestProbe();
        // A sweep ends at once, so that every tick is one.
        prober.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            if (message is RunSweep sweep) sender.Tell(new SweepCompleted(sweep.Sweep, [], 1));
            return AutoPilot.KeepRunning;
        }));
        var doors = new HaDoors { Instances = instances, Prober = prober };
        var settings = HaSettings.Default with { TickInterval = TimeSpan.FromMilliseconds(200) };
        var monitor = Sys.ActorOf(Props.Create(() => new HaMonitor(doors, inventory, settings)));

        for (var lost = 0; lost < 3; lost++)
            Assert.True(instances.ExpectMsg<WakeInstance>(Soon).HaEnabled);
        monitor.Tell(View(haEnabled: false));
        Assert.True(instances.ExpectMsg<WakeInstance>(Soon).HaEnabled);

        monitor.Tell(View(haEnabled: true));
        instances.ReceiveWhile<object>(TimeSpan.FromMilliseconds(400), m => m);
        instances.ExpectNoMsg(TimeSpan.FromSeconds(1));
    }

    private static InstanceView View(bool haEnabled) => new(Vm, "vm1", new("hv1"), InstanceState.Running, true, haEnabled, 0, [], null, null, null, null, 0);
}
