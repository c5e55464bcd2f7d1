using Akka.Actor;
using HaActors.Actors;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Simulation.Ports;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;
using HaActors.Tests.Simulation.World;
using Xunit;

namespace HaActors.Tests.Actors.Hypervisors;

/// <summary>A hypervisor that asks what ran on it whether its next boot may start it, and the instances are deaf to that for a while.</summary>
public sealed class GainTests : IDisposable
{
    private readonly VirtualTimeline _timeline = new();
    private readonly SimulatedWorld _world;
    private readonly SimulatedDatabase _database;
    private readonly SimulatedInventory _inventory = new();
    private readonly VirtualLane _lane;
    private readonly IActorRef _hypervisors;
    private bool _deaf;
    private InstanceId? _waits;

    public GainTests()
    {
        var worldLane = _timeline.NewLane("world");
        var lane = _lane = _timeline.NewLane("m1");
        _world = new SimulatedWorld(worldLane.Time, 1);
        _database = new SimulatedDatabase(worldLane);
        var inventory = _inventory;
        SimulatedFleet.Build(_world, new FleetOptions { Hosts = 4, InstancesPerHost = 2, AgentsKnown = true }).Register(inventory);
        var settings = HaSettings.Default with { ReadJournal = SimulatedReadJournal.Identifier };
        var system = VirtualActorSystem.Create("ha", lane, _database, HaActorsHosting.Config("akka.persistence.journal.simulated"));
        _hypervisors = lane.Inside(() =>
        {
            var ports = new LanePorts(_world, "m1", lane, worldLane);
            var log = new SimulatedEventLog(inventory) { JournalEnd = () => _database.Rows is [.., var last] ? last.Ordering : 0 };
            var doors = HaActorsHosting.StartPlain(
                system.System, settings, new HaPorts(inventory, ports, ports, ports, log, ports) { Webhooks = new SimulatedWebhooks(log, inventory), WebhookSender = ports });
            var instances = doors.Instances;
            doors.Instances = system.System.ActorOf(Props.Create(() => new Deaf(() => _deaf, () => _waits, instances, doors)), "deaf");
            return doors.Hypervisors;
        });
    }

    [Fact]
    public void Who_does_not_say_whether_it_is_guarded_is_no_gain_and_is_asked_again()
    {
        _deaf = true;
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.CutCable(Site.Hv1));
        _timeline.At(TimeSpan.FromMinutes(12), () => _deaf = false);

        _timeline.RunUntil(TimeSpan.FromMinutes(11));
        Assert.Equal(HostPower.On, _world.Look(Site.Hv1).Power);
        Assert.Empty(Stored<FencePermitted>());
        // Gone by itself in seconds as a rule, so it is shown, not told.
        Assert.Empty(Stored<FenceWithheld>());

        _timeline.RunUntil(TimeSpan.FromMinutes(15));
        Assert.Single(Stored<Fenced>());
    }

    [Fact]
    public void Who_never_says_it_is_told_as_overdue()
    {
        _deaf = true;
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.CutCable(Site.Hv1));
        _timeline.RunUntil(TimeSpan.FromMinutes(30));

        Assert.Empty(Stored<FencePermitted>());
        Assert.Contains("was not answered in time", Stored<FenceOverdue>().Single().Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_asks_for_its_proof_gains_by_its_fence_if_it_waits_for_it_though_nothing_ran_there(bool waits)
    {
        _timeline.RunUntil(TimeSpan.FromMinutes(3));
        foreach (var instance in _inventory.Rows.Instances.Values.Where(i => i.HypervisorId == Site.Hv1).ToArray())
        {
            _world.ShutDownInstance(instance.Id);
        }

        var elsewhere = _inventory.Rows.Instances.Values.First(i => i.HypervisorId != Site.Hv1).Id;
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.CutCable(Site.Hv1));
        _timeline.RunUntil(TimeSpan.FromMinutes(9));
        Assert.Equal(GateChecks.AnythingToGain, Stored<FenceWithheld>().Single().Check);
        Assert.Empty(Stored<FencePermitted>());

        // It runs, at rest, and may have asked only to know whose answer that is.
        _waits = waits ? elsewhere : null;
        _lane.Inside(() => _hypervisors.Tell(new AskStillOff(Site.Hv1, elsewhere, 1)));
        _timeline.RunUntil(TimeSpan.FromMinutes(10));
        Assert.Equal(waits ? 1 : 0, Stored<FencePermitted>().Count());
        Assert.Equal(waits ? HostPower.Off : HostPower.On, _world.Look(Site.Hv1).Power);
    }

    public void Dispose() => _timeline.Dispose();

    private IEnumerable<T> Stored<T>() => _database.Rows.Select(r => r.Written).OfType<T>();

    private sealed class Deaf(Func<bool> isDeaf, Func<InstanceId?> waits, IActorRef instances, HaDoors doors) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is AskGuard ask && ask.InstanceId == waits())
            {
                doors.Hypervisors.Tell(new GuardTold(ask.Hypervisor, ask.InstanceId, ask.Question, MayStart: false, Gains: true));
            }
            else if (message is not AskGuard || !isDeaf())
            {
                instances.Forward(message);
            }
        }
    }
}
