using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;
using Xunit;
using static HaActors.Tests.Domain.Gate.AGate;
using HostLoad = HaActors.Domain.Placement.HostLoad;
using Placer = HaActors.Domain.Placement.Placer;

namespace HaActors.Tests.Domain.Gate;

public sealed class FenceGateTests
{
    [Fact]
    public void A_lone_dead_host_is_permitted() => Assert.IsType<GateDecision.Permitted>(Decide(Candidate, Evidence));

    public static TheoryData<string, FenceCandidate, GateEvidence> Withheld => new()
    {
        { GateChecks.AnythingToGain, Candidate, Evidence with { Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Unknown) } },
        { GateChecks.FenceDevice, Candidate with { Device = null }, Evidence },
        { GateChecks.FenceDevice, Candidate with { DeviceProblem = "it read off and hv2 contradicted that" }, Evidence },
        { GateChecks.IsItMe, Candidate, Evidence with { Witnesses = [] } },
        { GateChecks.IsItMe, Candidate, Evidence with { MastersUnreachable = ["m2:4053"] } },
        { GateChecks.JournalWritable, Candidate, Evidence with { JournalAge = null } },
        { GateChecks.CommonCause, Degraded, Evidence with { Location = With(Evidence.Location, "hv7", m => m with { AgentChangedAt = T0.AddMinutes(-59) }) } },
        { GateChecks.CommonCause, Degraded, Evidence with { Location = With(Evidence.Location, "hv7", m => m with { Phase = HypervisorPhase.Suspect }) } },
        { GateChecks.SecondOpinion, Candidate, Evidence with { Opinions = [new MasterOpinion("m2", false, Lost, TimeSpan.FromSeconds(9))] } },
        { GateChecks.SecondOpinion, Candidate, Evidence with { Opinions = [new MasterOpinion("m1", true, Lost, TimeSpan.FromSeconds(9))] } },
        { GateChecks.Storm, Candidate, Evidence with { Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Suspect, HypervisorPhase.Healthy) } },
        { GateChecks.Storm, Candidate, Evidence with { Location = With(Evidence.Location, "hv2", m => m with { Fresh = false }) } },
        { GateChecks.Storm, Candidate, Evidence with { Storm = new StormFacts(T0.AddMinutes(-20), TimeSpan.FromMinutes(4)) } },
        { GateChecks.Storm, Candidate, Evidence with { Storm = new StormFacts(T0.AddMinutes(-20), null) } },
        { GateChecks.LastProbe, Candidate, Evidence with { LastProbe = Passed } },
        { GateChecks.LastProbe, Candidate, Evidence with { LastProbe = Lost with { Health = HealthFinding.WrongHost } } },
        { GateChecks.ObserveOnly, Candidate with { Policy = new HaPolicy(ObserveOnly: true) }, Evidence },
        { GateChecks.ObserveOnly, Candidate with { Policy = new HaPolicy(ObserveOnly: true), Order = true }, Evidence },
    };

    private static FenceCandidate Degraded => Candidate with { Failing = MissClass.Degraded, FailingSince = T0.AddMinutes(-20) };

    [Theory]
    [MemberData(nameof(Withheld), DisableDiscoveryEnumeration = true)]
    public void Each_check_withholds_by_its_name_and_says_which_hypervisor(string check, FenceCandidate candidate, GateEvidence evidence)
    {
        var no = Assert.IsType<GateDecision.Withheld>(Decide(candidate, evidence));
        Assert.Equal(check, no.Check);
        Assert.Contains("hv1", no.Reason, StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(no.Again.When));
    }

    [Fact]
    public void What_time_decides_says_when()
    {
        var degraded = Candidate with { Failing = MissClass.Degraded, FailingSince = T0.AddMinutes(-9) };
        Assert.Equal(T0.AddMinutes(1), No(degraded, Evidence).Again.At);
        Assert.Equal(T0.AddSeconds(1), No(Candidate, Evidence with { SinceLeader = TimeSpan.FromSeconds(29) }).Again.At);
        Assert.Equal(T0.AddMinutes(1), No(Candidate with { SeenPassing = false }, Evidence with { ColdStart = true, SinceLeader = TimeSpan.FromMinutes(4) }).Again.At);
        Assert.Equal(T0.AddMinutes(1), No(Candidate, Evidence with { Storm = new StormFacts(T0.AddHours(-1), TimeSpan.FromMinutes(4)) }).Again.At);
        Assert.Equal(T0.AddMinutes(1), No(Degraded, Evidence with { Location = With(Evidence.Location, "hv7", m => m with { AgentChangedAt = T0.AddMinutes(-59) }) }).Again.At);
        Assert.Null(No(Candidate, Evidence with { ArmedState = "by anna" }).Again.At);
    }

    [Fact]
    public void Without_a_configured_witness_the_question_is_not_asked() => Assert.IsType<GateDecision.Permitted>(
        FenceGate.Decide(Candidate, Evidence with { Witnesses = [] }, GatePolicy.Default, T0));

    [Fact]
    public void A_lone_degraded_host_is_fenced_after_its_grace() => Assert.IsType<GateDecision.Permitted>(Decide(Degraded, Evidence));

    [Fact]
    public void A_degraded_host_waits_for_no_unreachable_one() => Assert.IsType<GateDecision.Permitted>(
        Decide(Degraded, Evidence with { Location = With(Evidence.Location, "hv7", m => m with { Phase = HypervisorPhase.Down, Failing = MissClass.Unreachable }) }));

    [Fact]
    public void An_unreachable_host_is_fenced_whatever_the_agents_of_others_do() => Assert.IsType<GateDecision.Permitted>(
        Decide(Candidate, Evidence with { Location = With(Evidence.Location, "hv7", m => m with { Phase = HypervisorPhase.Down, Failing = MissClass.Degraded, AgentChangedAt = T0 }) }));

    [Fact]
    public void No_answer_is_no_opinion() => Assert.IsType<GateDecision.Permitted>(
        Decide(Candidate, Evidence with { Opinions = [new MasterOpinion("m1", true, Lost, null), new MasterOpinion("m2", false, null, null)] }));

    [Fact]
    public void Half_of_a_location_is_no_storm_yet() => Assert.IsType<GateDecision.Permitted>(
        Decide(Candidate, Evidence with { Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Down, HypervisorPhase.Healthy, HypervisorPhase.Healthy) }));

    [Fact]
    public void One_of_two_is_no_storm_although_it_is_half_of_the_site() => Assert.IsType<GateDecision.Permitted>(
        FenceGate.Decide(Candidate, Evidence with { Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Healthy), Fences = [] }, Policy with { StormPercent = 1 }, T0));

    [Fact]
    public void What_is_evacuated_unknown_or_in_maintenance_counts_in_no_storm()
    {
        var members = Fleet(HypervisorPhase.Down, HypervisorPhase.Healthy, HypervisorPhase.Evacuated, HypervisorPhase.Unknown, HypervisorPhase.Evacuated)
            .Add(new FleetMember(new HypervisorId("m"), HypervisorPhase.Down, true, true, 3, true, true));
        Assert.IsType<GateDecision.Permitted>(Decide(Candidate, Evidence with { Location = members }));
    }

    [Fact]
    public void What_fails_already_need_not_be_probed_again_and_what_counts_not_neither()
    {
        var members = Fleet(HypervisorPhase.Down, HypervisorPhase.Suspect, HypervisorPhase.Evacuated, HypervisorPhase.Healthy, HypervisorPhase.Healthy);
        Assert.IsType<GateDecision.Permitted>(Decide(Candidate, Evidence with { Location = [.. members.Select(m => m with { Fresh = m.Phase == HypervisorPhase.Healthy })] }));
    }

    [Fact]
    public void An_override_lets_a_storm_pass_until_its_end_and_the_window_still_limits()
    {
        var storm = Evidence with { Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Down, HypervisorPhase.Healthy), Storm = new StormFacts(T0, null) };
        var word = new StormOverridden(Dc1, "anna", "the rack is known to be dead", T0.AddMinutes(1), T0.AddMinutes(-1));
        Assert.IsType<GateDecision.Permitted>(Decide(Candidate, storm with { Override = word }));
        Assert.Equal(GateChecks.Storm, ((GateDecision.Withheld)FenceGate.Decide(Candidate, storm with { Override = word }, Policy, T0.AddMinutes(1))).Check);
        Assert.Equal(GateChecks.FenceWindow, No(Candidate, storm with { Override = word, Fences = [.. Evidence.Fences, new CountedFence(new HypervisorId("hv9"), null)] }).Check);
    }

    [Fact]
    public void An_order_passes_storm_quiet_period_and_grace_but_never_the_disarm()
    {
        var ordered = Candidate with { Order = true, Failing = MissClass.Degraded, FailingSince = T0 };
        var night = Evidence with { SinceLeader = TimeSpan.FromSeconds(5), Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Down, HypervisorPhase.Down), LastProbe = null };
        Assert.IsType<GateDecision.Permitted>(Decide(ordered, night));
        Assert.IsType<GateDecision.Permitted>(Decide(ordered, night with { Fences = [.. Enumerable.Range(2, 9).Select(n => new CountedFence(new HypervisorId($"hv{n}"), null))] }));
        Assert.Equal(GateChecks.Armed, No(ordered, night with { ArmedState = "by anna" }).Check);
        Assert.Equal(GateChecks.FenceDevice, No(ordered with { Device = null }, night).Check);
        Assert.Equal(GateChecks.FenceDevice, No(ordered with { DeviceProblem = "it is another machine's" }, night).Check);
        Assert.Equal(GateChecks.IsItMe, No(ordered, night with { Witnesses = [] }).Check);
        Assert.Equal(GateChecks.JournalWritable, No(ordered, night with { JournalAge = null }).Check);
    }

    private static readonly InstanceNeed Vm1 = new(new InstanceId("vm1"), 8, 4096, [new DatastoreId("san"), new DatastoreId("fast")]);

    private static readonly InstanceNeed Vm2 = Vm1 with { Id = new InstanceId("vm2"), MemoryMiB = 1024 };

    /// <summary>hv2 with 4 processors and memory for one guest of 4 GiB, where one of 1 GiB runs; all others healthy, without a datastore.</summary>
    private static GateEvidence OnlyHv2(Func<FleetMember, FleetMember>? change = null) => Evidence with
    {
        Location = With(Evidence.Location, "hv2", m => (change ?? (x => x))(m with
        {
            Datastores = [.. Vm1.Datastores],
            Load = new HostLoad(2048 + 4096 + 1024 + (2 * Placer.GuestOverheadMiB), 4, true, 1, 1024, 8),
        })),
    };

    [Fact]
    public void What_starts_nowhere_else_now_is_no_gain_and_one_that_does_is_enough()
    {
        var needy = Candidate with { ToGain = 1, Needs = [Vm1], ReadsOff = false };
        Assert.IsType<GateDecision.Permitted>(Decide(needy, OnlyHv2()));
        Withholds("reaches all disks of its instance", needy, OnlyHv2(m => m with { Datastores = [Vm1.Datastores[0]] }));
        Withholds("has room for its instance now", needy, OnlyHv2(m => m with { Load = m.Load! with { UsedMemoryMiB = 1025 } }));
        Withholds("has room for its instance now", needy, OnlyHv2(m => m with { Load = m.Load! with { UsedVcpus = 9 } }));
        // Room without the disks, and the disks without room: neither of the two is a destination.
        Withholds("has room for its instance now", needy, OnlyHv2(m => m with { Load = m.Load! with { UsedMemoryMiB = 1025 } }) is var e ? e with
        {
            Location = With(e.Location, "hv3", m => m with { Load = new HostLoad(65536, 64, true, 0, 0, 0) }),
        } : e);
        Withholds("could take its 1 instance", needy, OnlyHv2() with { Location = [.. OnlyHv2().Location.Select(m => m with { CanReceive = false })] });
        Withholds("reaches all disks of its instance", needy, OnlyHv2(m => m with { CanReceive = false }));
        Withholds("reaches all disks of its instance", needy, OnlyHv2(m => m with { Maintenance = true }));

        var two = needy with { ToGain = 2, Needs = [Vm1, Vm2] };
        Assert.IsType<GateDecision.Permitted>(Decide(two, OnlyHv2(m => m with { Load = m.Load! with { UsedMemoryMiB = 4096 } })));
        Withholds("has room for any of its 2 instances", two, OnlyHv2(m => m with { Load = m.Load! with { UsedMemoryMiB = 4097 } }));
        // The disks of both lie nowhere that an agent knows.
        Withholds("reaches all disks of any of its 2 instances", two with { Needs = [] }, OnlyHv2());

        // Off already: nothing can be lost by proving it, if somebody answers to compare with.
        var full = OnlyHv2(m => m with { Load = m.Load! with { UsedVcpus = 9 } });
        Assert.IsType<GateDecision.Permitted>(Decide(needy with { ReadsOff = true }, full));
        Assert.True(No(needy with { ReadsOff = null }, full).Transient);
        Assert.False(No(needy, full).Transient);
        Assert.False(No(needy with { ReadsOff = true }, full with { Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Unknown) }).Transient);

        static void Withholds(string reason, FenceCandidate candidate, GateEvidence evidence)
        {
            var no = No(candidate, evidence);
            Assert.Equal(GateChecks.AnythingToGain, no.Check);
            Assert.Contains(reason, no.Reason, StringComparison.Ordinal);
            Assert.IsType<GateDecision.Permitted>(Decide(candidate with { Order = true }, evidence));
        }
    }

    /// <summary>A master of another version does not count it, and what nobody counted holds nothing up.</summary>
    [Fact]
    public void Where_nobody_counted_the_room_the_start_itself_finds_out()
    {
        Assert.IsType<GateDecision.Permitted>(Decide(Candidate, OnlyHv2(m => m with { Datastores = [] })));
        Assert.IsType<GateDecision.Permitted>(Decide(Candidate with { ToGain = 1, Needs = [Vm1] }, OnlyHv2(m => m with { Load = null })));
    }

    [Fact]
    public void What_it_says_of_room_names_who_else_could_be_gained_and_offers_no_order_that_would_be_refused()
    {
        var small = new InstanceId("small");
        var full = OnlyHv2(m => m with { Load = m.Load! with { UsedVcpus = 9 } });
        var needy = Candidate with { ToGain = 2, Needs = [Vm1], ReadsOff = false };
        Assert.Contains("room for its instance now", No(needy with { Unguarded = [small] }, full).Reason, StringComparison.Ordinal);
        Assert.Contains("small it may start by itself when it boots", No(needy with { Unguarded = [small] }, full).Reason, StringComparison.Ordinal);
        Assert.Contains("it needs 4352 MiB and 8 vCPU on hv2", No(needy with { Unguarded = [small] }, full).Reason, StringComparison.Ordinal);
        Assert.True(No(needy with { Unheard = [small] }, full).Transient);

        Assert.Contains("or order its fence", No(needy, full).Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("order its fence", No(needy with { Device = null }, full).Reason, StringComparison.Ordinal);
        Assert.Contains("it read on", No(needy with { DeviceProblem = "it read on" }, full).Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("order its fence", No(needy with { Policy = new HaPolicy(ObserveOnly: true) }, full).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_permit_says_whose_room_it_is_for()
    {
        Assert.Equal(new PromisedRoom(new HypervisorId("hv2"), Vm1), ((GateDecision.Permitted)Decide(Candidate with { ToGain = 1, Needs = [Vm1] }, OnlyHv2())).For);
        Assert.Null(((GateDecision.Permitted)Decide(Candidate with { ToGain = 1, Needs = [Vm1], Order = true }, OnlyHv2())).For);
    }

    [Fact]
    public void Of_what_nothing_guards_the_next_check_tells() => Assert.Equal(
        GateChecks.Guard, No(Candidate with { ToGain = 1, Needs = [], Unguarded = [Vm1.Id] }, OnlyHv2()).Check);

    [Fact]
    public void What_its_next_boot_may_start_is_no_gain_and_is_named()
    {
        ImmutableArray<InstanceId> two = [new("vm1"), new("vm2")];
        var no = No(Candidate with { ToGain = 2, Unguarded = two }, Evidence);
        Assert.Equal((GateChecks.Guard, false), (no.Check, no.Transient));
        Assert.Contains("vm1, vm2", no.Reason, StringComparison.Ordinal);
        Assert.Contains("cannotStartOn", no.Reason, StringComparison.Ordinal);
        Assert.Equal(GateChecks.Guard, No(Degraded with { ToGain = 2, Unguarded = two }, Evidence).Check);

        Assert.IsType<GateDecision.Permitted>(Decide(Candidate with { ToGain = 3, Unguarded = two }, Evidence));
        Assert.IsType<GateDecision.Permitted>(Decide(Candidate with { ToGain = 2, Unguarded = two, Order = true }, Evidence));
        // Who only observes tells no agent anything, and would have.
        Assert.Equal(GateChecks.ObserveOnly, No(Candidate with { ToGain = 2, Unguarded = two, Policy = new HaPolicy(ObserveOnly: true) }, Evidence).Check);
    }

    [Fact]
    public void Who_was_not_heard_is_no_gain_for_now()
    {
        var no = No(Candidate with { ToGain = 2, Unguarded = [new("vm1")], Unheard = [new("vm2")] }, Evidence);
        Assert.Equal((GateChecks.Guard, true), (no.Check, no.Transient));
        Assert.IsType<GateDecision.Permitted>(Decide(Candidate with { ToGain = 3, Unguarded = [new("vm1")], Unheard = [new("vm2")] }, Evidence));
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(40, 3)]
    [InlineData(60, 3)]
    [InlineData(61, 4)]
    [InlineData(1000, 50)]
    public void By_default_five_percent_of_a_location_and_at_least_three_are_fenced_in_a_window(int hypervisors, int limit) =>
        Assert.Equal(limit, GatePolicy.Default.MaxFencesOf(hypervisors));

    [Fact]
    public void A_full_window_queues_tells_the_place_and_when_it_opens()
    {
        var full = Evidence with { Fences = [Fenced("hv3", 4), Fenced("hv4", 3), Fenced("hv5", 1)] };
        var no = No(Candidate, full);
        Assert.Equal(GateChecks.FenceWindow, no.Check);
        Assert.Equal(T0.AddMinutes(1), no.Again.At);
        Assert.Contains("number 1", no.Reason, StringComparison.Ordinal);

        // An older one of the queue goes first: it takes the first place that opens.
        var older = full with { Location = With(full.Location, "hv8", m => m with { Phase = HypervisorPhase.Down, Failing = MissClass.Unreachable, FailingSince = T0.AddMinutes(-9), WithheldBy = GateChecks.FenceWindow }) };
        var second = No(Candidate, older);
        Assert.Equal(T0.AddMinutes(2), second.Again.At);
        Assert.Contains("number 2", second.Reason, StringComparison.Ordinal);
        Assert.Equal(GateChecks.FenceWindow, No(Candidate, older with { Fences = [Fenced("hv4", 3), Fenced("hv5", 1)] }).Check);
        Assert.IsType<GateDecision.Permitted>(Decide(Candidate, older with { Fences = [Fenced("hv5", 1)] }));
    }

    [Fact]
    public void A_queue_longer_than_the_window_has_places_for_opens_later()
    {
        var queue = Fleet(HypervisorPhase.Down, 9).Select((m, i) => i is > 0 and < 6
            ? m with { Phase = HypervisorPhase.Down, Failing = MissClass.Unreachable, FailingSince = T0.AddMinutes(-9), WithheldBy = GateChecks.FenceWindow }
            : m).ToImmutableArray();
        var no = (GateDecision.Withheld)FenceGate.Decide(Candidate, Evidence with { Location = queue, Fences = [] }, Policy with { StormPercent = 100 }, T0);
        Assert.Equal(GateChecks.FenceWindow, no.Check);
        Assert.Null(no.Again.At);
    }

    [Fact]
    public void A_retry_of_one_that_is_counted_waits_for_no_window() => Assert.IsType<GateDecision.Permitted>(
        Decide(Candidate with { OffSent = true }, Evidence with { Fences = [Fenced("hv3", 4), Fenced("hv4", 3), Fenced("hv5", 1)] }));

    private static CountedFence Fenced(string id, int minutesAgo) => new(new HypervisorId(id), TimeSpan.FromMinutes(minutesAgo));
}
