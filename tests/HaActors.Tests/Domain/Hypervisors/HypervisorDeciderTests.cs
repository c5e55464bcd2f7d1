using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;
using Xunit;
using static HaActors.Tests.Domain.Hypervisors.AHypervisor;

namespace HaActors.Tests.Domain.Hypervisors;

public sealed class HypervisorDeciderTests
{
    [Fact]
    public void Every_state_names_every_command()
    {
        foreach (var phase in Enum.GetValues<HypervisorPhase>())
        {
            foreach (var command in Commands())
            {
                var state = In(phase);
                var decision = HypervisorDecider.Decide(state, command);
                if (decision is Decision<IHypervisorEvent>.Accepted { Events: var events })
                {
                    Assert.NotEmpty(events);
                    _ = events.Aggregate(state, (s, e) => s.Apply(e));
                }
            }
        }
    }

    [Theory]
    [InlineData(HypervisorPhase.Healthy)]
    [InlineData(HypervisorPhase.Suspect)]
    [InlineData(HypervisorPhase.Down)]
    [InlineData(HypervisorPhase.Returning)]
    public void An_agent_of_another_version_is_noted_with_its_time_in_every_state(HypervisorPhase phase)
    {
        var state = In(phase) with { AgentVersion = "1.0.0" };
        var pass = new RecordPass("uuid", state.BootId, true, false, true, T0) { AgentVersion = "1.1.0" };
        var events = Assert.IsType<Decision<IHypervisorEvent>.Accepted>(HypervisorDecider.Decide(state, pass)).Events;

        Assert.Equal(new AgentChanged(Hv1, "1.0.0", "1.1.0", T0), events[0]);
        var after = events.Aggregate(state, (s, e) => s.Apply(e));
        Assert.Equal(("1.1.0", T0), (after.AgentVersion, after.AgentChangedAt));
        var again = HypervisorDecider.Decide(after, pass with { At = T0.AddSeconds(30) });
        Assert.DoesNotContain(again is Decision<IHypervisorEvent>.Accepted { Events: var more } ? more : [], e => e is AgentChanged);
    }

    [Fact]
    public void The_version_that_is_told_first_is_no_upgrade()
    {
        var pass = new RecordPass("uuid", "boot", true, false, true, T0) { AgentVersion = "1.0.0" };
        var events = Assert.IsType<Decision<IHypervisorEvent>.Accepted>(HypervisorDecider.Decide(HypervisorState.New(Hv1), pass)).Events;
        var after = events.Aggregate(HypervisorState.New(Hv1), (s, e) => s.Apply(e));

        Assert.Equal("1.0.0", after.AgentVersion);
        Assert.Null(after.AgentChangedAt);
    }

    [Fact]
    public void The_list_of_commands_is_complete() => Assert.Equal(
        typeof(IHypervisorCommand).Assembly.GetTypes().Where(t => t is { IsInterface: false } && typeof(IHypervisorCommand).IsAssignableFrom(t)).OrderBy(t => t.Name),
        Commands().Select(c => c.GetType()).Distinct().OrderBy(t => t.Name));

    [Fact]
    public void Third_miss_in_a_row_declares_the_hypervisor_down()
    {
        var state = Run(In(HypervisorPhase.Healthy), Missed(1), Missed(2));
        Assert.Equal(HypervisorPhase.Suspect, state.Phase);

        var events = Accepted(HypervisorDecider.Decide(state, Missed(3)));
        Assert.Collection(
            events,
            e => Assert.Equal(3, Assert.IsType<ProbeMissed>(e).Misses),
            e =>
            {
                var down = Assert.IsType<DeclaredDown>(e);
                Assert.Equal(new IncidentId("hv1-1"), down.Incident);
                Assert.Equal(MissClass.Unreachable, down.Failing);
                Assert.Equal(T0.AddSeconds(1), down.FirstMissAt);
            });
    }

    [Fact]
    public void A_pass_before_the_threshold_starts_the_count_anew()
    {
        var state = Run(In(HypervisorPhase.Healthy), Missed(1), Missed(2), Pass(3), Missed(4), Missed(5));
        Assert.Equal((HypervisorPhase.Suspect, 2), (state.Phase, state.Misses));
    }

    [Fact]
    public void One_degraded_miss_among_the_last_three_is_no_unreachable_host()
    {
        var state = Run(In(HypervisorPhase.Healthy), Missed(1), Missed(2, MissClass.Degraded), Missed(3));
        Assert.Equal((HypervisorPhase.Down, MissClass.Degraded), (state.Phase, state.Failing));
        state = Run(state, Missed(4), Missed(5));
        Assert.Equal(MissClass.Unreachable, state.Failing);
    }

    [Fact]
    public void A_long_outage_writes_no_row_for_each_miss()
    {
        var state = Run(In(HypervisorPhase.Healthy), Missed(1), Missed(2), Missed(3));
        for (var i = 4; i < 100; i++)
        {
            Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, Missed(i)));
        }
    }

    [Fact]
    public void What_was_never_seen_is_told_once_and_never_declared_down()
    {
        var state = HypervisorState.New(Hv1);
        var told = 0;
        for (var i = 1; i < 20; i++)
        {
            if (HypervisorDecider.Decide(state, Missed(i)) is Decision<IHypervisorEvent>.Accepted { Events: var events })
            {
                told += events.OfType<NeverSeen>().Count();
                state = events.Aggregate(state, (s, e) => s.Apply(e));
            }
        }

        Assert.Equal((1, HypervisorPhase.Unknown), (told, state.Phase));
        Assert.IsType<Decision<IHypervisorEvent>.Refused>(HypervisorDecider.Decide(state, new OrderFence(Anna, T0)));
    }

    [Fact]
    public void A_host_that_answers_while_it_is_fenced_is_fenced_all_the_same()
    {
        var state = In(HypervisorPhase.Fencing);
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, Pass(9)));
    }

    [Fact]
    public void A_proof_of_another_attempt_proves_nothing()
    {
        var state = In(HypervisorPhase.Fencing);
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, Proof(state.Attempt - 1)));
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(In(HypervisorPhase.FenceFailed), Proof(state.Attempt)));
        Assert.Equal(HypervisorPhase.Fenced, Run(state, Proof(state.Attempt)).Phase);
    }

    [Fact]
    public void A_permit_counts_for_the_next_attempt_only()
    {
        var state = In(HypervisorPhase.Down);
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, new GrantPermit(state.Attempt, [], [], [], T0)));
        Assert.Equal(HypervisorPhase.Fencing, Run(state, new GrantPermit(state.Attempt + 1, [], [], [], T0)).Phase);
    }

    [Theory]
    [InlineData(true, 0, 10, HypervisorPhase.Down)] // it answers, and nothing was issued
    [InlineData(true, 1, 10, HypervisorPhase.Fencing)] // it answers, but an off may have left: half of it may be gone
    [InlineData(false, 0, 10, HypervisorPhase.Fencing)]
    [InlineData(false, 1, 301, HypervisorPhase.Down)] // too long since the master came back
    public void After_a_restart_a_request_is_resumed_or_expires(bool passed, int offs, int seconds, HypervisorPhase expected)
    {
        var state = In(HypervisorPhase.Fencing);
        for (var i = 0; i < offs; i++)
        {
            state = Run(state, new IssueOff(state.Attempt, "ipmi:a:623", T0));
        }

        Assert.Equal(expected, Run(state, new ResumeFence(state.Attempt, passed, TimeSpan.FromSeconds(seconds), T0)).Phase);
    }

    [Fact]
    public void Two_passes_take_a_hypervisor_that_is_down_back()
    {
        var state = Run(In(HypervisorPhase.Down), Pass(10));
        Assert.Equal(HypervisorPhase.Down, state.Phase);
        state = Run(state, Pass(11));
        Assert.Equal((HypervisorPhase.Healthy, false), (state.Phase, state.IncidentOpen));
    }

    [Fact]
    public void A_new_boot_ends_what_ran_there_and_is_not_fenced()
    {
        var state = Run(In(HypervisorPhase.Down), Pass(10, "boot-2"));
        Assert.Equal((HypervisorPhase.Returning, true, true), (state.Phase, state.IncidentOpen, state.NeedsClearing));
    }

    [Fact]
    public void A_new_boot_before_the_first_off_ends_the_fence()
    {
        var fencing = In(HypervisorPhase.Fencing);
        Assert.Equal((HypervisorPhase.Returning, true), (Run(fencing, Pass(10, "boot-2")).Phase, Run(fencing, Pass(10, "boot-2")).IncidentOpen));

        // An off that has left may yet be carried out, and an order stands.
        var issued = Run(fencing, new IssueOff(fencing.Attempt, "ipmi:a:623", T0));
        Assert.Equal(HypervisorPhase.Fencing, Run(issued, Pass(10, "boot-2")).Phase);
        var ordered = Run(In(HypervisorPhase.Down), new OrderFence(Anna, T0), new GrantPermit(1, [], [], [], T0));
        Assert.Equal(HypervisorPhase.Fencing, Run(ordered, Pass(10, "boot-2")).Phase);
    }

    [Fact]
    public void What_was_permitted_because_it_is_off_gets_no_off_unless_a_person_orders_it()
    {
        var fencing = Run(In(HypervisorPhase.Down), new GrantPermit(1, [], [], [], T0, OnlyIfOff: true));
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(fencing, new IssueOff(1, "ipmi:a:623", T0)));
        Assert.Equal(1, Run(fencing, new OrderFence(Anna, T0), new IssueOff(1, "ipmi:a:623", T0)).OffsIssued);

        // The next permit is another one.
        var next = Run(fencing, new ExpireFence(1, "its power is on", T0), new GrantPermit(2, [], [], [], T0));
        Assert.Equal(1, Run(next, new IssueOff(2, "ipmi:a:623", T0)).OffsIssued);
    }

    [Fact]
    public void An_attempt_is_let_go_on_before_anybody_is_called_and_not_for_ever()
    {
        var fencing = In(HypervisorPhase.Fencing);
        Assert.False(HypervisorDecider.IsOverdue(fencing, TimeSpan.FromMinutes(29)));
        Assert.True(HypervisorDecider.IsOverdue(fencing, TimeSpan.FromMinutes(30)));
        Assert.True(HypervisorDecider.IsOverdue(In(HypervisorPhase.FenceFailed), TimeSpan.FromMinutes(15)));
    }

    [Fact]
    public void A_changed_address_does_not_forget_that_something_moved_away()
    {
        var state = Run(In(HypervisorPhase.Evacuated), new CloseIncident(new IncidentId("hv1-1"), T0), new ForgetIdentity("its address changed", T0));
        Assert.Equal(HypervisorPhase.Unknown, state.Phase);
        state = Run(state, Pass(10, "boot-2"), Pass(11, "boot-2"), Pass(12, "boot-2"), Pass(13, "boot-2"));
        Assert.Equal(HypervisorPhase.Returning, state.Phase);
        Assert.Equal(HypervisorPhase.Healthy, Run(state, new ConfirmCleared("boot-2", T0)).Phase);
    }

    [Fact]
    public void A_cancelled_incident_is_not_cancelled_twice_and_the_next_one_is_free_of_it()
    {
        var state = Run(In(HypervisorPhase.Down), new CancelIncident(new IncidentId("hv1-1"), Anna, T0));
        Assert.Equal(Anna, state.Cancelled);
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, new CancelIncident(new IncidentId("hv1-1"), Anna, T0)));
        state = Run(state, Pass(10), Pass(11));
        Assert.Null(state.Cancelled);
        Assert.IsType<Decision<IHypervisorEvent>.Refused>(HypervisorDecider.Decide(state, new CancelIncident(new IncidentId("hv1-1"), Anna, T0)));
    }

    [Fact]
    public void An_order_keeps_an_answering_host_down_for_five_minutes_whatever_the_wall_clock_says()
    {
        var ordered = Run(In(HypervisorPhase.Down), new OrderFence(Anna, T0));
        RecordPass After(int minutes, double since) => Pass(minutes * 60) with { SinceOrder = TimeSpan.FromMinutes(since) };
        Assert.Equal(HypervisorPhase.Down, Run(ordered, After(60, 1), After(61, 2)).Phase);
        Assert.Equal(HypervisorPhase.Healthy, Run(ordered, After(-60, 5), After(-59, 6)).Phase);
    }

    [Fact]
    public void An_incident_without_a_proof_is_overdue_once()
    {
        var state = In(HypervisorPhase.Down);
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, new RemindOfFence(InstanceWait.Gate, "storm", TimeSpan.FromMinutes(14), T0.AddMinutes(14))));
        state = Run(state, new RemindOfFence(InstanceWait.Gate, "storm", TimeSpan.FromMinutes(16), T0.AddMinutes(16)));
        Assert.True(state.OverdueTold);
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, new RemindOfFence(InstanceWait.Gate, "storm", TimeSpan.FromMinutes(40), T0.AddMinutes(40))));
    }

    [Fact]
    public void A_return_that_is_not_settled_is_overdue_once_and_not_when_it_is_cleared()
    {
        var state = In(HypervisorPhase.Returning);
        RemindOfReturn After(int minutes) => new("vm1: it runs there", TimeSpan.FromMinutes(minutes), T0.AddMinutes(minutes));
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, After(14)));
        Assert.Equal("vm1: it runs there", Assert.IsType<ReturnOverdue>(Assert.Single(Accepted(HypervisorDecider.Decide(state, After(15))))).Reason);
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(Run(state, After(16)), After(40)));
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state with { ClearedBootId = state.BootId }, After(16)));
        Assert.False(Run(state, After(16), Pass(2000, "boot-8")).ReturnOverdueTold);
    }

    [Fact]
    public void What_boots_after_it_was_in_service_again_is_no_part_of_what_was_cancelled()
    {
        var cancelled = In(HypervisorPhase.Evacuated) with { Cancelled = Anna };
        var back = Run(cancelled, Pass(10, "boot-2"), new ConfirmCleared("boot-2", T0), Pass(11, "boot-2"), Pass(12, "boot-2"), Pass(13, "boot-2"));
        Assert.Equal((HypervisorPhase.Healthy, true, null), (back.Phase, back.IncidentOpen, back.Cancelled));
        Assert.Null(Run(In(HypervisorPhase.Healthy) with { IncidentNumber = 1, IncidentOpen = true, Cancelled = Anna }, Pass(20, "boot-3")).Cancelled);
        Assert.Equal(Anna, Run(cancelled, Pass(10, "boot-2"), Pass(11, "boot-3")).Cancelled);
    }

    [Fact]
    public void Returning_is_healthy_after_three_passes_and_only_when_cleared_for_this_boot()
    {
        var state = Run(In(HypervisorPhase.Evacuated), Pass(10, "boot-2"), Pass(11, "boot-2"), Pass(12, "boot-2"), Pass(13, "boot-2"), Pass(14, "boot-2"));
        Assert.Equal(HypervisorPhase.Returning, state.Phase);
        state = Run(state, new ConfirmCleared("boot-1", T0));
        Assert.Equal(HypervisorPhase.Returning, state.Phase);
        state = Run(state, new ConfirmCleared("boot-2", T0));
        Assert.Equal((HypervisorPhase.Healthy, "boot-2"), (state.Phase, state.BootId));
    }

    [Fact]
    public void What_was_moved_away_is_cleared_even_after_a_second_failure()
    {
        var state = Run(In(HypervisorPhase.Evacuated), Pass(10, "boot-2"), Missed(11), Missed(12), Missed(13));
        Assert.Equal((HypervisorPhase.Down, 2), (state.Phase, state.IncidentNumber));
        state = Run(state, Pass(14, "boot-2"), Pass(15, "boot-2"));
        Assert.Equal(HypervisorPhase.Returning, state.Phase);
    }

    [Fact]
    public void Power_that_returns_breaks_the_proof_and_a_later_reading_does_not_mend_it()
    {
        var state = Run(In(HypervisorPhase.Evacuating), new ObserveProof(ProofSign.On, "reads on", T0));
        Assert.False(state.IsProvedOff);
        state = Run(state, new ObserveProof(ProofSign.Off, "reads off", T0));
        Assert.False(state.IsProvedOff);
        Assert.Equal(HypervisorPhase.Down, Run(state, new VoidProof("5 min", T0)).Phase);
    }

    [Fact]
    public void An_acknowledgement_is_refused_while_anything_answers()
    {
        Assert.IsType<Decision<IHypervisorEvent>.Refused>(HypervisorDecider.Decide(In(HypervisorPhase.Down), new Acknowledge(Anna, "it answers ping", T0)));
        var state = Run(In(HypervisorPhase.FenceFailed), new Acknowledge(Anna, null, T0));
        Assert.Equal((HypervisorPhase.Fenced, ProofKind.Acknowledged), (state.Phase, state.Proof));
    }

    [Fact]
    public void What_is_evacuated_can_be_signed_off_for_good_and_stays_evacuated()
    {
        var state = Run(In(HypervisorPhase.Evacuated), new Acknowledge(Anna, null, T0));
        Assert.Equal((HypervisorPhase.Evacuated, ProofKind.Acknowledged), (state.Phase, state.Proof));
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(state, new Acknowledge(Anna, null, T0)));
    }

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    public void A_failed_fence_is_taken_back_only_when_nothing_of_it_can_still_happen(bool readsOff, bool quiet, bool back)
    {
        var state = Run(In(HypervisorPhase.FenceFailed), Pass(10), Pass(11), new TakeBack(readsOff, quiet, "boot-1", T0));
        Assert.Equal(back ? HypervisorPhase.Healthy : HypervisorPhase.FenceFailed, state.Phase);
    }

    [Fact]
    public void The_identity_can_be_changed_only_without_an_open_incident()
    {
        var request = new ForgetIdentity("its address changed", T0);
        Assert.IsType<Decision<IHypervisorEvent>.Refused>(HypervisorDecider.Decide(In(HypervisorPhase.Down), request));
        var state = Run(In(HypervisorPhase.Healthy), request);
        Assert.Equal((HypervisorPhase.Unknown, (string?)null), (state.Phase, state.HypervisorUuid));
    }

    [Theory]
    [InlineData(null, 0, 0, 1, 1, 30, true)] // the first one
    [InlineData(0, 1, 30, 1, 2, 30, true)]
    [InlineData(0, 1, 14, 1, 2, 30, false)] // a tick out of step
    [InlineData(0, 5, 60, 1, 5, 30, false)] // the same sweep again
    [InlineData(0, 5, 60, 1, 4, 30, false)] // a late outcome of an earlier sweep
    [InlineData(0, 5, 14, 2, 1, 30, false)] // a second monitor asks out of step
    [InlineData(0, 5, 15, 2, 1, 30, true)] // a second monitor's numbers begin where they like
    [InlineData(0, 5, 5, 1, 6, 5, true)] // confirmed at its own pace
    [InlineData(0, 5, 2, 1, 6, 5, false)]
    [InlineData(0, 5, 5, 1, 6, 30, false)] // a tick between two confirmations
    public void A_miss_counts_once_a_pace(int? lastAt, long lastSweep, int now, long monitor, long sweep, int pace, bool counts) => Assert.Equal(
        counts,
        MissPacing.Counts(lastAt is { } l ? new CountedMiss(1, lastSweep, TimeSpan.FromSeconds(l)) : null, TimeSpan.FromSeconds(now), monitor, sweep, TimeSpan.FromSeconds(pace)));

    [Fact]
    public void After_a_pass_the_pace_begins_anew_and_old_sweeps_stay_old()
    {
        var passed = new CountedMiss(1, 5, null);
        Assert.True(MissPacing.Counts(passed, TimeSpan.FromSeconds(1), 1, 6, TimeSpan.FromSeconds(30)));
        Assert.False(MissPacing.Counts(passed, TimeSpan.FromSeconds(1), 1, 5, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void The_end_of_what_waited_is_told_when_the_incident_closes_and_nothing_is_told_twice()
    {
        var incident = new IncidentId("hv1-1");
        var waiting = Run(In(HypervisorPhase.Evacuating), new SettleEvacuation(incident, 3, 1, T0));
        var closed = Assert.IsType<IncidentClosed>(Assert.Single(Accepted(HypervisorDecider.Decide(waiting, new CloseIncident(incident, T0, 3)))));
        Assert.Contains("All 3 instances of hv1 have an end", HypervisorLog.Of(closed, _ => null)!.Message, StringComparison.Ordinal);

        var complete = Run(In(HypervisorPhase.Evacuating), new SettleEvacuation(incident, 3, 0, T0));
        Assert.Null(HypervisorLog.Of(Assert.Single(Accepted(HypervisorDecider.Decide(complete, new CloseIncident(incident, T0, 3)))), _ => null));
    }
}
