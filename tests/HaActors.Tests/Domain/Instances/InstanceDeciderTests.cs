using HaActors.Domain;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using Xunit;
using static HaActors.Tests.Domain.Instances.An;

namespace HaActors.Tests.Domain.Instances;

public sealed class InstanceDeciderTests
{
    [Fact]
    public void Every_phase_names_every_command()
    {
        var types = typeof(IInstanceCommand).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(IInstanceCommand)) && !t.IsInterface).ToHashSet();
        Assert.Equal(types.Order(Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))), EveryCommand.Select(c => c.GetType()).Distinct().Order(Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))));
        foreach (var phase in Enum.GetValues<InstancePhase>())
        {
            Assert.Equal(phase, In(phase).Phase);
            foreach (var command in EveryCommand)
            {
                After(In(phase), command);
            }
        }
    }

    [Fact]
    public void A_start_is_stored_with_the_next_epoch_and_the_proof_of_every_other_member()
    {
        var start = Assert.Single(Events(Recovering(), StartOn(Hv2, Hv1)).OfType<StartRequested>());
        Assert.Equal((1L, Hv2, 1), (start.Epoch, start.Destination, start.Attempt));
        Assert.False(Starting().MayRun[Hv1].IsActive);
        Assert.True(Starting().MayRun[Hv2].IsActive);
    }

    [Fact]
    public void The_epoch_is_above_every_floor_that_an_agent_told()
    {
        var s = After(Recovering(), Seen(Hv3, InstanceState.ShutOff, epoch: 41));
        Assert.Equal(42, Assert.Single(Events(s, StartOn(Hv2, Hv1)).OfType<StartRequested>()).Epoch);
    }

    [Fact]
    public void Nothing_is_started_while_a_member_is_not_proved()
    {
        Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(Recovering(), StartOn(Hv2)));
        var alsoOnHv3 = After(Recovering(), Seen(Hv3, InstanceState.Paused));
        Assert.IsType<Decision<IInstanceEvent>.Ignored>(InstanceDecider.Decide(alsoOnHv3, StartOn(Hv2, Hv1)));
    }

    [Fact]
    public void What_libvirt_is_still_starting_is_no_end_for_it_may_yet_fail()
    {
        var (starting, running) = (Seen(Hv2, InstanceState.Unknown, epoch: 1), Seen(Hv2, InstanceState.Running, epoch: 1));
        Assert.Empty(Events(Starting(), starting).OfType<InstanceStarted>());
        Assert.Single(Events(After(Starting(), starting), running).OfType<InstanceStarted>());
        Assert.Empty(Events(After(Starting(), starting, Seen(Hv2, InstanceState.ShutOff, epoch: 1)), Asked()).OfType<InstanceStarted>());
    }

    [Fact]
    public void Nothing_is_started_elsewhere_while_its_old_host_may_start_it_by_itself()
    {
        var s = After(Untold(), Asked());
        var no = Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(s, StartOn(Hv2, Hv1)));
        Assert.Contains("the agent of hv1 never confirmed that HA looks after it", no.Because, StringComparison.Ordinal);

        // Told after all: its answer was late.
        Assert.Single(Events(After(s, new RecordManaged(Hv1, true, false, At(11))), StartOn(Hv2, Hv1)).OfType<StartRequested>());
        // Its agent's durable refusal is a guard as well.
        Assert.Single(Events(After(s, NotOn(Hv1, 0)), StartOn(Hv2)).OfType<StartRequested>());
        // In place there is nobody else who could start it.
        Assert.Single(Events(After(s, Asked(kind: RecoveryKind.Restart)), StartOn(Hv1)).OfType<StartRequested>());
    }

    [Fact]
    public void An_operators_word_that_its_old_host_cannot_start_it_counts_for_that_host_until_it_answers()
    {
        var word = new WaiveGuard(Hv1, "ann", "its disks are out", At(31));
        Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(Untold(), word));
        Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(Recovering(), word));
        Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(After(Untold(), Asked()), word with { Hypervisor = Hv3 }));

        var waits = After(Untold(), Asked(), new WaitFor(InstanceWait.Guard, "never told", At(13)));
        Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(waits, new Retry("again", At(20), "ann")));
        var waived = After(waits, word);
        Assert.IsType<Decision<IInstanceEvent>.Ignored>(InstanceDecider.Decide(waived, word));
        Assert.Single(Events(waived, StartOn(Hv2, Hv1)).OfType<StartRequested>());

        // It answers: what was said of it was said of a dead one.
        Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(After(waived, Seen(Hv1, InstanceState.ShutOff, boot: "b2")), StartOn(Hv2, Hv1)));
        var elsewhere = After(waived, StartOn(Hv2, Hv1), new RecordRunYes(1, InstanceState.Running, false, At(33)), Asked(Hv2));
        Assert.Single(Events(elsewhere, StartOn(Hv3, Hv1, Hv2)).OfType<StartRequested>());
        Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(After(elsewhere, new SettleReturn(Hv1, "b2", At(60))), StartOn(Hv3, Hv1, Hv2)));
    }

    [Fact]
    public void What_we_started_is_guarded_and_where_it_was_moved_to_is_not()
    {
        var ours = After(Untold(), new RecordManaged(Hv1, true, false, At(1)), Asked(), StartOn(Hv2, Hv1), new RecordRunYes(1, InstanceState.Running, false, At(33)));
        Assert.Contains(Hv2, ours.Guarded);
        Assert.Single(Events(After(ours, Asked(Hv2)), StartOn(Hv3, Hv1, Hv2)).OfType<StartRequested>());

        var moved = After(ours, Look(null, (Hv2, Seen(Hv2, InstanceState.ShutOff, present: false)), (Hv3, Seen(Hv3, epoch: 1))));
        Assert.Equal(Hv3, moved.Place);
        Assert.True(moved.MayStartByItself(Hv3));
        Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(After(moved, Asked(Hv3)), StartOn(Hv1, Hv2, Hv3)));
    }

    [Fact]
    public void An_order_to_run_guards_only_where_nothing_of_it_was_before()
    {
        Assert.Contains(Hv2, Starting().Guarded);
        var inPlace = After(Untold(), Asked(kind: RecoveryKind.Restart), StartOn(Hv1));
        Assert.DoesNotContain(Hv1, inPlace.Guarded);
        Assert.Contains(Hv1, After(inPlace, new RecordRunYes(1, InstanceState.Running, false, At(33))).Guarded);
    }

    [Fact]
    public void An_opt_out_ends_the_guard_before_it_is_told()
    {
        var s = After(Running(), Policy(ha: false), new ReleaseGuard(Hv1, At(5)));
        Assert.DoesNotContain(Hv1, s.Guarded);
        Assert.Equal((Hv1, false, false), s.Told);
        Assert.IsType<Decision<IInstanceEvent>.Ignored>(InstanceDecider.Decide(s, new ReleaseGuard(Hv1, At(6))));
        Assert.DoesNotContain(Hv1, After(s, Policy(), new RecordManaged(Hv1, false, true, At(7))).Guarded);
        Assert.Contains(Hv1, After(s, Policy(), new RecordManaged(Hv1, true, false, At(7))).Guarded);
        // Kept back while another hypervisor may run it: the hook goes on watching.
        Assert.Contains(Hv1, After(Running(), Policy(ha: false), new RecordManaged(Hv1, false, false, At(7))).Guarded);
    }

    [Fact]
    public void A_yes_is_the_end_and_is_told_again_to_a_repeat()
    {
        var yes = Assert.Single(Events(Starting(), new RecordRunYes(1, InstanceState.Running, false, At(15))).OfType<InstanceStarted>());
        Assert.Equal((InstanceEnd.Evacuated, Hv2, 5000L, 1), (yes.End, yes.Destination, yes.TookMs, yes.Attempt));
        var done = After(Starting(), new RecordRunYes(1, InstanceState.Running, false, At(15)));
        Assert.Equal((InstancePhase.Resting, Hv2, InstanceEnd.Evacuated), (done.Phase, done.Place!.Value, done.EndOf(Incident)!.End));
        Assert.Empty(Events(done, Asked()));
        Assert.False(done.MayRun[Hv1].IsActive);
    }

    [Fact]
    public void An_unknown_answer_is_a_yes_until_the_destination_denies_it_durably()
    {
        var s = Cancelling();
        Assert.Empty(Events(s, StartOn(Hv3, Hv1, Hv2)));
        Assert.Empty(Events(s, new RecordCancel(Hv2, true, 1, "b1", At(20))));
        Assert.Empty(Events(s, NotOn(Hv2, 0)));
        var next = After(s, NotOn(Hv2, 1));
        Assert.Equal(InstancePhase.Recovering, next.Phase);
        Assert.DoesNotContain(Hv2, next.MayRun.Keys);
        Assert.Contains(Hv2, next.Recovery!.AnsweredNo);
        Assert.Equal(2, Assert.Single(Events(next, StartOn(Hv3, Hv1)).OfType<StartRequested>()).Epoch);
    }

    [Fact]
    public void An_unanswered_start_that_its_destination_lists_under_our_epoch_has_worked()
    {
        Assert.Single(Events(Cancelling(), Look("hv1-1", (Hv2, Seen(Hv2, epoch: 1)))).OfType<InstanceStarted>());
        Assert.Empty(Events(Cancelling(), Look(null, (Hv2, Seen(Hv2, epoch: 1)))));
    }

    [Fact]
    public void When_the_destination_dies_its_incident_takes_over_and_all_members_must_be_proved_again()
    {
        var events = Events(Cancelling(), Asked(Hv2, at: 100));
        Assert.Equal((InstanceEnd.HandedOver, Incident, Hv2), events.OfType<RecoveryEnded>().Select(e => (e.End, e.Incident, e.Destination!.Value)).Single());
        var s = After(Cancelling(), Asked(Hv2, at: 100));
        Assert.Equal((InstancePhase.Recovering, new IncidentId("hv2-1")), (s.Phase, s.Recovery!.Incident));
        Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(s, StartOn(Hv3, Hv1)));
        Assert.IsType<Decision<IInstanceEvent>.Refused>(InstanceDecider.Decide(s, StartOn(Hv3, Hv2)));
        Assert.Equal(2, Assert.Single(Events(s, StartOn(Hv3, Hv1, Hv2)).OfType<StartRequested>()).Epoch);
    }

    [Theory]
    [InlineData("start-failed", 1)]
    [InlineData(RunRefusals.NoRoom, 0)]
    [InlineData(RunRefusals.ImageLocked, 0)]
    [InlineData(RunRefusals.NotCleared, 0)]
    public void Only_a_no_that_does_not_pass_uses_up_an_attempt(string code, int used)
    {
        var s = After(Starting(), new RecordRunNo(1, code, "no", null, At(15)), NotOn(Hv2, 1));
        Assert.Equal((InstancePhase.Recovering, used), (s.Phase, s.Recovery!.AttemptsUsed));
    }

    [Fact]
    public void Attempts_used_up_wait_for_a_person_until_the_policy_changes()
    {
        var s = Recovering();
        for (var n = 1; n <= 3; n++)
        {
            s = After(s, StartOn(Hv2, Hv1), new RecordRunNo(n, "start-failed", "no", null, At(15)), NotOn(Hv2, n));
        }

        Assert.Equal((InstancePhase.Stuck, InstanceWait.Person), (s.Phase, s.Recovery!.Wait!.Value.Wait));
        Assert.Empty(Events(s, StartOn(Hv3, Hv1)));
        var resumed = After(s, Policy(attempts: 4));
        Assert.Equal((InstancePhase.Recovering, 0), (resumed.Phase, resumed.Recovery!.AttemptsUsed));
    }

    [Fact]
    public void A_locked_image_waits_for_a_person_after_three_minutes_and_names_the_holder()
    {
        var s = Recovering();
        for (var n = 1; n <= 2; n++)
        {
            var at = n == 1 ? 15 : 200;
            s = After(s, StartOn(Hv2, Hv1), new RecordRunNo(n, RunRefusals.ImageLocked, "locked", "qemu 4711 on hv9", At(at)), NotOn(Hv2, n, at + 1));
        }

        Assert.Equal(InstancePhase.Stuck, s.Phase);
        Assert.Contains("qemu 4711 on hv9", s.Recovery!.Wait!.Value.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_that_lasts_is_looked_at_again_with_one_start_and_told_once_in_a_quarter_of_an_hour()
    {
        var s = Recovering();
        foreach (var (n, at) in new[] { (1L, 15.0), (2L, 200.0) })
        {
            s = After(s, StartOn(Hv2, Hv1), new RecordRunNo(n, RunRefusals.ImageLocked, "locked", "hv9", At(at)), NotOn(Hv2, n, at + 1));
        }

        var again = After(s, new Retry("looked at again", At(330), StillLocked: true), StartOn(Hv2, Hv1), new RecordRunNo(3, RunRefusals.ImageLocked, "locked", "hv9", At(332)));
        var refused = Events(again, NotOn(Hv2, 3, 333));
        Assert.False(Assert.Single(refused.OfType<WaitBegan>()).IsNews);
        Assert.Equal(InstancePhase.Stuck, After(again, NotOn(Hv2, 3, 333)).Phase);
        Assert.True(Assert.Single(Events(again, NotOn(Hv2, 3, 201 + (15 * 60))).OfType<WaitBegan>()).IsNews);
    }

    [Fact]
    public void A_look_at_the_lock_does_not_begin_the_wait_anew_and_an_operators_retry_does()
    {
        var s = Recovering();
        foreach (var (n, at) in new[] { (1L, 15.0), (2L, 200.0) })
        {
            s = After(s, StartOn(Hv2, Hv1), new RecordRunNo(n, RunRefusals.ImageLocked, "locked", "hv9", At(at)), NotOn(Hv2, n, at + 1));
        }

        Assert.Equal(At(201), Assert.Single(Events(After(s, new Retry("looked at again", At(1000), StillLocked: true)), new RemindOfWait(At(1101))).OfType<WaitOverdue>()).Since);
        Assert.Empty(Events(After(s, new Retry("ann says so", At(1000), "ann")), new RemindOfWait(At(1101))));
    }

    [Fact]
    public void What_is_overdue_is_told_with_what_holds_it_now_also_if_no_wait_was_ever_told()
    {
        var told = Assert.Single(Events(Recovering(), new RemindOfWait(At(10 + (15 * 60)), (InstanceWait.Gate, "HA is disarmed"))).OfType<WaitOverdue>());
        Assert.Equal((InstanceWait.Gate, "HA is disarmed", At(10)), (told.Wait, told.Reason, told.Since));
        Assert.Empty(Events(Recovering(), new RemindOfWait(At(900))));
    }

    [Fact]
    public void What_is_gone_from_its_place_and_reported_running_by_nobody_is_told_once_and_a_migration_is_not()
    {
        var gone = After(Running(), Seen(Hv1, present: false, at: 30));
        Assert.False(gone.Wanted);
        Assert.Empty(Events(gone, new TellGone(At(60))));
        Assert.Equal(Hv1, Assert.Single(Events(gone, new TellGone(At(90)))) is InstanceGone told ? told.Hypervisor : default);
        Assert.Empty(Events(After(gone, new TellGone(At(90))), new TellGone(At(150))));
        Assert.Empty(Events(After(gone, Seen(Hv2, at: 40)), new TellGone(At(90))));
        Assert.Empty(Events(After(gone, Seen(Hv1, InstanceState.ShutOff, at: 40)), new TellGone(At(90))));
        Assert.Empty(Events(After(gone, Policy(ha: false)), new TellGone(At(90))));
        Assert.Empty(Events(After(Running(), Seen(Hv1, InstanceState.ShutOff, true), Seen(Hv1, present: false, at: 30)), new TellGone(At(90))));
    }

    [Fact]
    public void What_is_not_to_be_moved_is_left_with_a_reason()
    {
        InstanceEnd? EndOf(InstanceStatus s, Recover r) => After(s, r).EndOf(r.Incident)?.End;
        Assert.Equal(InstanceEnd.Left, EndOf(After(Running(), Policy(ha: false)), Asked()));
        Assert.Equal(InstanceEnd.Left, EndOf(After(Running(), Seen(Hv1, InstanceState.ShutOff, true)), Asked()));
        Assert.Equal(InstanceEnd.Left, EndOf(Running(), Asked(enabled: false)));
        Assert.Equal(InstanceEnd.Left, EndOf(Running(), Asked(Hv2)));
        Assert.Equal(InstanceEnd.Left, EndOf(InstanceStatus.New(Vm), Asked()));
        Assert.Null(EndOf(Running(), Asked()));
    }

    [Fact]
    public void What_a_boot_ended_is_still_wanted_and_what_its_user_ended_is_not()
    {
        Assert.True(After(Running(), Seen(Hv1, InstanceState.ShutOff, boot: "b2")).Wanted);
        Assert.False(After(Running(), Seen(Hv1, present: false, boot: "b2")).Wanted);
        Assert.True(After(After(InstanceStatus.New(Vm), Policy(), Seen(Hv1, boot: "")), Seen(Hv1, present: false)).Wanted);
        Assert.False(After(Running(), Seen(Hv1, present: false)).Wanted);
        Assert.False(After(Running(), Seen(Hv1, InstanceState.ShutOff, stopped: true)).Wanted);
        Assert.True(After(Running(), Seen(Hv1, InstanceState.Paused)).Wanted);
        Assert.False(After(InstanceStatus.New(Vm), Policy(), Seen(Hv1, InstanceState.ShutOff)).Wanted);
    }

    [Fact]
    public void A_late_report_from_before_the_failure_ends_nothing_and_a_new_boot_that_runs_it_does()
    {
        Assert.Equal(InstancePhase.Recovering, After(Recovering(), Seen(Hv1, at: 11)).Phase);
        Assert.Equal(InstancePhase.Recovering, After(Recovering(), Seen(Hv1, boot: "", at: 11)).Phase);
        Assert.Equal(InstanceEnd.Left, After(Recovering(), Seen(Hv1, boot: "b2", at: 11)).EndOf(Incident)!.End);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_live_migration_by_an_operator_moves_the_place_whichever_report_comes_first(bool oldFirst)
    {
        var gone = Seen(Hv1, present: false);
        var there = Seen(Hv2);
        var s = oldFirst ? After(Running(), gone, there) : After(Running(), there, gone);
        Assert.Equal(Hv2, s.Place);
        Assert.True(s.Wanted);
        Assert.Equal([Hv1, Hv2], s.MayRun.Keys);
    }

    [Fact]
    public void Two_that_run_it_at_the_same_time_are_a_duplicate_told_once()
    {
        var look = Look(null, (Hv1, Seen(Hv1)), (Hv2, Seen(Hv2)));
        var s = After(Running(), Seen(Hv2));
        Assert.Equal(Hv1, s.Place);
        Assert.Equal([Hv1, Hv2], Assert.Single(Events(s, look).OfType<DuplicateSeen>()).Hypervisors.AsEnumerable());
        var told = After(s, look);
        Assert.Empty(Events(told, look));
        Assert.Single(Events(told, Look(null, (Hv1, Seen(Hv1)), (Hv2, Seen(Hv2, present: false)))).OfType<DuplicateEnded>());
    }

    [Fact]
    public void A_paused_copy_may_go_on_and_is_a_duplicate_too()
    {
        var look = Look(null, (Hv1, Seen(Hv1, InstanceState.Paused)), (Hv2, Seen(Hv2)));
        Assert.Equal([Hv1, Hv2], Assert.Single(Events(After(Running(), Seen(Hv2)), look).OfType<DuplicateSeen>()).Hypervisors.AsEnumerable());
        Assert.Empty(Events(After(Running(), Seen(Hv2)), Look(null, (Hv1, Seen(Hv1, InstanceState.Unknown)), (Hv2, Seen(Hv2)))).OfType<DuplicateSeen>());
    }

    [Fact]
    public void What_a_new_boot_does_not_have_went_before_it_and_is_left_and_told()
    {
        var owed = After(Running(), Asked(kind: RecoveryKind.Restart), Seen(Hv1, present: false, boot: "b2", at: 30));
        Assert.Equal(InstanceEnd.Left, owed.EndOf(Incident)!.End);
        Assert.IsType<InstanceGone>(Assert.Single(Events(owed, new TellGone(At(90)))));
    }

    [Fact]
    public void A_silent_place_stays_in_the_may_run_set_when_it_runs_elsewhere()
    {
        var s = After(Running(), Seen(Hv2), Look(null, (Hv1, null), (Hv2, Seen(Hv2))));
        Assert.Equal(Hv2, s.Place);
        Assert.True(s.MayRun[Hv1].IsActive);
    }

    [Fact]
    public void What_waits_starts_on_its_returned_hypervisor_when_that_is_settled_and_the_old_question_does_not_take_that_back()
    {
        // Its answer to the return is no start yet: the hypervisor is cleared only when every instance has answered, and then its incident asks again.
        var returned = After(Recovering(), new SettleReturn(Hv1, "b2", At(60)));
        Assert.Equal(RecoveryKind.Evacuate, returned.Recovery!.Kind);
        Assert.Empty(Events(returned, StartOn(Hv1)));
        var s = After(returned, Asked(kind: RecoveryKind.Restart, at: 62));
        Assert.Equal(RecoveryKind.Restart, s.Recovery!.Kind);
        Assert.Empty(Events(s, Asked(at: 70)));
        Assert.Equal(InstanceEnd.Restarted, After(s, StartOn(Hv1), new RecordRunYes(1, InstanceState.Running, false, At(80))).EndOf(Incident)!.End);
    }

    [Fact]
    public void A_returned_hypervisor_is_a_member_again()
    {
        var s = After(Starting(), new RecordRunYes(1, InstanceState.Running, false, At(15)), new SettleReturn(Hv1, "b2", At(60)));
        Assert.True(s.MayRun[Hv1].IsActive);
        Assert.DoesNotContain(Hv1, After(s, NotOn(Hv1, 1)).MayRun.Keys);
    }

    [Fact]
    public void The_read_model_hears_of_each_change_of_place_epoch_or_may_run_set()
    {
        Assert.Equal([Hv1, Hv2], Events(Recovering(), StartOn(Hv2, Hv1)).OfType<PlaceRecorded>().Single().MayRun.AsEnumerable());
        Assert.Equal(Hv2, Events(Starting(), new RecordRunYes(1, InstanceState.Running, false, At(15))).OfType<PlaceRecorded>().SingleOrDefault()?.Place);
        Assert.True(Events(Starting(), new RecordRunYes(1, InstanceState.Running, false, At(15))).OfType<PlaceRecorded>().Single().Runs);
    }
}
