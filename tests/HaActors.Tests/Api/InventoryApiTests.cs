using System.Net;
using HaActors.Actors.Protocol;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using Xunit;

namespace HaActors.Tests.Api;

/// <summary>Registering, changing and forgetting over HTTP.</summary>
public sealed class InventoryApiTests
{
    private const string Vm = "11111111-2222-3333-4444-555555555555";

    [Fact]
    public async Task A_location_is_created_read_replaced_patched_and_deleted()
    {
        await using var master = await MasterUnderTest.StartAsync();
        var (created, body) = await master.SendAsync("POST", "/api/v1/locations", """{"id":"dc1","name":"DC 1","haEnabled":true,"failureThreshold":3,"evacuationEnabled":true,"instancesHaEnabled":false}""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("/api/v1/locations/dc1", created.Headers.Location?.OriginalString);
        Assert.Equal("DC 1", body.GetProperty("name").GetString());

        Assert.Equal("dc1", Assert.Single(await master.Client.LocationsAsync()).Id);
        var replaced = await master.Client.ReplaceLocationAsync("dc1", new() { Name = "New", FailureThreshold = 5 });
        Assert.Equal(("New", 5, false), (replaced.Name, replaced.FailureThreshold, replaced.HaEnabled));
        var patched = await master.Client.PatchLocationAsync("dc1", new { haEnabled = true });
        Assert.Equal(("New", 5, true), (patched.Name, patched.FailureThreshold, patched.HaEnabled));

        await master.Client.DeleteLocationAsync("dc1");
        Assert.Equal("not-found", (await Assert.ThrowsAsync<HaActorsException>(() => master.Client.LocationAsync("dc1"))).Code);
        Assert.Equal(4, master.Fleet.Changes);
    }

    [Fact]
    public async Task A_group_inherits_by_null_and_null_in_a_patch_gives_inheritance_back()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync();
        var group = await master.Client.CreateGroupAsync(new() { Id = "g1", Name = "Rack 1", LocationId = "dc1", FailureThreshold = 7 });
        Assert.Equal(7, group.FailureThreshold);
        Assert.Null(group.EvacuationEnabled);

        var patched = await master.Client.PatchGroupAsync("g1", new Dictionary<string, object?> { ["failureThreshold"] = null });
        Assert.Null(patched.FailureThreshold);
        Assert.Equal("Rack 1", patched.Name);
        await master.Client.DeleteGroupAsync("g1");
        Assert.Empty(await master.Client.GroupsAsync());
    }

    [Fact]
    public async Task A_hypervisor_without_a_live_view_is_unknown_and_one_with_it_shows_it()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        var unseen = await master.Client.HypervisorAsync("hv1");
        Assert.Equal(("Unknown", 0, false), (unseen.State, unseen.Failures, unseen.Maintenance));
        Assert.NotNull(unseen.Reason);

        master.Fleet.Show("hv1", HypervisorPhase.Down, new("hv1-1"));
        var down = Assert.Single(await master.Client.HypervisorsAsync());
        Assert.Equal(("Down", 3, "hv1-1"), (down.State, down.Failures, down.IncidentId));

        master.Fleet.Away = true;
        Assert.Equal("Unknown", (await master.Client.HypervisorAsync("hv1")).State);
    }

    [Fact]
    public async Task One_hypervisor_reads_like_the_golden_file()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Show("hv1", HypervisorPhase.Healthy);
        var text = await master.Http.GetStringAsync("/api/v1/hypervisors/hv1");
        Assert.Equal(
            """
            {"id":"hv1","name":"hv1","locationId":"dc1","groupId":null,"address":"hv1.example","agent":{"url":"http://hv1.example:8081","hasToken":true},"ipmi":{"host":"hv1-bmc.example","port":623,"username":"admin","cipherSuite":3,"hasPassword":true},"haEnabled":true,"failureThreshold":3,"evacuationEnabled":true,"observeOnly":false,"state":"Healthy","since":"2026-03-01T12:00:00Z","failures":0,"reason":null,"maintenance":false,"lastProbe":{"at":"2026-03-01T12:00:30Z","ping":"ok","api":"ok","detail":null},"lastPassAt":"2026-03-01T12:00:00Z","incidentId":null,"attempt":1,"provedOff":false,"hypervisorUuid":"uuid-1","instances":2,"capacity":{"memoryMiB":65536,"vcpus":16,"protected":true,"datastores":[{"id":"ds-1","freeMiB":1000}]},"fenceDevices":[{"type":"ipmi","level":1,"name":"ipmi:hv1-bmc.example:623","host":"hv1-bmc.example","port":623,"username":"admin","cipherSuite":3,"url":null,"systemId":null,"certificateSha256":null,"agent":null,"options":null,"passwordOption":null,"path":null,"arguments":null,"hasPassword":true,"identified":false,"identity":null,"problem":null}],"fenceable":true,"fenceProblem":null,"agentVersion":null,"withheld":null,"quarantinedUntil":null,"shuttingDownSince":null}
            """, text);
    }

    [Fact]
    public async Task Another_address_is_asked_of_the_actor_first_and_a_no_changes_nothing()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Answer = r => new(r.HypervisorId, false, "conflict", "hv1 is in incident hv1-1.");
        var refused = await Assert.ThrowsAsync<HaActorsException>(() => master.Client.PatchHypervisorAsync("hv1", new { address = "other.example" }));
        Assert.Equal((409, "conflict"), (refused.Status, refused.Code));
        Assert.Equal("hv1.example", (await master.Client.HypervisorAsync("hv1")).Address);
        Assert.Equal(OperatorVerb.IdentityChanged, Assert.Single(master.Fleet.Asked).Verb);

        await master.Client.PatchHypervisorAsync("hv1", new { name = "renamed" });
        Assert.Single(master.Fleet.Asked);
    }

    [Fact]
    public async Task A_change_that_the_inventory_refuses_does_not_reset_the_hypervisor()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1", "hv2");
        var refused = await Assert.ThrowsAsync<HaActorsException>(() => master.Client.PatchHypervisorAsync("hv1", new { ipmi = new { host = "hv2-bmc.example" } }));
        Assert.Equal((409, "duplicate-bmc"), (refused.Status, refused.Code));
        Assert.Empty(master.Fleet.Asked);
    }

    [Fact]
    public async Task A_hypervisor_in_an_incident_or_with_instances_is_not_deleted()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Answer = r => new(r.HypervisorId, false, "open-incident", "hv1 is in incident hv1-1.");
        Assert.Equal("open-incident", (await Assert.ThrowsAsync<HaActorsException>(() => master.Client.DeleteHypervisorAsync("hv1"))).Code);

        master.Fleet.Answer = r => new(r.HypervisorId, true, "accepted", "");
        await master.ReportAsync("hv1", Reported("vm1"));
        Assert.Equal("in-use", (await Assert.ThrowsAsync<HaActorsException>(() => master.Client.DeleteHypervisorAsync("hv1"))).Code);

        master.Fleet.Answer = r => new(r.HypervisorId, true, "acknowledged", "");
        await master.Client.DeleteHypervisorAsync("hv1");
        Assert.All(master.Fleet.Asked, r => Assert.Equal(OperatorVerb.Delete, r.Verb));
        Assert.Empty(await master.Client.HypervisorsAsync());
    }

    [Fact]
    public async Task An_instance_is_found_by_an_agent_and_only_its_policy_changes()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        await master.ReportAsync("hv1", Reported("vm1"));
        var found = Assert.Single(await master.Client.InstancesAsync());
        Assert.Equal(("vm1", "hv1", "Running", false, 3, 100), (found.Name, found.HypervisorId, found.State, found.HaEnabled, found.MaxRestartAttempts, found.Priority));

        var changed = await master.Client.PatchInstanceAsync(Vm, new() { HaEnabled = true, Priority = 500 });
        Assert.Equal((true, 3, 500), (changed.HaEnabled, changed.MaxRestartAttempts, changed.Priority));
        Assert.Null(changed.Guarded);

        master.Fleet.InstanceViews[new(Vm)] = new(new(Vm), "vm1", new("hv1"), InstanceState.Running, true, true, 4, [new("hv1"), new("hv2")], new("hv1-1"), InstanceWait.Room, "no room anywhere", new("hv2"), 1);
        var live = await master.Client.InstanceAsync(Vm.ToUpperInvariant());
        Assert.Equal(("Room", "no room anywhere", "hv2", "hv1-1", 4L), (live.Wait, live.Reason, live.Destination, live.IncidentId, live.Epoch));
        Assert.Equal(["hv1", "hv2"], live.MayRun);
        Assert.False(live.Guarded);
        master.Fleet.InstanceViews[new(Vm)] = master.Fleet.InstanceViews[new(Vm)] with { Guarded = true };
        Assert.True((await master.Client.InstanceAsync(Vm)).Guarded);
    }

    [Fact]
    public async Task Every_change_is_an_event_with_who_did_it()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        await master.TellChangesAsync();
        var events = (await master.Client.EventsAsync(new(Types: ["inventory_changed"], Hypervisor: "hv1"))).Items;
        Assert.Equal("ann", Assert.Single(events).Data["who"]);
    }

    internal static HaActors.Domain.Ports.ReportedInstance Reported(string name) =>
        new(new(Vm), name, InstanceState.Running, false, 2, 2048, [new("vda", "/ds/vm1.qcow2", null, 10_240)], "<domain/>", false, 1);
}
