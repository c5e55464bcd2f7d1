using HaActors.Actors.Protocol;
using HaActors.Api;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using Xunit;

namespace HaActors.Tests.Api;

/// <summary>What an operator does beside the verbs of one hypervisor: end an incident, try an instance again, let a location only observe.</summary>
public sealed class OperatorActTests
{
    private const string Vm = "11111111-2222-3333-4444-555555555555";

    [Fact]
    public async Task An_incident_is_cancelled_by_the_actor_of_its_hypervisor()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv-1");
        master.Fleet.Show("hv-1", HypervisorPhase.Evacuated, new("hv-1-3"));

        var now = await master.Client.CancelIncidentAsync("hv-1-3", "rebuilt from backup");

        Assert.Equal("hv-1", now.Id);
        Assert.Equal((new("hv-1"), OperatorVerb.CancelIncident, "rebuilt from backup", "hv-1-3"), Asked(Assert.Single(master.Fleet.Asked, r => r.Verb == OperatorVerb.CancelIncident)));

        master.Fleet.Answer = r => new(r.HypervisorId, false, "conflict", "hv-1-3 is not open.");
        Assert.Equal("conflict", (await Assert.ThrowsAsync<HaActorsException>(() => master.Client.CancelIncidentAsync("hv-1-3", "again"))).Code);
    }

    [Fact]
    public async Task What_waits_for_a_person_is_tried_again_by_its_own_actor()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        await master.ReportAsync("hv1", new ReportedInstance(new(Vm), "vm1", InstanceState.Running, false, 2, 2048, [], "<domain/>", false, 1));

        Assert.Equal(Vm, (await master.Client.RetryInstanceAsync(Vm, "memory added")).Id);
        Assert.Equal(new RetryRecovery(new(Vm), "ann", "memory added"), Assert.Single(master.Fleet.Retried));
        Assert.Equal("conflict", (await Assert.ThrowsAsync<HaActorsException>(() => master.Client.RetryInstanceAsync(Vm, "nothing waits"))).Code);
    }

    [Fact]
    public async Task The_word_that_its_old_host_cannot_start_it_goes_to_its_actor()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        await master.ReportAsync("hv1", new ReportedInstance(new(Vm), "vm1", InstanceState.Running, false, 2, 2048, [], "<domain/>", false, 1));

        Assert.Equal("wrong-value", (await Assert.ThrowsAsync<HaActorsException>(() => master.Client.RetryInstanceAsync(Vm, "its disks are out", "no id!"))).Code);
        await master.Client.RetryInstanceAsync(Vm, "its disks are out", "hv1");
        Assert.Equal(new RetryRecovery(new(Vm), "ann", "its disks are out", new("hv1")), Assert.Single(master.Fleet.Retried));
    }

    [Fact]
    public async Task A_location_that_only_observes_says_so_for_each_hypervisor_and_a_group_may_say_otherwise()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        Assert.False((await master.Client.LocationAsync("dc1")).ObserveOnly);

        Assert.True((await master.Client.PatchLocationAsync("dc1", new { observeOnly = true })).ObserveOnly);
        Assert.True((await master.Client.HypervisorAsync("hv1")).ObserveOnly);

        await master.Client.CreateGroupAsync(new() { Id = "g1", LocationId = "dc1", ObserveOnly = false });
        await master.Client.PatchHypervisorAsync("hv1", new { groupId = "g1" });
        Assert.False((await master.Client.HypervisorAsync("hv1")).ObserveOnly);
        Assert.Null((await master.Client.PatchGroupAsync("g1", new Dictionary<string, object?> { ["observeOnly"] = null })).ObserveOnly);
        Assert.True((await master.Client.HypervisorAsync("hv1")).ObserveOnly);
    }

    private static (HaActors.Domain.HypervisorId, OperatorVerb, string, string?) Asked(OperatorRequest r) => (r.HypervisorId, r.Verb, r.Reason, r.TypedId);
}
