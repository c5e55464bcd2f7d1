using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using HaActors.Actors;
using HaActors.Actors.Instances;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using Xunit;
using static HaActors.Tests.Domain.Instances.An;

namespace HaActors.Tests.Actors.Instances;

/// <summary>One InstanceActor on a journal in memory, its neighbours answered by the test.</summary>
public sealed class InstanceActorTests : TestKit
{
    private const string Config = """
        akka.persistence.journal.plugin = "akka.persistence.journal.inmem"
        akka.actor {
          serializers.ha = "HaActors.Actors.Serialization.HaMessageSerializer, HaActors.Actors"
          serialization-bindings { "HaActors.Domain.IWireMessage, HaActors.Domain" = ha }
        }
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);

    private readonly FakeAgent _agent = new();
    private readonly FakeInventory _inventory = new();
    private readonly HaDoors _doors = new();
    private readonly TestProbe _placement;
    private readonly TestProbe _hypervisors;
    private readonly TestProbe _evacuation;
    private readonly ConcurrentDictionary<HypervisorId, bool> _off = new() { [Hv1] = true };
    private readonly ConcurrentQueue<HypervisorId> _rooms = new();
    private readonly ConcurrentQueue<ClaimPlace> _claims = new();
    private IActorRef _actor = ActorRefs.Nobody;

    public InstanceActorTests() : base(Config)
    {
        _placement = CreateTestProbe();
        _hypervisors = CreateTestProbe();
        _evacuation = CreateTestProbe();
        _doors.Placement = _placement;
        _doors.Hypervisors = _hypervisors;
        _placement.SetAutoPilot(new DelegateAutoPilot((_, message) =>
        {
            switch (message)
            {
                case FindRoom ask when _rooms.TryDequeue(out var room):
                    _actor.Tell(new RoomFound(Vm, ask.Question, room, [], [], "boot-1", T0));
                    break;
                case FindRoom ask:
                    _actor.Tell(new NoRoom(Vm, ask.Question, "nowhere", false));
                    break;
                case LookAround look:
                    _actor.Tell(new LookedAround(Vm, look.Question, [], [], true));
                    break;
            }

            return AutoPilot.KeepRunning;
        }));
        _hypervisors.SetAutoPilot(new DelegateAutoPilot((_, message) =>
        {
            switch (message)
            {
                case AskStillOff ask:
                    var off = _off.GetValueOrDefault(ask.HypervisorId);
                    _actor.Tell(new StillOffAnswer(Vm, ask.HypervisorId, ask.Question, off, off ? ProofKind.PoweredOff : null, "read", "uuid"));
                    break;
                case ClaimPlace claim:
                    _claims.Enqueue(claim);
                    break;
            }

            return AutoPilot.KeepRunning;
        }));
        Start();
    }

    [Fact]
    public void Behind_a_gap_nothing_is_believed_and_the_gate_hears_of_it()
    {
        var gate = CreateTestProbe();
        _doors.Gate = gate;
        Write(1, new InstancePolicySet(Vm, "vm1", new LocationId("dc1"), new InstancePolicy(true, 3, 100), T0));
        // Its incident lay between the two.
        Write(3, new WaitBegan(Vm, new IncidentId("hv1-1"), Hv1, InstanceWait.Room, "nowhere", true, T0));

        var actor = Sys.ActorOf(InstanceActor.Props(Vm, _doors, _inventory, _agent));

        Assert.Contains("is missing in the journal", gate.ExpectMsg<JournalWentBack>(Soon).Detail, StringComparison.Ordinal);
        actor.Tell(new ExplainInstance(Vm), TestActor);
        Assert.Null(ExpectMsg<InstanceExplained>(Soon).Wait);

        void Write(long sequenceNr, IInstanceEvent e)
        {
            var row = new Akka.Persistence.Persistent(e, sequenceNr, PersistenceIds.Instance(Vm));
            Akka.Persistence.Persistence.Instance.Apply(Sys).JournalFor(null).Tell(new Akka.Persistence.WriteMessages([new Akka.Persistence.AtomicWrite(row)], TestActor, 1), TestActor);
            ExpectMsg<Akka.Persistence.WriteMessagesSuccessful>(Soon);
            ExpectMsg<Akka.Persistence.WriteMessageSuccess>(Soon);
        }
    }

    [Fact]
    public void Starts_once_on_the_destination_and_tells_its_end_to_every_repeat()
    {
        _rooms.Enqueue(Hv2);
        Fail(Hv1);
        var ended = Ended();
        Assert.Equal((InstanceEnd.Evacuated, Hv2), (ended.End, ended.Destination!.Value));
        Assert.Equal([(Hv2, 1L)], _agent.Runs);
        Fail(Hv1);
        Assert.Equal(ended, Ended());
        Assert.Single(_agent.Runs);
    }

    [Fact]
    public void It_says_whether_a_boot_of_a_hypervisor_may_start_it()
    {
        _actor.Tell(new AskGuard(Vm, Hv1, 7));
        Assert.Equal(new GuardTold(Hv1, Vm, 7, false, true), _hypervisors.FishForMessage(m => m is GuardTold, Soon));

        var untold = new InstanceId("vm9");
        var other = Sys.ActorOf(InstanceActor.Props(untold, _doors, _inventory, _agent));
        other.Tell(new AskGuard(untold, Hv1, 8));
        other.Tell(new RecordSighting(untold, Hv1, true, InstanceState.Running, false, 0, "b1", T0));
        other.Tell(new AskGuard(untold, Hv1, 9));
        // Before anybody has reported it, it says nothing.
        Assert.Equal(new GuardTold(Hv1, untold, 9, true, true), _hypervisors.FishForMessage(m => m is GuardTold, Soon));
    }

    [Fact]
    public void Starts_nothing_while_a_member_is_not_proved()
    {
        _off[Hv1] = false;
        _rooms.Enqueue(Hv2);
        Fail(Hv1);
        _hypervisors.FishForMessage(m => m is AskStillOff, Soon);
        _hypervisors.FishForMessage(m => m is AskStillOff, Soon);
        Assert.Empty(_agent.Runs);
        _off[Hv1] = true;
        _rooms.Enqueue(Hv2);
        Assert.Equal(InstanceEnd.Evacuated, Ended().End);
    }

    [Fact]
    public void The_durable_word_of_a_members_agent_is_a_proof_too()
    {
        _off[Hv1] = false;
        _agent.CancelAnswers[Hv1] = new AgentResult<CancelReport>.Yes(new CancelReport("uuid", "b2", false, 0));
        _rooms.Enqueue(Hv2);
        Fail(Hv1);
        Assert.Equal(InstanceEnd.Evacuated, Ended().End);
    }

    [Fact]
    public void An_unanswered_run_blocks_every_other_destination_until_it_is_denied_durably()
    {
        _agent.RunAnswers.Enqueue(new AgentResult<RunReport>.Unknown("timed out"));
        _rooms.Enqueue(Hv2);
        _rooms.Enqueue(Hv3);
        Fail(Hv1);
        _agent.Cancelled.Wait(Soon);
        Assert.Equal([(Hv2, 1L)], _agent.Runs);
        Assert.Contains(_claims, c => c.HypervisorId == Hv2);
        _agent.CancelAnswers[Hv2] = new AgentResult<CancelReport>.Yes(new CancelReport("uuid", "b1", false, 1));
        var ended = Ended();
        Assert.Equal((InstanceEnd.Evacuated, Hv3), (ended.End, ended.Destination!.Value));
        Assert.Equal([(Hv2, 1L), (Hv3, 2L)], _agent.Runs);
    }

    [Fact]
    public void An_unanswered_run_that_worked_is_found_in_the_destinations_list()
    {
        _agent.RunAnswers.Enqueue(new AgentResult<RunReport>.Unknown("timed out"));
        _agent.CancelAnswers[Hv2] = new AgentResult<CancelReport>.Yes(new CancelReport("uuid", "b1", true, 1));
        _agent.Lists[Hv2] = FakeAgent.With(1);
        _rooms.Enqueue(Hv2);
        Fail(Hv1);
        Assert.Equal(Hv2, Ended().Destination);
        Assert.Single(_agent.Runs);
    }

    [Fact]
    public void A_refusal_is_cancelled_and_the_next_destination_is_tried()
    {
        _agent.RunAnswers.Enqueue(new AgentResult<RunReport>.No("start-failed", "no such bridge"));
        _agent.CancelAnswers[Hv2] = new AgentResult<CancelReport>.Yes(new CancelReport("uuid", "b1", false, 1));
        _rooms.Enqueue(Hv2);
        _rooms.Enqueue(Hv3);
        Fail(Hv1);
        Assert.Equal(Hv3, Ended().Destination);
    }

    [Fact]
    public void An_agent_that_lost_its_floors_is_told_them_and_asked_again_under_the_same_epoch()
    {
        _agent.RunAnswers.Enqueue(new AgentResult<RunReport>.No(RunRefusals.EpochsUnknown, "empty"));
        _rooms.Enqueue(Hv2);
        Fail(Hv1);
        Assert.Equal(Hv2, Ended().Destination);
        Assert.Equal([(Hv2, 1L), (Hv2, 1L)], _agent.Runs);
        Assert.Single(_agent.Floors);
    }

    [Fact]
    public void A_start_refused_under_an_epoch_just_given_out_is_held_until_HA_is_disarmed()
    {
        var gate = CreateTestProbe();
        _doors.Gate = gate;
        _agent.RunAnswers.Enqueue(new AgentResult<RunReport>.No(RunRefusals.EpochOld, "cancelled here up to epoch 1", RefusedUpTo: 1));
        _agent.CancelAnswers[Hv2] = new AgentResult<CancelReport>.Yes(new CancelReport("uuid", "b1", false, 1));
        _rooms.Enqueue(Hv2);
        _rooms.Enqueue(Hv3);
        Fail(Hv1);
        var told = (JournalWentBack)gate.FishForMessage(m => m is JournalWentBack, Soon);
        Assert.Contains("hv2 refuses instance", told.Detail, StringComparison.Ordinal);
        Assert.False(_agent.Cancelled.Wait(TimeSpan.FromSeconds(2)));
        Assert.Single(_agent.Runs);
        _actor.Tell(new WentBackTaken(told.Key));
        Assert.Equal(Hv3, Ended().Destination);
    }

    [Fact]
    public void A_start_refused_by_a_floor_that_a_master_may_just_have_told_says_nothing_of_the_journal()
    {
        var gate = CreateTestProbe();
        _doors.Gate = gate;
        _agent.RunAnswers.Enqueue(new AgentResult<RunReport>.No(RunRefusals.EpochOld, "epoch 1 is not above the floor 1"));
        _agent.CancelAnswers[Hv2] = new AgentResult<CancelReport>.Yes(new CancelReport("uuid", "b1", false, 1));
        _rooms.Enqueue(Hv2);
        _rooms.Enqueue(Hv3);
        Fail(Hv1);
        Assert.Equal(Hv3, Ended().Destination);
        Assert.False(gate.HasMessages);
    }

    [Fact]
    public void What_an_agent_refuses_beyond_the_journal_is_told_before_it_is_taken()
    {
        var gate = CreateTestProbe();
        _doors.Gate = gate;
        _off[Hv1] = false;
        _agent.CancelAnswers[Hv1] = new AgentResult<CancelReport>.Yes(new CancelReport("uuid", "b2", false, 7));
        _rooms.Enqueue(Hv2);
        Fail(Hv1);
        var told = (JournalWentBack)gate.FishForMessage(m => m is JournalWentBack, Soon);
        Assert.Empty(_agent.Runs);
        _rooms.Enqueue(Hv2);
        _actor.Tell(new WentBackTaken(told.Key));
        Assert.Equal(Hv2, Ended().Destination);
        Assert.Equal([(Hv2, 8L)], _agent.Runs);
    }

    [Fact]
    public void A_held_report_is_not_taken_after_a_newer_one()
    {
        var gate = CreateTestProbe();
        _doors.Gate = gate;
        _actor.Tell(new RecordSighting(Vm, Hv2, true, InstanceState.Running, false, 5, "b1", T0));
        var told = (JournalWentBack)gate.FishForMessage(m => m is JournalWentBack, Soon);
        _actor.Tell(new RecordSighting(Vm, Hv2, false, InstanceState.ShutOff, false, 0, "b1", T0));
        _actor.Tell(new WentBackTaken(told.Key));
        _actor.Tell(new ExplainInstance(Vm), TestActor);
        var explained = ExpectMsg<InstanceExplained>(Soon);
        Assert.Equal(Hv1, Assert.Single(explained.MayRun).Hypervisor);
    }

    [Fact]
    public void A_destination_that_dies_hands_it_over_to_its_own_incident()
    {
        _agent.RunAnswers.Enqueue(new AgentResult<RunReport>.Unknown("timed out"));
        _rooms.Enqueue(Hv2);
        Fail(Hv1);
        _agent.Cancelled.Wait(Soon);
        _off[Hv2] = true;
        _rooms.Enqueue(Hv3);
        Fail(Hv2);
        var ends = new[] { Ended(), Ended() }.ToDictionary(e => e.Incident, e => (e.End, e.Destination!.Value));
        Assert.Equal((InstanceEnd.HandedOver, Hv2), ends[new IncidentId("hv1-1")]);
        Assert.Equal((InstanceEnd.Evacuated, Hv3), ends[new IncidentId("hv2-1")]);
        Assert.Equal([(Hv2, 1L), (Hv3, 2L)], _agent.Runs);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_a_crash_in_the_middle_of_a_start_it_looks_first_and_never_starts_twice(bool worked)
    {
        _agent.HoldRuns = true;
        _rooms.Enqueue(Hv2);
        Fail(Hv1);
        _agent.RunSent.Wait(Soon);
        Watch(_actor);
        Sys.Stop(_actor);
        ExpectTerminated(_actor, Soon);
        _agent.HoldRuns = false;
        _agent.Lists[Hv2] = worked ? FakeAgent.With(1) : FakeAgent.With(null);
        Start(false);
        Fail(Hv1);
        Assert.Equal(Hv2, Ended().Destination);
        Assert.All(_agent.Runs, r => Assert.Equal((Hv2, 1L), r));
        Assert.Equal(worked ? 1 : 2, _agent.Runs.Count);
    }

    private void Start(bool isNew = true)
    {
        _actor = Sys.ActorOf(InstanceActor.Props(Vm, _doors, _inventory, _agent));
        if (isNew)
        {
            _actor.Tell(new WakeInstance(Vm, "vm1", new LocationId("dc1"), Hv1, true, 3, 100));
            _actor.Tell(new RecordSighting(Vm, Hv1, true, InstanceState.Running, false, 0, "b1", T0));
            // Only what its agent has confirmed is started elsewhere.
            _placement.FishForMessage(m => m is InstanceView { Guarded: true }, Soon);
        }
    }

    private void Fail(HypervisorId hypervisor) =>
        _actor.Tell(new RecoverInstance(Vm, new IncidentId(hypervisor, 1), hypervisor, RecoveryKind.Evacuate, ProofKind.PoweredOff, true), _evacuation);

    private InstanceEnded Ended() => (InstanceEnded)_evacuation.FishForMessage(m => m is InstanceEnded, TimeSpan.FromSeconds(12));
}
