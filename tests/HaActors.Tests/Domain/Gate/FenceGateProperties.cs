using System.Collections.Immutable;
using CsCheck;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using Xunit;
using static HaActors.Tests.Domain.Gate.AGate;

namespace HaActors.Tests.Domain.Gate;

/// <summary>What holds for any facts, not for those that somebody thought of.</summary>
public sealed class FenceGateProperties
{
    private static readonly Gen<bool[]> Choices = Gen.Bool.Array[GateChecks.InOrder.Length];

    [Fact]
    public void Every_check_can_be_spoilt_alone_and_then_it_is_the_one_that_withholds()
    {
        Assert.Equal(GateChecks.InOrder.Order(), Spoilt.Keys.Order());
        Assert.All(GateChecks.InOrder, check =>
        {
            var (c, e) = Spoilt[check]((Candidate, Evidence));
            Assert.Equal(check, No(c, e).Check);
        });
    }

    /// <summary>Any one bad fact is enough, and of several the first check in the documented order answers.</summary>
    [Fact]
    public void The_first_spoilt_check_in_the_documented_order_answers_whatever_else_is_spoilt() => Choices.Sample(chosen =>
    {
        var spoilt = GateChecks.InOrder.Where((_, i) => chosen[i]).ToArray();
        // The earlier check's fact is spoilt last, so that it stands.
        var (c, e) = spoilt.Reverse().Aggregate((Candidate, Evidence), (x, check) => Spoilt[check](x));
        var decision = Decide(c, e);
        if (spoilt.Length == 0)
        {
            Assert.IsType<GateDecision.Permitted>(decision);
        }
        else
        {
            Assert.Equal(spoilt[0], Assert.IsType<GateDecision.Withheld>(decision).Check);
        }
    }, iter: 20_000);

    /// <summary>A lone dead host with all facts good is fenced, whatever the size of its site and the rest of the numbers.</summary>
    [Fact]
    public void A_lone_dead_host_is_never_held_up_for_ever() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[0, 120], Gen.Int[1, 100], Gen.Int[0, 20]).Sample((healthy, evacuated, percent, sweeps) =>
        {
            var location = Fleet(HypervisorPhase.Down, healthy).AddRange(Enumerable.Range(0, evacuated).Select(n =>
                new FleetMember(new HypervisorId($"gone{n}"), HypervisorPhase.Evacuated, true, false, 3, true, false)));
            var evidence = Evidence with { Location = location, Sweeps = 1 + sweeps, Fences = [] };
            Assert.IsType<GateDecision.Permitted>(FenceGate.Decide(Candidate, evidence, Policy with { StormPercent = percent }, T0));
        }, iter: 2_000);

    /// <summary>The gate asked at random moments by hosts that die at random: no window ever holds more fences than the limit.</summary>
    [Fact]
    public void No_window_holds_more_fences_than_the_limit() =>
        Gen.Select(Gen.Int[1, 5], Gen.Select(Gen.Int[1, 30], Gen.Int[1, 90]).Array[1, 200]).Sample((limit, asks) =>
        {
            var policy = Policy with { MaxFences = limit, StormPercent = 100 };
            var now = T0;
            var sent = new Dictionary<HypervisorId, DateTimeOffset>();
            foreach (var (host, seconds) in asks)
            {
                now += TimeSpan.FromSeconds(seconds);
                var candidate = Candidate with { Id = new HypervisorId($"hv{host}"), FailingSince = now };
                var fences = sent.Where(s => s.Key != candidate.Id && now - s.Value < policy.MaxFencesWindow).Select(s => new CountedFence(s.Key, now - s.Value)).ToImmutableArray();
                if (FenceGate.Decide(candidate, Evidence with { Location = Fleet(HypervisorPhase.Healthy, 30), Fences = fences }, policy, now) is GateDecision.Permitted)
                {
                    sent[candidate.Id] = now;
                }

                Assert.InRange(sent.Values.Count(at => now - at < policy.MaxFencesWindow), 0, limit);
            }
        }, iter: 2_000);

    /// <summary>A storm depends on those who count, and on nothing else.</summary>
    [Fact]
    public void One_failing_host_is_never_a_storm_and_all_of_two_or_more_always_are() =>
        Gen.Select(Gen.Int[2, 100], Gen.Int[1, 99]).Sample((n, percent) =>
        {
            var policy = Policy with { StormPercent = percent };
            Assert.False(GateRules.IsStorm(GateRules.Count(Fleet(HypervisorPhase.Down, n)), policy));
            Assert.True(GateRules.IsStorm(GateRules.Count(Fleet([.. Enumerable.Repeat(HypervisorPhase.Suspect, n)])), policy));
        });

    /// <summary>An answer of the host itself withholds in every combination of the rest, but for an operator's order.</summary>
    [Fact]
    public void A_host_that_answers_any_master_is_never_fenced_by_itself() => Gen.Select(Choices, Gen.Int[0, 3]).Sample((chosen, how) =>
    {
        var (c, e) = GateChecks.InOrder.Where((_, i) => chosen[i]).Reverse().Aggregate((Candidate, Evidence), (x, check) => Spoilt[check](x));
        e = how switch
        {
            0 => e with { LastProbe = Passed },
            1 => e with { Opinions = [new MasterOpinion("m1", true, Lost, TimeSpan.FromSeconds(9.9))] },
            2 => e with { Opinions = [new MasterOpinion("m2", false, Passed, null)] },
            _ => e with { Opinions = [new MasterOpinion("m2", false, Lost, TimeSpan.FromSeconds(9.9))] },
        };
        Assert.IsType<GateDecision.Withheld>(Decide(c, e));
    }, iter: 5_000);
}
