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
    public void What_went_while_it_ran_and_is_found_shut_off_elsewhere_is_started_nowhere_for_a_silent_host_may_run_it()
    {
        var gone = After(Running(), Seen(Hv1, present: false, at: 30));
        var found = After(gone, Seen(Hv2, InstanceState.ShutOff, boot: "c1", at: 40));
        Assert.Equal((Hv1, false, true), (found.Place!.Value, found.Wanted, found.IsGone));
        Assert.Equal(InstanceEnd.Left, After(found, Asked(Hv2, RecoveryKind.Restart, at: 100)).Ends.Single().End);

        var told = Assert.Single(Events(found, new TellGone(At(90))).OfType<InstanceGone>());
        Assert.Equal(Hv1, told.Hypervisor);
        Assert.Equal(Hv2, Assert.Single(told.ShutOffOn));
        Assert.Contains("hv2 had it, shut off", HaActors.Domain.EventLog.InstanceLog.Of(told, _ => null)!.Message, StringComparison.Ordinal);

        var running = After(found, Seen(Hv3, at: 95));
        Assert.Equal((Hv3, true, false), (running.Place!.Value, running.Wanted, running.IsGone));
    }

    [Fact]
    public void An_end_in_an_incident_holds_until_its_hypervisor_boots_again_whatever_was_last_seen_there()
    {
        var restarted = After(Running(), Seen(Hv1, InstanceState.ShutOff, boot: "b2"), Asked(kind: RecoveryKind.Restart) with { BootId = "b2" }, StartOn(Hv1) with { BootId = "b2" }, new RecordRunYes(1, InstanceState.Running, false, At(15)));
        Assert.Equal(InstanceEnd.Restarted, restarted.EndOf(Incident)!.End);

        Assert.Empty(Events(restarted, Asked(kind: RecoveryKind.Restart, at: 20) with { BootId = "b2" }));
        Assert.Equal(InstancePhase.Recovering, After(restarted, Asked(kind: RecoveryKind.Restart, at: 20) with { BootId = "b3" }).Phase);

        var left = After(Running(), Asked(kind: RecoveryKind.Restart), Look("hv1-1", (Hv1, Seen(Hv1, boot: "b2"))));
        Assert.Equal(InstanceEnd.Left, left.EndOf(Incident)!.End);
        Assert.Empty(Events(left, Asked(kind: RecoveryKind.Restart, at: 20) with { BootId = "b2" }));
        Assert.Equal(InstancePhase.Recovering, After(left, Asked(kind: RecoveryKind.Restart, at: 20) with { BootId = "b3" }).Phase);
    }

    [Fact]
    public void An_incident_of_the_destination_that_was_told_it_is_not_concerned_is_after_the_next_boot()
    {
        var starting = After(Recovering(), StartOn(Hv2, Hv1) with { BootId = "b2" }, Asked(Hv2, RecoveryKind.Restart, at: 40) with { BootId = "b2" });
        Assert.Empty(Events(starting, Asked(Hv2, RecoveryKind.Restart, at: 50) with { BootId = "b2" }));
        Assert.Equal(InstanceEnd.HandedOver, Events(starting, Asked(Hv2, RecoveryKind.Restart, at: 60) with { BootId = "b3" }).OfType<RecoveryEnded>().Single().End);
    }

    [Fact]
    public void A_hypervisor_that_has_nothing_to_do_with_what_is_owed_is_told_so()
    {
        Assert.IsType<RecoveryNotConcerned>(Assert.Single(Events(Recovering(), Asked(Hv3, RecoveryKind.EndWithoutStart, at: 40))));
        Assert.Empty(Events(After(Running(), Asked(kind: RecoveryKind.Restart)), Asked(kind: RecoveryKind.EndWithoutStart, incident: "hv1-2", at: 40)));
    }

    [Fact]
    public void What_is_only_being_started_in_the_boot_that_answers_is_not_left_as_not_running()
    {
        var waiting = After(Running(), Asked(kind: RecoveryKind.EndWithoutStart));
        Assert.Empty(Events(waiting, Look("hv1-1", (Hv1, Seen(Hv1, InstanceState.Unknown)))).OfType<RecoveryEnded>());
        Assert.Equal(InstanceEnd.Left, Events(waiting, Look("hv1-1", (Hv1, Seen(Hv1, InstanceState.ShutOff)))).OfType<RecoveryEnded>().Single().End);
    }

    [Fact]
    public void What_is_only_being_started_where_it_should_not_be_ends_nothing()
    {
        var waiting = After(Recovering(), new WaitFor(InstanceWait.Fence, "present on hv2", At(11)));
        Assert.DoesNotContain(Events(waiting, Look("hv1-1", (Hv2, Seen(Hv2, InstanceState.Unknown)))), e => e is RecoveryEnded);
        Assert.Equal(InstanceEnd.Left, Events(waiting, Look("hv1-1", (Hv2, Seen(Hv2)))).OfType<RecoveryEnded>().Single().End);
    }
}
