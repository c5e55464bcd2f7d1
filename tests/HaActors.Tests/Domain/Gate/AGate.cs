using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;

namespace HaActors.Tests.Domain.Gate;

/// <summary>A lone dead host among nine healthy ones, all facts good; and one way for each check to spoil them.</summary>
internal static class AGate
{
    public static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly HypervisorId Hv1 = new("hv1");
    public static readonly LocationId Dc1 = new("dc1");

    public static readonly GatePolicy Policy = GatePolicy.Default with { QuietSweeps = 0, Witnesses = [new Witness("gw1", null), new Witness("gw2", 443)] };

    public static readonly FenceCandidate Candidate = new(
        Hv1, Dc1, new HaPolicy(), false, MissClass.Unreachable, T0.AddSeconds(-90), "ipmi:a:623", null, 3, true, false);

    public static ProbeOutcome Lost => new(Hv1, PingFinding.Lost, HealthFinding.NoAnswer, null, null, null, "no answer");

    public static ProbeOutcome Passed => Lost with { Ping = PingFinding.Ok, Health = HealthFinding.Ok };

    public static readonly GateEvidence Evidence = new(null, TimeSpan.FromHours(1), false, 10, TimeSpan.FromSeconds(1), Lost, Fleet(HypervisorPhase.Down, 9))
    {
        Witnesses = [new WitnessSaid("gw1", false, "ping lost"), new WitnessSaid("gw2:443", true, null)],
        Opinions = [new MasterOpinion("m1", true, Lost, null), new MasterOpinion("m2", false, Lost, TimeSpan.FromSeconds(11))],
        Fences = [new CountedFence(new HypervisorId("hv3"), TimeSpan.FromMinutes(4)), new CountedFence(new HypervisorId("hv4"), null)],
    };

    /// <summary>For each check one fact that makes it, and as far as possible only it, say no.</summary>
    public static readonly ImmutableDictionary<string, Func<(FenceCandidate C, GateEvidence E), (FenceCandidate C, GateEvidence E)>> Spoilt =
        new Dictionary<string, Func<(FenceCandidate C, GateEvidence E), (FenceCandidate C, GateEvidence E)>>
        {
            [GateChecks.Armed] = x => (x.C, x.E with { ArmedState = "by anna: works on the switch" }),
            [GateChecks.Maintenance] = x => (x.C with { Maintenance = true }, x.E),
            [GateChecks.EvacuationEnabled] = x => (x.C with { Policy = new HaPolicy(EvacuationEnabled: false) }, x.E),
            [GateChecks.AnythingToGain] = x => (x.C with { ToGain = 0 }, x.E),
            [GateChecks.Guard] = x => (x.C with { Policy = x.C.Policy with { ObserveOnly = false }, Unguarded = [new InstanceId("vm1"), new InstanceId("vm2")], Unheard = [new InstanceId("vm3")] }, x.E),
            [GateChecks.FenceDevice] = x => (x.C with { DeviceProblem = "another machine's BMC answers at its address" }, x.E),
            [GateChecks.QuietPeriod] = x => (x.C, x.E with { SinceLeader = TimeSpan.FromSeconds(29) }),
            [GateChecks.ColdStart] = x => (x.C with { SeenPassing = false }, x.E with { ColdStart = true, SinceLeader = TimeSpan.FromMinutes(4) }),
            [GateChecks.WholeSweep] = x => (x.C, x.E with { Sweeps = 0 }),
            [GateChecks.IsItMe] = x => (x.C, x.E with { Witnesses = [new WitnessSaid("gw1", false, "ping lost"), new WitnessSaid("gw2:443", false, "connection refused")] }),
            [GateChecks.JournalWritable] = x => (x.C, x.E with { JournalAge = TimeSpan.FromSeconds(11) }),
            [GateChecks.ShutdownNotice] = x => (x.C with { NoticeUntil = T0.AddMinutes(9) }, x.E),
            [GateChecks.DegradedGrace] = x => (x.C with { Failing = MissClass.Degraded, FailingSince = T0.AddMinutes(-9) }, x.E),
            [GateChecks.CommonCause] = x => (x.C with { Failing = MissClass.Degraded, FailingSince = T0.AddMinutes(-20) }, x.E with { Location = With(x.E.Location, "hv8", m => m with { Phase = HypervisorPhase.Down, Failing = MissClass.Degraded }) }),
            [GateChecks.SecondOpinion] = x => (x.C, x.E with { Opinions = [.. x.E.Opinions, new MasterOpinion("m3", false, Passed, null)] }),
            [GateChecks.Storm] = x => (x.C, x.E with { Location = [.. x.E.Location.Select((m, i) => i is > 0 and < 6 ? m with { Phase = HypervisorPhase.Suspect, Failing = MissClass.Unreachable } : m)] }),
            [GateChecks.FenceWindow] = x => (x.C, x.E with { Fences = [.. x.E.Fences, new CountedFence(new HypervisorId("hv5"), TimeSpan.FromMinutes(1))] }),
            [GateChecks.LastProbe] = x => (x.C, x.E with { LastProbe = null }),
            [GateChecks.ObserveOnly] = x => (x.C with { Policy = x.C.Policy with { ObserveOnly = true } }, x.E),
        }.ToImmutableDictionary();

    public static GateDecision Decide(FenceCandidate candidate, GateEvidence evidence) => FenceGate.Decide(candidate, evidence, Policy, T0);

    public static GateDecision.Withheld No(FenceCandidate candidate, GateEvidence evidence) => (GateDecision.Withheld)Decide(candidate, evidence);

    /// <summary>The candidate as the first, and so many healthy ones.</summary>
    public static ImmutableArray<FleetMember> Fleet(HypervisorPhase candidate, int healthy) =>
        [Member(1, candidate), .. Enumerable.Range(2, healthy).Select(n => Member(n, HypervisorPhase.Healthy))];

    public static ImmutableArray<FleetMember> Fleet(params HypervisorPhase[] phases) => [.. phases.Select((p, i) => Member(i + 1, p))];

    public static ImmutableArray<FleetMember> With(ImmutableArray<FleetMember> fleet, string id, Func<FleetMember, FleetMember> change) =>
        [.. fleet.Select(m => m.Id.Value == id ? change(m) : m)];

    private static FleetMember Member(int n, HypervisorPhase phase) => new(new HypervisorId($"hv{n}"), phase, true, false, 0, true, true)
    {
        Failing = phase is HypervisorPhase.Healthy or HypervisorPhase.Unknown ? null : MissClass.Unreachable,
        FailingSince = phase is HypervisorPhase.Healthy or HypervisorPhase.Unknown ? null : T0.AddSeconds(-90),
    };
}
