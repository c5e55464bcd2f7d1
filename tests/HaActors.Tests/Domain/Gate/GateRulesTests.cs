using HaActors.Domain;
using HaActors.Domain.Gate;
using Xunit;
using static HaActors.Tests.Domain.Gate.AGate;

namespace HaActors.Tests.Domain.Gate;

public sealed class GateRulesTests
{
    private static readonly IncidentId Incident = new(Hv1, 1);

    [Fact]
    public void A_storm_begins_once_and_ends_after_the_cool_down()
    {
        var many = new StormCount(3, 5);
        var few = new StormCount(1, 5);
        var began = Assert.IsType<StormBegan>(GateRules.Watch(GateState.New, Dc1, many, null, Policy, T0));
        var stormy = GateState.New.Apply(began);

        Assert.Null(GateRules.Watch(stormy, Dc1, many, null, Policy, T0.AddMinutes(1)));
        Assert.Null(GateRules.Watch(stormy, Dc1, few, TimeSpan.FromMinutes(4.9), Policy, T0.AddMinutes(6)));
        Assert.Null(GateRules.Watch(stormy, Dc1, many, TimeSpan.FromMinutes(9), Policy, T0.AddMinutes(9)));
        var ended = Assert.IsType<StormEnded>(GateRules.Watch(stormy, Dc1, few, TimeSpan.FromMinutes(5), Policy, T0.AddMinutes(7)));
        Assert.Equal(420_000, ended.LastedMs);
        Assert.Empty(stormy.Apply(ended).Storms);
    }

    [Fact]
    public void Storms_are_of_one_location_each()
    {
        var stormy = GateState.New.Apply(new StormBegan(Dc1, 3, 5, 50, T0));
        Assert.IsType<StormBegan>(GateRules.Watch(stormy, new LocationId("dc2"), new StormCount(2, 2), null, Policy, T0));
    }

    [Fact]
    public void An_override_needs_a_reason_and_an_end_within_a_day()
    {
        Assert.IsType<Decision<IGateEvent>.Refused>(GateRules.Override(GateState.New, Dc1, "anna", " ", T0.AddHours(1), T0));
        Assert.IsType<Decision<IGateEvent>.Refused>(GateRules.Override(GateState.New, Dc1, "anna", "why", T0, T0));
        Assert.IsType<Decision<IGateEvent>.Refused>(GateRules.Override(GateState.New, Dc1, "anna", "why", T0.AddHours(25), T0));
        var accepted = Assert.IsType<Decision<IGateEvent>.Accepted>(GateRules.Override(GateState.New, Dc1, "anna", "why", T0.AddHours(24), T0));
        var state = GateState.New.Apply(accepted.Events[0]);
        Assert.IsType<Decision<IGateEvent>.Ignored>(GateRules.Override(state, Dc1, "anna", "why", T0.AddHours(24), T0.AddMinutes(1)));
        Assert.IsType<Decision<IGateEvent>.Accepted>(GateRules.Override(state, Dc1, "anna", "why", T0.AddHours(2), T0.AddMinutes(1)));
    }

    [Fact]
    public void An_override_ends_by_itself_and_by_hand()
    {
        var state = GateState.New.Apply(new StormOverridden(Dc1, "anna", "why", T0.AddHours(1), T0));
        Assert.Empty(GateRules.Due(state, T0.AddMinutes(59)));
        Assert.Equal([new StormOverrideEnded(Dc1, null, T0.AddHours(1))], GateRules.Due(state, T0.AddHours(1)));
        var taken = Assert.IsType<Decision<IGateEvent>.Accepted>(GateRules.EndOverride(state, Dc1, "ben", T0.AddMinutes(5)));
        Assert.Empty(state.Apply(taken.Events[0]).Overrides);
        Assert.IsType<Decision<IGateEvent>.Ignored>(GateRules.EndOverride(GateState.New, Dc1, "ben", T0));
    }

    [Fact]
    public void An_off_counts_once_an_incident_whatever_is_permitted_after_it()
    {
        var state = GateState.New.Apply(new FencePermitted(Hv1, 1, Dc1, Incident, T0));
        var counted = Assert.IsType<FenceCounted>(GateRules.OffHeard(state, Hv1, Dc1, Incident, T0.AddSeconds(1), T0.AddSeconds(2)));
        state = state.Apply(counted).Apply(new FencePermitted(Hv1, 2, Dc1, Incident, T0.AddMinutes(1)));
        Assert.Null(GateRules.OffHeard(state, Hv1, Dc1, Incident, T0.AddSeconds(1), T0.AddMinutes(2)));
        Assert.NotNull(GateRules.OffHeard(state, Hv1, Dc1, Incident, T0.AddMinutes(1), T0.AddMinutes(2)));
        Assert.Equal(T0.AddSeconds(2), state.Fences[Hv1].OffAt);
        Assert.NotNull(GateRules.OffHeard(state, Hv1, Dc1, new IncidentId(Hv1, 2), T0.AddSeconds(1), T0.AddHours(1)));
    }

    [Fact]
    public void What_is_remembered_of_fences_is_bounded_to_a_day()
    {
        var state = Enumerable.Range(0, 500).Aggregate(GateState.New, (s, n) => s
            .Apply(new FencePermitted(new HypervisorId($"hv{n}"), 1, Dc1, new IncidentId(new HypervisorId($"hv{n}"), 1), T0.AddHours(n)))
            .Apply(new FenceCounted(new HypervisorId($"hv{n}"), Dc1, new IncidentId(new HypervisorId($"hv{n}"), 1), T0.AddHours(n), T0.AddHours(n))));
        Assert.InRange(state.Fences.Count, 24, 25);
    }

    [Theory]
    [InlineData("gw1", "gw1", null)]
    [InlineData("gw1:443", "gw1", 443)]
    [InlineData("10.0.0.1", "10.0.0.1", null)]
    [InlineData("10.0.0.1:22", "10.0.0.1", 22)]
    [InlineData("fd00::1", "fd00::1", null)]
    [InlineData("[fd00::1]:443", "fd00::1", 443)]
    [InlineData("[fd00::1]", "fd00::1", null)]
    public void A_witness_is_a_host_or_a_host_with_a_port(string text, string host, int? port)
    {
        Assert.True(Witness.TryParse(text, out var witness));
        Assert.Equal(new Witness(host, port), witness);
        Assert.True(Witness.TryParse(witness.Name, out var again));
        Assert.Equal(witness, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("gw1:")]
    [InlineData("gw1:0")]
    [InlineData("gw1:65536")]
    [InlineData("gw1:https")]
    [InlineData("bad host")]
    [InlineData(":443")]
    [InlineData("http://gw1")]
    public void What_is_neither_is_refused(string text) => Assert.False(Witness.TryParse(text, out _));
}
