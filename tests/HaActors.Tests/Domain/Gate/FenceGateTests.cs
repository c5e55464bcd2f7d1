using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;
using Xunit;

namespace HaActors.Tests.Domain.Gate;

public sealed class FenceGateTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly HypervisorId Hv1 = new("hv1");

    private static readonly FenceCandidate Candidate = new(
        Hv1, new LocationId("dc1"), new HaPolicy(), false, MissClass.Unreachable, T0.AddSeconds(-90), "ipmi:a:623", null, 3, true, false);

    private static readonly GateEvidence Evidence = new(
        null, TimeSpan.FromHours(1), false, 10, TimeSpan.FromSeconds(1), Lost, Fleet(HypervisorPhase.Down, HypervisorPhase.Healthy, HypervisorPhase.Healthy), true);

    private static ProbeOutcome Lost => new(Hv1, PingFinding.Lost, HealthFinding.NoAnswer, null, null, null, "no answer");

    [Fact]
    public void A_lone_dead_host_is_permitted() => Assert.IsType<GateDecision.Permitted>(Decide(Candidate, Evidence));

    public static TheoryData<string, FenceCandidate, GateEvidence> Withheld => new()
    {
        { GateChecks.Armed, Candidate, Evidence with { ArmedState = "by anna: works on the switch" } },
        { GateChecks.Maintenance, Candidate with { Maintenance = true }, Evidence },
        { GateChecks.EvacuationEnabled, Candidate with { Policy = new HaPolicy(EvacuationEnabled: false) }, Evidence },
        { GateChecks.AnythingToGain, Candidate with { ToGain = 0 }, Evidence },
        { GateChecks.AnythingToGain, Candidate, Evidence with { Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Unknown) } },
        { GateChecks.FenceDevice, Candidate with { Device = null }, Evidence },
        { GateChecks.FenceDevice, Candidate with { DeviceProblem = "it read off and hv2 contradicted that" }, Evidence },
        { GateChecks.QuietPeriod, Candidate, Evidence with { SinceLeader = TimeSpan.FromSeconds(29) } },
        { GateChecks.QuietPeriod, Candidate, Evidence with { Sweeps = 1 } },
        { GateChecks.ColdStart, Candidate with { SeenPassing = false }, Evidence with { ColdStart = true, SinceLeader = TimeSpan.FromMinutes(4) } },
        { GateChecks.JournalWritable, Candidate, Evidence with { JournalAge = null } },
        { GateChecks.JournalWritable, Candidate, Evidence with { JournalAge = TimeSpan.FromSeconds(11) } },
        { GateChecks.DegradedGrace, Candidate with { Failing = MissClass.Degraded, FailingSince = T0.AddMinutes(-9) }, Evidence },
        { GateChecks.Storm, Candidate, Evidence with { Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Suspect, HypervisorPhase.Healthy) } },
        { GateChecks.Storm, Candidate, Evidence with { MembersFresh = false } },
        { GateChecks.LastProbe, Candidate, Evidence with { LastProbe = null } },
        { GateChecks.LastProbe, Candidate, Evidence with { LastProbe = Lost with { Health = HealthFinding.Ok } } },
        { GateChecks.LastProbe, Candidate, Evidence with { LastProbe = Lost with { Health = HealthFinding.WrongHost } } },
    };

    [Theory]
    [MemberData(nameof(Withheld), DisableDiscoveryEnumeration = true)]
    public void Each_check_withholds_by_its_name_and_says_which_hypervisor(string check, FenceCandidate candidate, GateEvidence evidence)
    {
        var no = Assert.IsType<GateDecision.Withheld>(Decide(candidate, evidence));
        Assert.Equal(check, no.Check);
        Assert.Contains("hv1", no.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_of_a_location_is_no_storm_yet() => Assert.IsType<GateDecision.Permitted>(
        Decide(Candidate, Evidence with { Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Down, HypervisorPhase.Healthy, HypervisorPhase.Healthy) }));

    [Fact]
    public void What_is_evacuated_unknown_or_in_maintenance_counts_in_no_storm()
    {
        var members = Fleet(HypervisorPhase.Down, HypervisorPhase.Healthy, HypervisorPhase.Evacuated, HypervisorPhase.Unknown, HypervisorPhase.Evacuated)
            .Add(new FleetMember(new HypervisorId("m"), HypervisorPhase.Down, true, true, 3, true));
        Assert.IsType<GateDecision.Permitted>(Decide(Candidate, Evidence with { Location = members }));
    }

    [Fact]
    public void An_order_passes_storm_quiet_period_and_grace_but_never_the_disarm()
    {
        var ordered = Candidate with { Order = true, Failing = MissClass.Degraded, FailingSince = T0 };
        var night = Evidence with { SinceLeader = TimeSpan.FromSeconds(5), Location = Fleet(HypervisorPhase.Down, HypervisorPhase.Down, HypervisorPhase.Down), LastProbe = null };
        Assert.IsType<GateDecision.Permitted>(Decide(ordered, night));
        Assert.Equal(GateChecks.Armed, Assert.IsType<GateDecision.Withheld>(Decide(ordered, night with { ArmedState = "by anna" })).Check);
        Assert.Equal(GateChecks.FenceDevice, Assert.IsType<GateDecision.Withheld>(Decide(ordered with { Device = null }, night)).Check);
    }

    private static GateDecision Decide(FenceCandidate candidate, GateEvidence evidence) => FenceGate.Decide(candidate, evidence, GatePolicy.Default, T0);

    private static ImmutableArray<FleetMember> Fleet(params HypervisorPhase[] phases) =>
        [.. phases.Select((p, i) => new FleetMember(new HypervisorId($"hv{i + 1}"), p, true, false, 0, true))];
}
