using Akka.Actor;
using HaActors.Actors;
using HaActors.Actors.Hosting;
using HaActors.Simulation.Ports;
using HaActors.Simulation.VirtualTime;

namespace HaActors.Scenarios.Run;

/// <summary>One life of a master: the real actors in a lane of their own, from its boot to its kill -9.</summary>
internal sealed class SimulatedMaster
{
    /// <summary>Its name in the world, the same in every life: partitions and acts know it by this.</summary>
    public const string Name = "m1";

    private readonly VirtualActorSystem _system;
    private readonly HaDoors _doors;
    private readonly IActorRef _edge;

    private SimulatedMaster(VirtualActorSystem system, HaDoors doors, IActorRef edge) => (_system, _doors, _edge) = (system, doors, edge);

    public VirtualLane Lane => _system.Lane;

    public ActorSystem System => _system.System;

    public static SimulatedMaster Boot(SimulatedSite site, int life, HaSettings settings, Action<object> answered)
    {
        var lane = site.Timeline.NewLane($"{Name}.{life}");
        var config = HaActorsHosting.Config("akka.persistence.journal.simulated");
        LosesMessage? loses = site.Losses is { } losses ? losses.Loses : null;
        var system = VirtualActorSystem.CreateLossy("ha", lane, site.Database, loses, site.Heard is null ? config : MasterLog.Config.WithFallback(config));
        var world = new LanePorts(site.World, Name, lane, site.WorldLane, settings.ProbeTimeout);
        var ports = site.Variant.Ports(new HaPorts(new LaneInventory(lane, site.WorldLane, site.Inventory), world, world, world, new LaneEventLog(lane, site.Database, site.EventLog), world)
        {
            Webhooks = new LaneWebhooks(lane, site.WorldLane, site.Webhooks),
            WebhookSender = world,
        });
        var (doors, edge) = lane.Inside(() => (HaActorsHosting.StartPlain(system.System, settings, ports, site.Variant.Rules), system.System.ActorOf(Props.Create(() => new Edge(answered)), "edge")));
        lane.Inside(() => MasterLog.SubscribeToCrashes(system.System, site.Watch.OnCrash));
        if (site.Heard is { } heard) lane.Inside(() => MasterLog.Subscribe(system.System, heard));
        return new SimulatedMaster(system, doors, edge);
    }

    /// <summary>As the HTTP API would: says it to somebody, the answer comes to whoever booted this master. A dead master answers nobody.</summary>
    public void Ask(Func<HaDoors, IActorRef> door, object message)
    {
        if (!Lane.IsKilled) Lane.Post(() => _edge.Tell(new Edge.Question(door(_doors), message)));
    }

    /// <summary>kill -9.</summary>
    public void Kill() => _system.Kill();

    private sealed class Edge(Action<object> answered) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is Question(var whom, var what)) whom.Tell(what, Self);
            else answered(message);
        }

        public sealed record Question(IActorRef Whom, object What);
    }
}
