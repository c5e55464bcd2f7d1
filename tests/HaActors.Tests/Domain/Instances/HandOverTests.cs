using HaActors.Domain;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using Xunit;
using static HaActors.Tests.Domain.Instances.An;

namespace HaActors.Tests.Domain.Instances;

/// <summary>Another incident asks for an instance that one looks after already.</summary>
public sealed class HandOverTests
{
    [Fact]
    public void What_is_owed_is_not_taken_over_by_an_incident_that_starts_nothing()
    {
        var restart = After(Running(), Seen(Hv1, InstanceState.ShutOff, boot: "b2"), Asked(kind: RecoveryKind.Restart));
        var silentAgain = Asked(kind: RecoveryKind.EndWithoutStart, incident: "hv1-2", at: 40);

        Assert.Empty(Events(restart, silentAgain));
        Assert.Equal(new IncidentId("hv1-2"), After(restart, silentAgain with { Kind = RecoveryKind.Evacuate }).Recovery!.Incident);
    }

    [Theory]
    [InlineData(InstancePhase.Recovering)]
    [InlineData(InstancePhase.Stuck)]
    public void An_evacuation_whose_hypervisor_came_back_and_fell_silent_again_may_end_there(InstancePhase phase)
    {
        var after = After(In(phase), Asked(kind: RecoveryKind.EndWithoutStart, incident: "hv1-2", at: 40));

        Assert.Equal((phase, Incident, RecoveryKind.Restart), (after.Phase, after.Recovery!.Incident, after.Recovery.Kind));
        Assert.Equal(In(phase).Recovery!.Wait, after.Recovery.Wait);
        Assert.Equal(phase == InstancePhase.Recovering, Events(after, StartOn(Hv1)).OfType<StartRequested>().Any());
    }

    [Fact]
    public void A_person_who_cancels_the_new_incident_means_this_instance_too()
    {
        var cancelled = Asked(kind: RecoveryKind.EndWithoutStart, incident: "hv1-2", at: 40) with { CancelledBy = "ann: planned" };
        Assert.Equal(InstanceEnd.HandedOver, Events(Recovering(), cancelled).OfType<RecoveryEnded>().Single().End);
    }

    [Fact]
    public void A_start_is_taken_over_by_an_incident_of_its_destination_only_if_a_later_boot_has_ended_it()
    {
        var starting = After(Recovering(), StartOn(Hv2, Hv1) with { BootId = "b2" });
        var back = Asked(Hv2, RecoveryKind.Restart, at: 40);

        Assert.Equal(new IncidentId("hv2-1"), Assert.IsType<RecoveryNotConcerned>(Assert.Single(Events(starting, back with { BootId = "b2" }))).Incident);
        Assert.Equal(InstancePhase.Starting, After(starting, back with { BootId = "b2" }).Phase);
        Assert.Equal(InstanceEnd.HandedOver, Events(starting, back with { BootId = "b3" }).OfType<RecoveryEnded>().Single().End);
        Assert.Equal(InstanceEnd.HandedOver, Events(starting, back).OfType<RecoveryEnded>().Single().End);
    }

    [Fact]
    public void What_went_while_it_ran_and_turns_up_shut_off_elsewhere_has_its_place_there_and_is_wanted()
    {
        var gone = After(Running(), Seen(Hv1, present: false, at: 30));
        Assert.False(gone.Wanted);

        var found = After(gone, Seen(Hv2, InstanceState.ShutOff, boot: "c1", at: 90));
        Assert.Equal((Hv2, true), (found.Place!.Value, found.Wanted));
        Assert.Contains(found.MayRun.Keys, h => h == Hv1);
        Assert.Equal(InstancePhase.Recovering, After(found, Asked(Hv2, RecoveryKind.Restart, at: 100)).Phase);

        var stopped = After(gone, Seen(Hv2, InstanceState.ShutOff, stopped: true, boot: "c1", at: 90));
        Assert.Equal((Hv2, false), (stopped.Place!.Value, stopped.Wanted));
    }

    [Fact]
    public void What_was_there_before_or_its_user_had_shut_off_turns_up_and_is_not_wanted()
    {
        var known = After(Running(), Seen(Hv2, InstanceState.ShutOff, boot: "c1"), Seen(Hv1, present: false, at: 30), Seen(Hv2, InstanceState.ShutOff, boot: "c1", at: 60));
        Assert.Equal((Hv2, false), (known.Place!.Value, known.Wanted));

        var off = After(Running(), Seen(Hv1, InstanceState.ShutOff, stopped: true, at: 20), Seen(Hv1, present: false, at: 30), Seen(Hv2, InstanceState.ShutOff, boot: "c1", at: 60));
        Assert.Equal((Hv2, false), (off.Place!.Value, off.Wanted));
    }

    [Fact]
    public void What_was_deleted_where_we_started_it_is_not_taken_up_from_what_its_old_host_still_has()
    {
        var deleted = After(Starting(), new RecordRunYes(1, InstanceState.Running, false, At(15)), Seen(Hv2, epoch: 1, at: 30), Seen(Hv2, present: false, at: 60));
        var oldHost = After(deleted, Seen(Hv1, InstanceState.ShutOff, boot: "b2", at: 90));
        Assert.Equal((Hv2, false), (oldHost.Place!.Value, oldHost.Wanted));
    }

    [Fact]
    public void What_is_only_being_started_where_it_should_not_be_ends_nothing()
    {
        var waiting = After(Recovering(), new WaitFor(InstanceWait.Fence, "present on hv2", At(11)));
        Assert.DoesNotContain(Events(waiting, Look("hv1-1", (Hv2, Seen(Hv2, InstanceState.Unknown)))), e => e is RecoveryEnded);
        Assert.Equal(InstanceEnd.Left, Events(waiting, Look("hv1-1", (Hv2, Seen(Hv2)))).OfType<RecoveryEnded>().Single().End);
    }
}
