using Akka.Actor;
using HaActors.Actors;
using HaActors.Actors.Hosting;
using HaActors.Actors.Monitoring;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Instances;
using HaActors.Simulation.Ports;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;
using HaActors.Tests.Simulation.World;
using Xunit;

namespace HaActors.Tests.Actors.Gate;

/// <summary>One set of actors, and the probers of two masters, each at its own place in the world.</summary>
public sealed class SecondOpinionTests : IDisposable
{
    private readonly VirtualTimeline _timeline = new();
    private readonly SimulatedWorld _world;
    private readonly SimulatedDatabase _database;
    private readonly VirtualLane _lane;
    private readonly HaDoors _doors;
    private bool _secondIsReachable = true;
    private IActorRef? _second;
    private readonly List<string> _answers = [];
    private IActorRef? _desk;

    public SecondOpinionTests()
    {
        var worldLane = _timeline.NewLane("world");
        var lane = _lane = _timeline.NewLane("m1");
        _world = new SimulatedWorld(worldLane.Time, 1);
        _database = new SimulatedDatabase(worldLane);
        var inventory = new SimulatedInventory();
        SimulatedFleet.Build(_world, new FleetOptions { Hosts = 4, InstancesPerHost = 1, AgentsKnown = true }).Register(inventory);
        var settings = HaSettings.Default with { ReadJournal = SimulatedReadJournal.Identifier };
        var system = VirtualActorSystem.Create("ha", lane, _database, HaActorsHosting.Config("akka.persistence.journal.simulated"));
        _doors = lane.Inside(() =>
        {
            var doors = HaActorsHosting.StartPlain(system.System, settings, Ports("m1"));
            _second = system.System.ActorOf(ProberActor.Props(doors, Ports("m2"), settings), "prober-of-m2");
            doors.Masters = () => [new MasterDoor("m1", true, true, doors.Prober), new MasterDoor("m2", false, _secondIsReachable, _second)];
            _desk = system.System.ActorOf(Props.Create(() => new Desk(_answers)), "desk");
            return doors;
        });

        HaPorts Ports(string master)
        {
            var ports = new LanePorts(_world, master, lane, worldLane);
            var log = new SimulatedEventLog(inventory) { JournalEnd = () => _database.Rows is [.., var last] ? last.Ordering : 0 };
            return new HaPorts(inventory, ports, ports, ports, log, ports) { Webhooks = new SimulatedWebhooks(log, inventory), WebhookSender = ports };
        }
    }

    [Fact]
    public void A_master_that_reaches_it_vetoes_what_the_other_one_can_not_reach()
    {
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.Partition("m1", Site.Hv1));
        _timeline.At(TimeSpan.FromMinutes(12), () => _world.HealPartition("m1", Site.Hv1));
        _timeline.RunUntil(TimeSpan.FromMinutes(15));

        Assert.Equal([GateChecks.SecondOpinion], Withheld());
        Assert.Contains("m2 reaches it", Stored<FenceWithheld>().Single().Reason, StringComparison.Ordinal);
        Assert.Empty(Stored<FencePermitted>());
        Assert.Single(Stored<CameUp>());
        Assert.Equal(HostPower.On, _world.Look(Site.Hv1).Power);
    }

    [Fact]
    public void What_no_master_reaches_is_fenced()
    {
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.CutCable(Site.Hv1));
        _timeline.RunUntil(TimeSpan.FromMinutes(10));

        Assert.Empty(Withheld());
        Assert.Single(Stored<Fenced>());
    }

    [Fact]
    public void A_master_that_reaches_nobody_has_no_veto()
    {
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.CutCable(Site.Hv1));
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.IsolateMaster("m2"));
        _timeline.RunUntil(TimeSpan.FromMinutes(10));

        Assert.Single(Stored<Fenced>());
    }

    [Fact]
    public void No_answer_is_no_opinion()
    {
        _second = ActorRefs.Nobody;
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.CutCable(Site.Hv1));
        _timeline.RunUntil(TimeSpan.FromMinutes(10));

        Assert.Single(Stored<Fenced>());
    }

    /// <summary>An order goes past the veto, which says that it answers somebody; the proof goes past nobody.</summary>
    [Fact]
    public void What_reads_off_and_answers_another_master_is_contradicted_and_nothing_moves()
    {
        _timeline.At(TimeSpan.FromMinutes(4), () => _world.SetBmcMode(Site.Hv1, BmcMode.LieStatus));
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.Partition("m1", Site.Hv1));
        _timeline.At(TimeSpan.FromMinutes(8), () => OrderFence(Site.Hv1));
        _timeline.RunUntil(TimeSpan.FromMinutes(15));

        Assert.NotEmpty(Stored<FencePermitted>());
        Assert.Empty(Stored<Fenced>());
        Assert.Contains("hv1 still answers m2", Stored<DeviceContradicted>().First().Detail, StringComparison.Ordinal);
        Assert.Empty(Stored<StartRequested>());
    }

    [Fact]
    public void What_answers_no_master_is_proved_although_one_of_them_says_nothing()
    {
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.CutCable(Site.Hv1));
        _timeline.At(TimeSpan.FromMinutes(5), () => _second = ActorRefs.Nobody);
        _timeline.RunUntil(TimeSpan.FromMinutes(10));

        // The deadline of an opinion, and no more than one for each try.
        var took = Stored<Fenced>().Single().At - Stored<FenceRequested>().Single().At;
        Assert.InRange(took, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void What_answers_another_master_is_not_signed_for()
    {
        _timeline.At(TimeSpan.FromMinutes(4), () => _world.SetBmcMode(Site.Hv1, BmcMode.FailGet));
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.Partition("m1", Site.Hv1));
        _timeline.At(TimeSpan.FromMinutes(8), () => Sign(Site.Hv1));
        _timeline.RunUntil(TimeSpan.FromMinutes(10));

        Assert.Empty(Stored<Fenced>());
        Assert.Equal(["conflict: hv1 can't be confirmed as off: it answers ping, as master m2 hears. Cut its power first, then confirm."], _answers);
    }

    [Fact]
    public void What_answers_no_master_is_signed_for_although_one_of_them_says_nothing()
    {
        _timeline.At(TimeSpan.FromMinutes(4), () => _world.SetBmcMode(Site.Hv1, BmcMode.FailGet));
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.CutCable(Site.Hv1));
        _timeline.At(TimeSpan.FromMinutes(8), () => _second = ActorRefs.Nobody);
        _timeline.At(TimeSpan.FromMinutes(8), () => Sign(Site.Hv1));
        _timeline.RunUntil(TimeSpan.FromMinutes(10));

        Assert.Equal(ProofKind.Acknowledged, Stored<Fenced>().Single().Proof);
        Assert.StartsWith("accepted: hv1 counts as off", _answers.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void While_a_master_is_unreachable_and_nobody_has_decided_it_may_be_this_one_that_is_cut_off()
    {
        _secondIsReachable = false;
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.CutCable(Site.Hv1));
        _timeline.At(TimeSpan.FromMinutes(10), () => _secondIsReachable = true);
        _timeline.RunUntil(TimeSpan.FromMinutes(15));

        Assert.Equal([GateChecks.IsItMe], Withheld());
        Assert.True(Stored<FencePermitted>().Single().At - _timeline.Start >= TimeSpan.FromMinutes(10));
        Assert.Single(Stored<Fenced>());
    }

    [Fact]
    public void A_hypervisor_that_was_deleted_while_its_last_view_was_under_way_holds_up_nobody()
    {
        var ghost = new HypervisorView(
            new HypervisorId("ghost"), new LocationId("dc1"), HypervisorPhase.Healthy, _timeline.Start, "", true, false, 0, null, null, false, true, null, null, null, null, null, null, 0, null, 0);
        _timeline.At(TimeSpan.FromMinutes(4), () => _lane.Post(() => _doors.Gate.Tell(ghost)));
        _timeline.At(TimeSpan.FromMinutes(5), () => _world.CutCable(Site.Hv1));
        _timeline.RunUntil(TimeSpan.FromMinutes(10));

        Assert.Single(Stored<Fenced>());
    }

    public void Dispose() => _timeline.Dispose();

    private void OrderFence(HypervisorId hypervisor) =>
        _lane.Post(() => _doors.Hypervisors.Tell(new OperatorRequest(hypervisor, OperatorVerb.Fence, "anna", "it must be off", hypervisor.Value)));

    private void Sign(HypervisorId hypervisor) =>
        _lane.Post(() => _doors.Hypervisors.Tell(new OperatorRequest(hypervisor, OperatorVerb.ConfirmFenced, "anna", "the plugs are out", hypervisor.Value), _desk));

    private string[] Withheld() => [.. Stored<FenceWithheld>().Select(w => w.Check)];

    private IEnumerable<T> Stored<T>() => _database.Rows.Select(r => r.Written).OfType<T>();

    /// <summary>Where an operator's answers arrive.</summary>
    private sealed class Desk : ReceiveActor
    {
        public Desk(List<string> answers) => Receive<OperatorAnswer>(a => answers.Add($"{a.Code}: {a.Message}"));
    }
}
