using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;
using Xunit;

namespace HaActors.Tests.Domain.Hypervisors;

/// <summary>The table of what a probe means, cell by cell, and what follows from misses in a row.</summary>
public sealed class ProbeMatrixTests
{
    private static readonly HypervisorId Hv1 = new("hv1");
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly OperatorAct Anna = new("anna", "looked at it", T0);

    [Theory]
    [InlineData(PingFinding.Ok, HealthFinding.Ok, true)]
    [InlineData(PingFinding.Lost, HealthFinding.Ok, true)]
    [InlineData(PingFinding.Unavailable, HealthFinding.Ok, true)]
    [InlineData(PingFinding.Ok, HealthFinding.NoAnswer, false)]
    [InlineData(PingFinding.Ok, HealthFinding.Unhealthy, false)]
    [InlineData(PingFinding.Ok, HealthFinding.WrongHost, false)]
    [InlineData(PingFinding.Lost, HealthFinding.WrongHost, false)]
    public void Only_the_agent_of_the_known_host_passes(PingFinding ping, HealthFinding health, bool passes) => Assert.Equal(passes, Found(ping, health).Passed);

    [Theory]
    [InlineData(PingFinding.Lost, true, MissClass.Unreachable)]
    [InlineData(PingFinding.Lost, false, MissClass.Degraded)] // ping never worked there, or not in the last 20 passes
    [InlineData(PingFinding.Ok, true, MissClass.Degraded)]
    [InlineData(PingFinding.Ok, false, MissClass.Degraded)]
    [InlineData(PingFinding.Unavailable, true, MissClass.Degraded)] // this master can't ping
    [InlineData(PingFinding.Unavailable, false, MissClass.Degraded)]
    public void Only_a_lost_ping_where_ping_works_makes_it_unreachable(PingFinding ping, bool evidence, MissClass expected) =>
        Assert.Equal(expected, ProbeReading.ClassOf(Found(ping, HealthFinding.NoAnswer), evidence));

    [Theory]
    [InlineData(PingFinding.Lost, true)]
    [InlineData(PingFinding.Ok, true)]
    [InlineData(PingFinding.Lost, false)]
    public void Who_answers_at_all_is_not_unreachable(PingFinding ping, bool evidence) =>
        Assert.Equal(MissClass.Degraded, ProbeReading.ClassOf(Found(ping, HealthFinding.Unhealthy), evidence));

    [Fact]
    public void The_first_answered_ping_makes_it_evidence_and_twenty_passes_without_take_that_back()
    {
        var state = Run(HypervisorState.New(Hv1), Pass(0) with { PingWorked = false });
        Assert.False(state.PingIsEvidence);
        state = Run(state, Pass(1));
        Assert.True(state.PingIsEvidence);
        state = Run(state, Pass(2) with { PingWorked = false });
        Assert.True(state.PingIsEvidence);
        state = Run(state, Pass(3) with { PingWorked = false, PingGone = true });
        Assert.False(state.PingIsEvidence);
    }

    [Fact]
    public void Another_host_is_told_once_until_it_passes_and_counts_nothing()
    {
        var state = Run(Healthy(), new SeeWrongHost("hv2 answers", T0));
        Assert.Equal((HypervisorPhase.Healthy, 0, true), (state.Phase, state.Misses, state.WrongHost));
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, new SeeWrongHost("hv2 answers", T0)));
        Assert.False(Run(state, Pass(1)).WrongHost);
    }

    [Theory]
    [InlineData(3, 9, false)]
    [InlineData(3, 10, true)]
    [InlineData(9, 9, false)]
    [InlineData(2, 60, false)]
    public void However_many_misses_it_is_not_down_before_the_least_silence(int misses, int seconds, bool down)
    {
        var state = Healthy();
        for (var n = 1; n < misses; n++)
        {
            state = Run(state, Missed(n) with { MinSilence = TimeSpan.FromSeconds(10), Silence = TimeSpan.Zero });
        }

        state = Run(state, Missed(misses) with { MinSilence = TimeSpan.FromSeconds(10), Silence = TimeSpan.FromSeconds(seconds) });
        Assert.Equal((down ? HypervisorPhase.Down : HypervisorPhase.Suspect, misses), (state.Phase, state.Misses));
    }

    [Fact]
    public void Three_failures_within_an_hour_are_a_quarantine()
    {
        var state = Down(Down(Healthy(), 0), 1000);
        Assert.Null(state.QuarantinedUntil);
        var third = Down(state, 3000);
        Assert.Equal(T0.AddSeconds(3003) + Flapping.Quarantine, third.QuarantinedUntil);
        Assert.Equal(HypervisorPhase.Healthy, third.Phase);
        Assert.Null(Down(state, 3700).QuarantinedUntil); // the first one is more than an hour ago

        // A fourth prolongs it and is not told again.
        var events = Accepted(HypervisorDecider.Decide(Run(third, Missed(3101), Missed(3102)), Missed(3103)));
        Assert.False(events.OfType<Quarantined>().Single().IsNews);

        var released = Run(third, new Release(Anna, T0.AddSeconds(3200)));
        Assert.Equal((null, 0), (released.QuarantinedUntil, released.Downs.Length));
        Assert.Null(Down(released, 3300).QuarantinedUntil);
    }

    [Fact]
    public void What_was_planned_is_no_failure_of_its_own()
    {
        var ordered = Run(Healthy(), new OrderFence(Anna, T0));
        Assert.Empty(ordered.Downs);
        Assert.Empty(Down(Run(Healthy(), new SetMaintenance(true, Anna, T0)), 10).Downs);
        Assert.Empty(Run(Healthy(), new TakeNotice("uuid-1", "boot-1", T0), Missed(1), Missed(2), Missed(3)).Downs);
        Assert.Single(Run(Healthy(), Pass(1, "boot-2")).Downs); // it rebooted by itself
    }

    [Fact]
    public void What_is_remembered_of_failures_stays_small()
    {
        var state = Healthy();
        for (var n = 0; n < 50; n++) state = Down(state, n * 10);
        Assert.Equal(Flapping.Downs, state.Downs.Length);
    }

    [Fact]
    public void A_notice_counts_once_for_its_boot()
    {
        var state = Run(Healthy(), new TakeNotice("uuid-1", "boot-1", T0));
        Assert.NotNull(state.Notice);
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, new TakeNotice("uuid-1", "boot-1", T0.AddMinutes(9))));
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(Healthy(), new TakeNotice("uuid-1", "boot-0", T0)));
        Assert.IsType<Decision<IHypervisorEvent>.Refused>(HypervisorDecider.Decide(Healthy(), new TakeNotice("uuid-2", "boot-1", T0)));
        Assert.NotNull(Run(state, Pass(1)).Notice); // a probe that was begun before it
        Assert.Null(Run(state, Pass(2) with { AfterNotice = true }).Notice);
        Assert.Null(Run(state, Missed(1), Missed(2), Missed(3), Pass(60, "boot-2")).Notice);
    }

    [Theory]
    [InlineData(1, false, GateChecks.ShutdownNotice)]
    [InlineData(0, false, GateChecks.LastProbe)]
    [InlineData(1, true, null)]
    public void A_notice_withholds_until_its_grace_is_over_and_an_order_does_not_wait(int minutesLeft, bool order, string? expected)
    {
        var candidate = new FenceCandidate(Hv1, new LocationId("dc1"), new HaPolicy(), false, MissClass.Unreachable, T0, "ipmi:a:623", null, 1, true, order)
        {
            NoticeUntil = T0.AddMinutes(minutesLeft),
        };
        var evidence = new GateEvidence(
            null, TimeSpan.FromHours(1), false, 9, TimeSpan.Zero, null, [new FleetMember(new HypervisorId("hv2"), HypervisorPhase.Healthy, true, false, 0, true, true)]);
        Assert.Equal(expected, (FenceGate.Decide(candidate, evidence, GatePolicy.Default, T0) as GateDecision.Withheld)?.Check);
    }

    private static ProbeOutcome Found(PingFinding ping, HealthFinding health) => new(Hv1, ping, health, "uuid-1", "boot-1", "1", null);

    private static HypervisorState Healthy() => Run(HypervisorState.New(Hv1), Pass(0));

    /// <summary>Down by three misses from a second on, and back by two passes.</summary>
    private static HypervisorState Down(HypervisorState state, int second) =>
        Run(state, Missed(second + 1), Missed(second + 2), Missed(second + 3), Pass(second + 4), Pass(second + 5));

    private static RecordPass Pass(int second, string boot = "boot-1") => new("uuid-1", boot, true, false, true, T0.AddSeconds(second));

    private static RecordMiss Missed(int second) => new(MissClass.Unreachable, "no answer", new HaPolicy(), T0.AddSeconds(second));

    private static HypervisorState Run(HypervisorState state, params IHypervisorCommand[] commands) => commands.Aggregate(
        state,
        (s, c) => HypervisorDecider.Decide(s, c) is Decision<IHypervisorEvent>.Accepted { Events: var events } ? events.Aggregate(s, (x, e) => x.Apply(e)) : s);

    private static IReadOnlyList<IHypervisorEvent> Accepted(Decision<IHypervisorEvent> decision) => Assert.IsType<Decision<IHypervisorEvent>.Accepted>(decision).Events;
}
