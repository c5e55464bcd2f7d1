using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using HaActors.Actors;
using HaActors.Actors.Hosting;
using HaActors.Actors.Hypervisors;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;
using Xunit;

namespace HaActors.Tests.Actors.Hypervisors;

/// <summary>One attempt whose devices and prober are answered by the test, in an order that the world rarely gives.</summary>
public sealed class FenceActorTests : TestKit
{
    private const string A = "fence_pdu:strip-a/1";
    private const string B = "fence_pdu:strip-b/1";
    private const string C = "ipmi:bmc1:623";
    private static readonly HypervisorId Hv1 = new("hv1");
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan AWhile = TimeSpan.FromSeconds(0.5);

    private readonly TestProbe _parent;
    private readonly TestProbe _power;
    private readonly TestProbe _prober;

    public FenceActorTests()
    {
        _parent = CreateTestProbe();
        _power = CreateTestProbe();
        _prober = CreateTestProbe();
    }

    [Fact]
    public void A_feed_that_reads_on_while_the_world_is_looked_at_ends_that_look()
    {
        var (fence, lastReadOfA, look) = LooksAtTheWorldWhileABeingReadAgain([new DevicePlace(A, 1), new DevicePlace(B, 1)]);
        Answer(fence, lastReadOfA, PowerOutcome.On);
        fence.Tell(NothingAnswers(look));

        Assert.Equal(A, _parent.ExpectMsg<WantOff>(Soon).Device);
        _parent.ExpectNoMsg(AWhile);
        // The other feed is read on, for both have to be off at one time.
        _power.FishForMessage(m => m is ReadPower { Device: B }, Soon);
    }

    [Fact]
    public void A_level_that_fails_while_the_world_is_looked_at_does_not_prove_the_next_one()
    {
        var (fence, lastReadOfA, look) = LooksAtTheWorldWhileABeingReadAgain([new DevicePlace(A, 1), new DevicePlace(B, 1), new DevicePlace(C, 2)]);
        Answer(fence, lastReadOfA, PowerOutcome.AuthenticationFailed);
        Assert.Equal(C, _power.ExpectMsg<ReadIdentity>(Soon).Device);
        fence.Tell(NothingAnswers(look));

        _parent.ExpectNoMsg(AWhile);
    }

    [Theory]
    [InlineData(PowerOutcome.TimedOut, FenceFailure.TimedOut)]
    [InlineData(PowerOutcome.Unreachable, FenceFailure.Unreachable)]
    [InlineData(PowerOutcome.Refused, FenceFailure.Refused)]
    public void A_device_that_does_not_tell_who_it_is_gets_no_off_if_it_told_before(PowerOutcome trouble, FenceFailure cause)
    {
        var fence = Fence(C, "guid-1");
        AnswerPlan(fence, [new DevicePlace(C, 1)]);
        foreach (var _ in Enumerable.Range(1, 2))
        {
            var asked = _power.ExpectMsg<ReadIdentity>(Soon);
            fence.Tell(new IdentityAnswer(asked.Question, C, new DeviceIdentity.Trouble(trouble, "just now")));
        }

        var failed = Assert.IsType<FailFence>(_parent.ExpectMsg<FenceEnded>(Soon).Result);
        Assert.Equal(cause, Assert.Single(failed.Devices).Cause);
        _power.ExpectNoMsg(AWhile);
    }

    [Fact]
    public void A_device_that_tells_who_it_is_when_it_is_asked_again_is_read()
    {
        var fence = Fence(C, "guid-1");
        AnswerPlan(fence, [new DevicePlace(C, 1)]);
        fence.Tell(new IdentityAnswer(_power.ExpectMsg<ReadIdentity>(Soon).Question, C, new DeviceIdentity.Trouble(PowerOutcome.TimedOut, "just now")));
        fence.Tell(new IdentityAnswer(_power.ExpectMsg<ReadIdentity>(Soon).Question, C, new DeviceIdentity.Known("guid-1")));

        Assert.Equal(C, _power.ExpectMsg<ReadPower>(Soon).Device);
    }

    [Theory]
    [InlineData(PowerOutcome.Accepted, "it took the command and goes on reading on")]
    [InlineData(PowerOutcome.TimedOut, "nothing told that it took the command, and it goes on reading on")]
    public void A_host_that_stays_on_tells_of_its_device_only_what_it_said(PowerOutcome said, string told)
    {
        var fence = Fence(C, "guid-1", HaSettings.Default with { FenceDeadline = TimeSpan.FromSeconds(4) });
        AnswerPlan(fence, [new DevicePlace(C, 1)]);
        fence.Tell(new IdentityAnswer(_power.ExpectMsg<ReadIdentity>(Soon).Question, C, new DeviceIdentity.Known("guid-1")));
        Answer(fence, _power.ExpectMsg<ReadPower>(Soon), PowerOutcome.On);
        fence.Tell(new OffStored(1, _parent.ExpectMsg<WantOff>(Soon).Device, Sys.Scheduler.MonotonicClock));
        fence.Tell(new PowerAnswer(_power.ExpectMsg<SendOff>(Soon).Question, new PowerReading(said, Sys.Scheduler.MonotonicClock, ""), C));
        FenceEnded? end = null;
        for (var readings = 0; readings < 10 && end is null; readings++)
        {
            Answer(fence, _power.ExpectMsg<ReadPower>(Soon), PowerOutcome.On);
            end = _parent.ReceiveOne(AWhile) as FenceEnded;
        }

        var failed = Assert.Single(Assert.IsType<FailFence>(end?.Result).Devices);
        Assert.Equal((FenceFailure.StillOn, told), (failed.Cause, failed.Detail));
    }

    [Fact]
    public void A_reading_that_is_old_when_the_world_has_agreed_is_taken_once_more_and_decides()
    {
        var (fence, again) = ReadsOnceMoreSinceTheLookTookLong();
        _parent.ExpectNoMsg(AWhile);
        Answer(fence, again, PowerOutcome.Off);
        Assert.Contains("read off once more", Assert.IsType<ProveOff>(_parent.ExpectMsg<FenceEnded>(Soon).Result).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reading_on_that_comes_after_the_world_has_agreed_proves_nothing()
    {
        var (fence, again) = ReadsOnceMoreSinceTheLookTookLong();
        Answer(fence, again, PowerOutcome.On);

        Assert.Equal(B, _parent.ExpectMsg<WantOff>(Soon).Device);
    }

    [Fact]
    public void A_device_whose_answers_are_old_when_they_come_is_not_read_for_ever()
    {
        var (fence, again) = ReadsOnceMoreSinceTheLookTookLong();
        FenceEnded? end = null;
        for (var readings = 0; readings < 100 && end is null; readings++)
        {
            Answer(fence, again, PowerOutcome.Off, secondsAgo: 11);
            end = _parent.ReceiveOne(AWhile) as FenceEnded;
            if (end is null) again = _power.FishForMessage<ReadPower>(m => m.Device == B, Soon);
        }

        var failed = Assert.Single(Assert.IsType<FailFence>(end?.Result).Devices);
        Assert.Equal(FenceFailure.TimedOut, failed.Cause);
        Assert.Contains("it reads off, but a reading counts for 10 s", failed.Detail, StringComparison.Ordinal);
    }

    /// <summary>The readings of B are fresh when the look at the world begins, and too old when it ends.</summary>
    private (IActorRef Fence, ReadPower Again) ReadsOnceMoreSinceTheLookTookLong()
    {
        var (fence, lastReadOfA, look) = LooksAtTheWorldWhileABeingReadAgain([new DevicePlace(A, 1), new DevicePlace(B, 1)], olderBy: 5);
        Answer(fence, lastReadOfA, PowerOutcome.Off);
        _parent.ExpectNoMsg(TimeSpan.FromSeconds(6));
        fence.Tell(NothingAnswers(look));
        return (fence, _power.FishForMessage<ReadPower>(m => m.Device == B, Soon));
    }

    /// <summary>Both feeds read off twice, and the first one is being read once more.</summary>
    private (IActorRef Fence, ReadPower LastReadOfA, RunSweep Look) LooksAtTheWorldWhileABeingReadAgain(ImmutableArray<DevicePlace> devices, int olderBy = 3)
    {
        var fence = Fence(C, null);
        AnswerPlan(fence, devices);
        foreach (var device in new[] { A, B })
        {
            var asked = _power.ExpectMsg<ReadIdentity>(m => Assert.Equal(device, m.Device), Soon);
            fence.Tell(new IdentityAnswer(asked.Question, device, new DeviceIdentity.None("a power strip")));
        }

        var (a, b) = (Reads(A), Reads(B));
        Answer(fence, a, PowerOutcome.Off, olderBy + 3);
        Answer(fence, Reads(A), PowerOutcome.Off, olderBy);
        var lastReadOfA = Reads(A);
        Answer(fence, b, PowerOutcome.Off, olderBy + 3);
        Answer(fence, Reads(B), PowerOutcome.Off, olderBy);
        return (fence, lastReadOfA, _prober.ExpectMsg<RunSweep>(Soon));

        ReadPower Reads(string device) => _power.ExpectMsg<ReadPower>(m => Assert.Equal(device, m.Device), Soon);
    }

    private IActorRef Fence(string device, string? identity, HaSettings? settings = null)
    {
        var none = new DeviceMemory { Identified = true };
        var state = HypervisorState.New(Hv1) with
        {
            Phase = HypervisorPhase.Fencing,
            IncidentNumber = 1,
            IncidentOpen = true,
            Attempt = 1,
            Devices = HypervisorState.New(Hv1).Devices.Add(A, none).Add(B, none).Add(device, none with { Identity = identity }),
        };
        var (power, prober, used) = (_power.Ref, _prober.Ref, settings ?? HaSettings.Default);
        return _parent.ChildActorOf(Props.Create(() => new FenceActor(state, power, prober, () => ImmutableArray<MasterDoor>.Empty, used)));
    }

    private void AnswerPlan(IActorRef fence, ImmutableArray<DevicePlace> devices) => fence.Tell(new DevicePlan(_power.ExpectMsg<ReadPlan>(Soon).Question, devices, null));

    private void Answer(IActorRef fence, ReadPower asked, PowerOutcome outcome, int secondsAgo = 0) =>
        fence.Tell(new PowerAnswer(asked.Question, new PowerReading(outcome, Sys.Scheduler.MonotonicClock - TimeSpan.FromSeconds(secondsAgo), ""), asked.Device));

    private static SweepCompleted NothingAnswers(RunSweep look) =>
        new(look.Sweep, [new ProbeOutcome(Hv1, PingFinding.Lost, HealthFinding.NoAnswer, null, null, null, "no answer")], 5000);
}
