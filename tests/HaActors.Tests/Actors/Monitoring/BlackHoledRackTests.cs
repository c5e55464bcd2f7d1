using Akka.Actor;
using HaActors.Actors;
using HaActors.Actors.Hosting;
using HaActors.Actors.Monitoring;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using HaActors.Domain.Probing;
using HaActors.Simulation.Ports;
using HaActors.Simulation.VirtualTime;
using Xunit;

namespace HaActors.Tests.Actors.Monitoring;

/// <summary>The real monitor and prober on virtual time, with two hundred hypervisors of which a hundred fall silent at one moment.</summary>
public sealed class BlackHoledRackTests
{
    private static readonly TimeSpan Silent = TimeSpan.FromMinutes(5);

    [Fact]
    public void A_black_holed_rack_makes_nobody_late()
    {
        using var timeline = new VirtualTimeline();
        var master = VirtualActorSystem.Create("ha", timeline.NewLane("master"), new SimulatedDatabase(timeline.NewLane("world")));
        var inventory = new SimulatedInventory();
        var dc1 = new LocationId("dc1");
        inventory.Put(new Location(dc1, "DC 1", true, 3, true, InstancesHaEnabled: false));
        for (var n = 0; n < 200; n++)
        {
            inventory.Put(new Hypervisor(new HypervisorId($"hv{n}"), $"hv{n}", dc1, null, "10.0.0.1", new AgentEndpoint(new Uri("http://10.0.0.1:8081"), Secret.None), null));
        }

        var probe = new Rack(master.Lane.Time, () => timeline.Elapsed);
        var heard = new List<RecordProbe>();
        var ports = new HaPorts(inventory, probe, null!, null!, null!, null!) { Webhooks = null!, WebhookSender = null! };
        master.Lane.Inside(() =>
        {
            var doors = new HaDoors { Hypervisors = master.System.ActorOf(Props.Create(() => new Hears(heard)), "hypervisors") };
            doors.Prober = master.System.ActorOf(ProberActor.Props(doors, ports, HaSettings.Default), "prober");
            doors.Monitor = master.System.ActorOf(HaMonitor.Props(doors, ports, HaSettings.Default), "monitor");
        });
        timeline.RunFor(TimeSpan.FromMinutes(15));

        var tick = HaSettings.Default.TickInterval;
        foreach (var probes in heard.GroupBy(p => p.HypervisorId).OrderBy(g => g.Key))
        {
            var begun = probes.Select(p => p.Begun).ToList();
            var gap = begun.Zip(begun.Skip(1), (a, b) => b - a).Max();
            if (Rack.IsHealthy(probes.Key))
            {
                // Once at each tick; the moment at which the rack falls silent costs a fifth of a deadline for each of its hundred, never a tick.
                Assert.Equal(begun.Count, begun.Select(b => b.Ticks / tick.Ticks).Distinct().Count());
                Assert.True(gap < tick + TimeSpan.FromSeconds(20), $"{probes.Key} was not probed for {gap}");
                Assert.All(probes, p => Assert.True(p.Outcome.Passed));
            }
            else
            {
                Assert.True(gap < tick * 4, $"{probes.Key} was not probed for {gap}");
                Assert.True(probes.Count(p => !p.Outcome.Passed) >= 3);
            }
        }

        Assert.Equal(200, heard.Select(p => p.HypervisorId).Distinct().Count());
        Assert.Equal(HaSettings.Default.ProbeParallelism, probe.MostAtOnce);
    }

    private sealed class Hears(List<RecordProbe> heard) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is RecordProbe probe)
            {
                heard.Add(probe);
            }
        }
    }

    /// <summary>Every odd one takes the whole deadline from a moment on.</summary>
    private sealed class Rack(TimeProvider time, Func<TimeSpan> elapsed) : IHypervisorProbe
    {
        private int _atOnce;

        public int MostAtOnce { get; private set; }

        public static bool IsHealthy(HypervisorId id) => int.Parse(id.Value[2..], System.Globalization.CultureInfo.InvariantCulture) % 2 == 0;

        public async Task<ProbeOutcome> ProbeAsync(ProbeTarget target, CancellationToken stopping)
        {
            MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
            try
            {
                if (IsHealthy(target.Id) || elapsed() < Silent)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(10), time, stopping);
                    return new ProbeOutcome(target.Id, PingFinding.Ok, HealthFinding.Ok, $"uuid-{target.Id}", "boot-1", "1", null);
                }

                await Task.Delay(HaSettings.Default.ProbeTimeout, time, stopping);
                return new ProbeOutcome(target.Id, PingFinding.Lost, HealthFinding.NoAnswer, null, null, null, "no answer");
            }
            finally
            {
                _atOnce--;
            }
        }
    }
}
