using System.Collections.Immutable;
using HaActors.Actors;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Simulation.Ports;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;
using HaActors.Tests.Simulation.World;
using Xunit;

namespace HaActors.Tests.Actors.EventLog;

/// <summary>Two sources make one log: what operators change, and what the actors store. Whoever reads it finds a change before what came of it.</summary>
public sealed class ProjectionOrderTests : IDisposable
{
    private static readonly LocationId Dc1 = new("dc1");
    private readonly VirtualTimeline _timeline = new();
    private readonly SimulatedWorld _world;
    private readonly SimulatedInventory _inventory = new();
    private readonly SimulatedEventLog _log;
    private readonly VirtualLane _lane;
    private readonly HaDoors _doors;

    public ProjectionOrderTests()
    {
        var worldLane = _timeline.NewLane("world");
        _lane = _timeline.NewLane("m1");
        _world = new SimulatedWorld(worldLane.Time, 1);
        var database = new SimulatedDatabase(worldLane);
        SimulatedFleet.Build(_world, new FleetOptions { Hosts = 4, InstancesPerHost = 2, AgentsKnown = true }).Register(_inventory);
        _log = new SimulatedEventLog(_inventory) { JournalEnd = () => database.Rows is [.., var last] ? last.Ordering : 0 };
        var settings = HaSettings.Default with { ReadJournal = SimulatedReadJournal.Identifier };
        var system = VirtualActorSystem.Create("ha", _lane, database, HaActorsHosting.Config("akka.persistence.journal.simulated"));
        _doors = _lane.Inside(() =>
        {
            var ports = new LanePorts(_world, "m1", _lane, worldLane);
            return HaActorsHosting.StartPlain(
                system.System, settings, new HaPorts(_inventory, ports, ports, ports, _log, ports) { Webhooks = new SimulatedWebhooks(_log, _inventory), WebhookSender = ports });
        });
    }

    [Fact]
    public void A_change_is_told_before_what_an_actor_makes_of_it()
    {
        _timeline.At(TimeSpan.FromMinutes(5), () =>
        {
            _world.BmcOffNetwork(Site.Hv1);
            _world.CutCable(Site.Hv1);
        });
        // Between two of the log's looks at what operators changed, which come once a second.
        _timeline.At(TimeSpan.FromMinutes(8) + TimeSpan.FromMilliseconds(50), () => _lane.Inside(() =>
        {
            _inventory.Change(
                rows => rows with { Locations = rows.Locations.SetItem(Dc1, rows.Locations[Dc1] with { HaEnabled = false }) },
                new LogEntry(DateTimeOffset.UnixEpoch, LogTypes.InventoryChanged, Dc1, null, null, null, "anna: HA of dc1 is off.", ImmutableSortedDictionary<string, string>.Empty));
            _doors.Monitor.Tell(new InventoryChanged(), Akka.Actor.ActorRefs.NoSender);
        }));
        _timeline.RunUntil(TimeSpan.FromMinutes(10));

        var told = _log.Entries.Select((line, place) => (line, place)).ToArray();
        var change = Assert.Single(told, l => l.line.Type == LogTypes.InventoryChanged);
        var consequence = Assert.Single(told, l => l.line.Type == LogTypes.FenceWithheld && l.line.Message.Contains("HA is off for it", StringComparison.Ordinal));
        Assert.True(change.place < consequence.place, $"the change is line {change.place}, and what came of it line {consequence.place}");
    }

    public void Dispose() => _timeline.Dispose();
}
