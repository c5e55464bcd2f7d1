using HaActors.Domain;
using HaActors.Domain.Hypervisors;
using Xunit;
using static HaActors.Tests.Domain.Hypervisors.AHypervisor;

namespace HaActors.Tests.Domain.Hypervisors;

/// <summary>Answers that come when what they answer is over.</summary>
public sealed class SecondThoughtsTests
{
    [Theory]
    [InlineData(HypervisorPhase.Down)]
    [InlineData(HypervisorPhase.FenceFailed)]
    public void A_permit_that_was_under_way_when_the_incident_was_cancelled_fences_nobody(HypervisorPhase phase)
    {
        var state = In(phase);
        var permit = new GrantPermit(state.Attempt + 1, [], [], [], T0);
        Assert.Equal(HypervisorPhase.Fencing, Run(state, permit).Phase);

        var cancelled = Run(state, new CancelIncident(new IncidentId("hv1-1"), Anna, T0));
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(cancelled, permit));
        Assert.Equal(HypervisorPhase.Fencing, Run(cancelled, new OrderFence(Anna, T0), permit).Phase);
    }

    [Fact]
    public void An_end_that_was_told_before_the_last_boot_closes_nothing_until_its_instances_are_settled_for_it()
    {
        var close = new CloseIncident(new IncidentId("hv1-1"), T0);
        var returning = Run(In(HypervisorPhase.Returning), new ConfirmCleared("boot-2", T0));
        Assert.False(Run(returning, close).IncidentOpen);

        var again = Run(returning, Pass(20, "boot-3"));
        Assert.Equal((HypervisorPhase.Returning, true), (again.Phase, again.IncidentOpen));
        Assert.True(Run(again, close).IncidentOpen);
        Assert.False(Run(again, new ConfirmCleared("boot-3", T0), close).IncidentOpen);
    }

    [Fact]
    public void A_boot_that_ends_what_was_just_started_again_is_an_incident_of_its_own()
    {
        var returning = Run(In(HypervisorPhase.Returning), new ConfirmCleared("boot-2", T0), new CloseIncident(new IncidentId("hv1-1"), T0));
        var rebooted = Accepted(HypervisorDecider.Decide(returning, Pass(20, "boot-3"))).OfType<Rebooted>().Single();
        Assert.Equal((new IncidentId("hv1-2"), "boot-2", "boot-3"), (rebooted.Incident, rebooted.OldBootId, rebooted.NewBootId));

        var uncleared = Run(In(HypervisorPhase.Returning), new CloseIncident(new IncidentId("hv1-1"), T0));
        Assert.DoesNotContain(Accepted(HypervisorDecider.Decide(uncleared, Pass(20, "boot-3"))), e => e is Rebooted);
    }
}
