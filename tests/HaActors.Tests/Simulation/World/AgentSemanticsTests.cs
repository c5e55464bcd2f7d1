using System.Collections.Immutable;
using HaActors.AgentApi;
using HaActors.Domain;
using HaActors.Domain.Ports;
using HaActors.Simulation.World;
using Xunit;
using State = HaActors.Domain.Inventory.InstanceState;

namespace HaActors.Tests.Simulation.World;

/// <summary>The simulated agent keeps the agent's contract: each of its codes, and what it does only once.</summary>
public sealed class AgentSemanticsTests : IDisposable
{
    private readonly Site _site = new();

    private InstanceId Vm1 => _site.Vm1;

    [Fact]
    public void A_run_starts_a_copy_once_for_each_epoch()
    {
        _site.World.PowerLoss(Site.Hv1);

        Assert.False(Site.YesOf(_site.Run(Site.Hv2, Vm1, 1)).Already);
        Assert.True(Site.YesOf(_site.Run(Site.Hv2, Vm1, 1)).Already);

        Assert.Equal([Site.Hv2], _site.RunsOn(Vm1));
        Assert.Single(_site.World.Acts, a => a.Text == "vm1 copy started on hv2");
    }

    [Fact]
    public void What_its_user_shut_off_after_a_run_stays_off_when_the_run_is_repeated()
    {
        _site.World.PowerLoss(Site.Hv1);
        _site.Run(Site.Hv2, Vm1, 1);
        _site.World.ShutDownInstance(Vm1);

        Assert.Equal(new RunReport(State.ShutOff, 1, Already: true), Site.YesOf(_site.Run(Site.Hv2, Vm1, 1)));
        Assert.Empty(_site.RunsOn(Vm1));
        Assert.True(Reported(Site.Hv2).UserStopped);
    }

    [Fact]
    public void An_epoch_at_or_below_the_floor_is_refused_as_old()
    {
        _site.World.PowerLoss(Site.Hv1);
        _site.Run(Site.Hv2, Vm1, 5);

        Assert.Equal(AgentCodes.EpochOld, Site.CodeOf(_site.Run(Site.Hv2, Vm1, 4)));
    }

    [Fact]
    public void After_a_cancel_every_run_up_to_its_epoch_is_refused_for_ever()
    {
        _site.World.PowerLoss(Site.Hv1);

        var report = Site.YesOf(_site.Cancel(Site.Hv2, Vm1, 3));

        Assert.Equal((false, 3L), (report.Present, report.RefusedUpTo));
        Assert.Equal(AgentCodes.EpochOld, Site.CodeOf(_site.Run(Site.Hv2, Vm1, 3)));
        _site.World.KillAgent(Site.Hv2);
        _site.World.StartAgent(Site.Hv2);
        Assert.Equal(AgentCodes.EpochOld, Site.CodeOf(_site.Run(Site.Hv2, Vm1, 3)));
        Site.YesOf(_site.Run(Site.Hv2, Vm1, 4));
    }

    [Fact]
    public void A_cancel_of_what_runs_says_present_and_touches_nothing()
    {
        Assert.True(Site.YesOf(_site.Cancel(Site.Hv1, Vm1, 1)).Present);
        Assert.Equal([Site.Hv1], _site.RunsOn(Vm1));
    }

    [Fact]
    public void A_cancel_during_a_slow_run_keeps_it_from_starting()
    {
        _site.World.PowerLoss(Site.Hv1);
        _site.World.Answers.Slow(AgentCall.Run, TimeSpan.FromSeconds(90));

        Assert.IsType<AgentResult<RunReport>.Unknown>(_site.Run(Site.Hv2, Vm1, 1));
        var cancelling = _site.Wait(() => _site.Agent.CancelAsync(_site.World.EndpointOf(Site.Hv2), Vm1, 1, default));
        _site.Timeline.RunFor(TimeSpan.FromMinutes(2));

        Assert.IsType<AgentResult<CancelReport>.Unknown>(cancelling);
        Assert.False(Site.YesOf(_site.Cancel(Site.Hv2, Vm1, 1)).Present);
        Assert.Empty(_site.RunsOn(Vm1));
        Assert.DoesNotContain(_site.World.Look(Site.Hv2).Instances, i => i.Id == Vm1);
    }

    [Fact]
    public void A_slow_run_whose_caller_gave_up_starts_all_the_same()
    {
        _site.World.PowerLoss(Site.Hv1);
        _site.World.Answers.Slow(AgentCall.Run, TimeSpan.FromSeconds(90));

        Assert.IsType<AgentResult<RunReport>.Unknown>(_site.Run(Site.Hv2, Vm1, 1));
        Assert.Empty(_site.RunsOn(Vm1));
        _site.Timeline.RunFor(TimeSpan.FromMinutes(1));

        Assert.Equal([Site.Hv2], _site.RunsOn(Vm1));
    }

    [Fact]
    public void A_run_whose_answer_is_lost_is_unknown_and_done()
    {
        _site.World.PowerLoss(Site.Hv1);
        _site.World.Answers.LoseAnswer(AgentCall.Run, nth: 2);
        _site.World.PowerLoss(Site.Hv3);

        Site.YesOf(_site.Run(Site.Hv2, Vm1, 1));
        var lost = Assert.IsType<AgentResult<RunReport>.Unknown>(_site.Run(Site.Hv2, _site.Fleet.Instance("vm3"), 1));

        Assert.False(lost.NeverLeft);
        Assert.Equal([Site.Hv2], _site.RunsOn(_site.Fleet.Instance("vm3")));
    }

    [Fact]
    public void A_wiped_state_directory_refuses_every_run_until_the_floors_are_told()
    {
        _site.World.PowerLoss(Site.Hv1);
        _site.World.WipeAgentState(Site.Hv2);
        Assert.Equal(AgentCodes.EpochsUnknown, Site.CodeOf(_site.Run(Site.Hv2, Vm1, 7)));

        var floors = ImmutableDictionary<InstanceId, long>.Empty.Add(Vm1, 6);
        var boot = _site.World.Look(Site.Hv2).BootId;
        Site.YesOf(_site.Wait(() => _site.Agent.SetEpochFloorsAsync(_site.World.EndpointOf(Site.Hv2), boot, floors, default)));

        Assert.Equal(AgentCodes.EpochOld, Site.CodeOf(_site.Run(Site.Hv2, Vm1, 6)));
        Site.YesOf(_site.Run(Site.Hv2, Vm1, 7));
    }

    [Fact]
    public void A_host_that_has_booted_runs_nothing_until_it_is_cleared_for_that_boot()
    {
        _site.World.Reboot(Site.Hv1);
        _site.Timeline.RunFor(TimeSpan.FromMinutes(2));
        Assert.Equal(AgentCodes.NotCleared, Site.CodeOf(_site.Run(Site.Hv1, Vm1, 1)));
        Assert.Equal(AgentCodes.NotCleared, Site.CodeOf(Clear(_site.World.UuidOf("boot hv1 1"))));

        Site.YesOf(Clear(_site.World.Look(Site.Hv1).BootId));

        Site.YesOf(_site.Run(Site.Hv1, Vm1, 1));
        Assert.Equal([Site.Hv1], _site.RunsOn(Vm1));
    }

    [Fact]
    public void What_is_active_under_another_epoch_is_present_and_not_touched() =>
        Assert.Equal(AgentCodes.Present, Site.CodeOf(_site.Run(Site.Hv1, Vm1, 1)));

    [Fact]
    public void No_room_is_the_agents_own_count()
    {
        _site.World.PowerLoss(Site.Hv1);
        _site.World.FillMemory(Site.Hv2, mib: 1000);

        Assert.Equal(AgentCodes.NoRoom, Site.CodeOf(_site.Run(Site.Hv2, Vm1, 1)));
        _site.World.FreeMemory(Site.Hv2);
        Site.YesOf(_site.Run(Site.Hv2, Vm1, 1));
    }

    [Fact]
    public void A_definition_that_is_none_or_anothers_is_invalid() =>
        Assert.Equal(AgentCodes.Invalid, Site.CodeOf(_site.Wait(() =>
            _site.Agent.RunAsync(_site.World.EndpointOf(Site.Hv2), Vm1, _site.Definition(_site.Fleet.Instance("vm2")), 1, default))));

    [Fact]
    public void A_wrong_token_is_unauthorized() =>
        Assert.Equal(AgentCodes.Unauthorized, Site.CodeOf(_site.Wait(() =>
            _site.Agent.HostAsync(_site.World.EndpointOf(Site.Hv1) with { Token = new Secret("other") }, default))));

    [Fact]
    public void A_killed_agent_refuses_the_connection_so_the_request_surely_never_left()
    {
        _site.World.KillAgent(Site.Hv2);

        Assert.True(Assert.IsType<AgentResult<RunReport>.Unknown>(_site.Run(Site.Hv2, Vm1, 1)).NeverLeft);
    }

    [Fact]
    public void A_definition_is_forgotten_only_when_nothing_runs_and_its_floor_stays()
    {
        Assert.Equal(AgentCodes.Present, Site.CodeOf(Forget(Site.Hv1)));
        _site.World.ShutDownInstance(Vm1);
        Site.YesOf(_site.Cancel(Site.Hv1, Vm1, 4));
        Site.YesOf(Forget(Site.Hv1));

        Assert.Empty(_site.World.Look(Site.Hv1).Instances);
        Assert.Equal(AgentCodes.EpochOld, Site.CodeOf(_site.Run(Site.Hv1, Vm1, 4)));
    }

    [Fact]
    public void A_nonce_is_read_by_every_host_that_shares_the_file_system()
    {
        var store = _site.Fleet.SharedDatastore!.Value;
        Site.YesOf(_site.Wait(() => _site.Agent.WriteNonceAsync(_site.World.EndpointOf(Site.Hv1), store, "n-1", default)));

        var seen = Site.YesOf(_site.Wait(() => _site.Agent.HostAsync(_site.World.EndpointOf(Site.Hv2), default))).Datastores.Single();

        Assert.Equal("n-1", seen.Nonces[_site.World.Look(Site.Hv1).Uuid]);
        _site.World.CutDatastore(Site.Hv2, store);
        Assert.Empty(Site.YesOf(_site.Wait(() => _site.Agent.HostAsync(_site.World.EndpointOf(Site.Hv2), default))).Datastores);
    }

    public void Dispose() => _site.Dispose();

    private ReportedInstance Reported(HypervisorId hypervisor) =>
        Site.YesOf(_site.Wait(() => _site.Agent.InstancesAsync(_site.World.EndpointOf(hypervisor), default))).Instances.Single(i => i.Id == Vm1);

    private AgentResult<Done> Clear(string bootId) => _site.Wait(() => _site.Agent.ClearAsync(_site.World.EndpointOf(Site.Hv1), bootId, default));

    private AgentResult<Done> Forget(HypervisorId hypervisor) => _site.Wait(() => _site.Agent.ForgetAsync(_site.World.EndpointOf(hypervisor), Vm1, default));
}
