using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Storage.EventLog;
using HaActors.Storage.Inventory;
using LinqToDB.Data;
using Xunit;
using static HaActors.Tests.Storage.StorageBench;

namespace HaActors.Tests.Storage;

[Collection(StorageCollection.Name)]
public sealed class InventoryStoreSpec(PostgresqlCluster cluster)
{
    public static TheoryData<string> Engines => StorageBench.Engines;

    [Theory, MemberData(nameof(Engines))]
    public async Task What_an_operator_registers_is_read_back_as_it_was(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        var group = new HypervisorGroup(new("g1"), "Rack 1", new("dc1"), true, 5, false);
        var bare = Hv(2) with { Ipmi = null, Agent = Hv(2).Agent with { Token = Secret.None } };
        await bench.Store.CreateLocationAsync(Dc1, ByAda, default);
        await bench.Store.CreateGroupAsync(group, ByAda, default);
        await bench.Store.CreateHypervisorAsync(Hv(1, group: "g1"), ByAda, default);
        await bench.Store.CreateHypervisorAsync(bare, ByAda, default);

        var snapshot = await bench.Inventory.ReadAsync(default);

        Assert.Equal(Dc1, snapshot.Locations[new("dc1")]);
        Assert.Equal(group, snapshot.Groups[new("g1")]);
        Assert.Equal(Hv(1, group: "g1"), snapshot.Hypervisors[new("hv1")]);
        Assert.Equal(bare, snapshot.Hypervisors[new("hv2")]);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Secrets_do_not_lie_readable_in_the_tables(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateLocationAsync(Dc1, ByAda, default);
        await bench.Store.CreateHypervisorAsync(Hv(1), ByAda, default);
        await bench.Store.ChangeHypervisorAsync(new("hv1"), h => h with { Ipmi = h.Ipmi! with { Password = new Secret("newest-secret") } }, ByAda, default);

        await using var db = bench.Database.Connect();
        Assert.Equal("p:1-fo-nekot p:terces-tsewen", db.Query<string>("SELECT agent_token || ' ' || password FROM hypervisors JOIN fence_devices ON hypervisor_id = id").Single());
        var told = db.Query<string>("SELECT message || data FROM inventory_changes").ToList();
        Assert.DoesNotContain(told, m => m.Contains("secret", StringComparison.Ordinal) || m.Contains("password-1", StringComparison.Ordinal) || m.Contains("token-of", StringComparison.Ordinal));
        Assert.Contains(told, m => m.Contains("ipmi.password changed", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Each_refusal_names_its_rule_and_changes_nothing(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        var store = bench.Store;
        await store.CreateLocationAsync(Dc1, ByAda, default);
        await store.CreateLocationAsync(new(new("dc2"), "DC 2"), ByAda, default);
        await store.CreateGroupAsync(new(new("g2"), "Rack", new("dc2")), ByAda, default);
        await store.CreateHypervisorAsync(Hv(1), ByAda, default);
        await store.CreateHypervisorAsync(Hv(9, "dc2", "g2"), ByAda, default);
        while (await bench.Log.AppendInventoryChangesAsync(default) > 0)
        {
        }

        var before = await bench.Inventory.ReadAsync(default);
        Hypervisor like1 = Hv(2) with { Ipmi = Hv(2).Ipmi! with { Host = "BMC1.Example." } };
        Assert.Equal("duplicate-bmc", await CodeAsync(() => store.CreateHypervisorAsync(like1, ByAda, default)));
        Hypervisor redfishOf1 = Hv(2) with { Ipmi = null, FenceDevices = [new RedfishDevice(new Uri("https://bmc1.example"), "root", new Secret("p"), "1")] };
        Assert.Equal("duplicate-bmc", await CodeAsync(() => store.CreateHypervisorAsync(redfishOf1, ByAda, default)));
        Assert.Equal("duplicate-agent", await CodeAsync(() => store.CreateHypervisorAsync(Hv(2) with { Agent = Hv(1).Agent }, ByAda, default)));
        Assert.Equal("duplicate-id", await CodeAsync(() => store.CreateHypervisorAsync(Hv(1), ByAda, default)));
        Assert.Equal("duplicate-name", await CodeAsync(() => store.CreateHypervisorAsync(Hv(2) with { Name = "host 1" }, ByAda, default)));
        Assert.Equal("unknown-location", await CodeAsync(() => store.CreateHypervisorAsync(Hv(2, "dc3"), ByAda, default)));
        Assert.Equal("unknown-group", await CodeAsync(() => store.CreateHypervisorAsync(Hv(2, "dc1", "g9"), ByAda, default)));
        Assert.Equal("group-of-another-location", await CodeAsync(() => store.CreateHypervisorAsync(Hv(2, "dc1", "g2"), ByAda, default)));
        Assert.Equal("duplicate-name", await CodeAsync(() => store.CreateLocationAsync(new(new("dc3"), "DC 1"), ByAda, default)));
        Assert.Equal("in-use", await CodeAsync(() => store.DeleteLocationAsync(new("dc1"), ByAda, default)));
        Assert.Equal("in-use", await CodeAsync(() => store.DeleteGroupAsync(new("g2"), ByAda, default)));
        Assert.Equal("in-use", await CodeAsync(() => store.ChangeGroupAsync(new("g2"), g => g with { LocationId = new("dc1") }, ByAda, default)));
        Assert.Equal("not-found", await CodeAsync(() => store.ChangeLocationAsync(new("nope"), l => l, ByAda, default)));
        Assert.Equal("id-changed", await CodeAsync(() => store.ChangeLocationAsync(new("dc1"), l => l with { Id = new("dc9") }, ByAda, default)));
        Assert.Equal("invalid-threshold", await CodeAsync(() => store.ChangeLocationAsync(new("dc1"), l => l with { FailureThreshold = 21 }, ByAda, default)));
        Assert.Equal("invalid-id", await CodeAsync(() => store.CreateLocationAsync(new(new("a/b"), "x"), ByAda, default)));
        Assert.Equal("invalid-address", await CodeAsync(() => store.CreateHypervisorAsync(Hv(2) with { Address = "-f" }, ByAda, default)));
        Assert.Equal("invalid-ipmi", await CodeAsync(() => store.CreateHypervisorAsync(Hv(2) with { Ipmi = Hv(2).Ipmi! with { Password = new Secret("two\nlines") } }, ByAda, default)));
        Assert.Equal("invalid-agent", await CodeAsync(() => store.CreateHypervisorAsync(Hv(2) with { Agent = new(new Uri("ftp://x"), Secret.None) }, ByAda, default)));

        var after = await bench.Inventory.ReadAsync(default);
        Assert.Equal(before.Locations.Values.OrderBy(l => l.Id), after.Locations.Values.OrderBy(l => l.Id));
        Assert.Equal(before.Hypervisors.Values.OrderBy(h => h.Id), after.Hypervisors.Values.OrderBy(h => h.Id));
        Assert.Equal(0, await bench.Log.AppendInventoryChangesAsync(default));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Each_change_is_one_line_of_the_event_log_that_says_who_and_what(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateLocationAsync(Dc1, ByAda, default);
        await bench.Store.ChangeLocationAsync(new("dc1"), l => l with { FailureThreshold = 4 }, ByAda with { Reason = "flaky uplink" }, default);
        await bench.Store.ChangeLocationAsync(new("dc1"), l => l, ByAda, default);
        await bench.Store.DeleteLocationAsync(new("dc1"), ByAda, default);

        Assert.Equal(3, await bench.Log.AppendInventoryChangesAsync(default));
        Assert.Equal(0, await bench.Log.AppendInventoryChangesAsync(default));

        var events = await bench.Reader.ReadAsync(new EventQuery(), default);
        Assert.Equal(["location dc1 created", "location dc1 changed: failureThreshold 3 → 4", "location dc1 deleted"], events.Select(e => e.Entry.Data["what"]));
        Assert.All(events, e => Assert.Equal(("inventory_changed", "ada", T0, "dc1"), (e.Entry.Type, e.Entry.Data["who"], e.Entry.At, e.Entry.Location?.Value)));
        Assert.Equal("flaky uplink", events[1].Entry.Data["reason"]);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Of_many_who_claim_one_BMC_at_once_exactly_one_gets_it(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateLocationAsync(Dc1, ByAda, default);
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 12).Select(n => Task.Run(() =>
            CodeAsync(() => bench.Store.CreateHypervisorAsync(Hv(n) with { Ipmi = Hv(1).Ipmi }, ByAda, default)))));

        Assert.Equal(1, outcomes.Count(o => o is null));
        Assert.Equal(11, outcomes.Count(o => o == "duplicate-bmc"));
        Assert.Single((await bench.Inventory.ReadAsync(default)).Hypervisors);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task The_index_itself_refuses_what_went_past_the_check_and_says_the_same(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateLocationAsync(Dc1, ByAda, default);
        await bench.Store.CreateHypervisorAsync(Hv(1), ByAda, default);
        await using var db = bench.Database.Connect();
        foreach (var (sql, code) in new[]
        {
            ("UPDATE hypervisors SET id = 'hv1' WHERE id = 'hv2'", "duplicate-id"),
            ("UPDATE hypervisors SET name = 'host 1' WHERE id = 'hv2'", "duplicate-name"),
            ("UPDATE fence_devices SET device_key = 'ipmi:bmc1.example:623' WHERE hypervisor_id = 'hv2'", "duplicate-bmc"),
            ("UPDATE hypervisors SET agent_key = (SELECT agent_key FROM hypervisors WHERE id = 'hv1') WHERE id = 'hv2'", "duplicate-agent"),
            ("UPDATE hypervisors SET location_id = 'nowhere' WHERE id = 'hv2'", "in-use"),
        })
        {
            if (!(await bench.Inventory.ReadAsync(default)).Hypervisors.ContainsKey(new("hv2")))
                await bench.Store.CreateHypervisorAsync(Hv(2), ByAda, default);
            var e = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => db.ExecuteAsync(sql));
            Assert.Equal(code, Violations.Read(e, "it")?.Code);
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_hypervisor_on_which_something_may_run_is_deleted_only_when_its_power_off_is_acknowledged(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateLocationAsync(Dc1, ByAda, default);
        await bench.Store.CreateHypervisorAsync(Hv(1), ByAda, default);
        await bench.Store.CreateHypervisorAsync(Hv(2), ByAda, default);
        await bench.Inventory.SaveReportAsync(new("hv2"), Report(Vm(1)), T0, default);
        await bench.Inventory.SavePlaceAsync(VmId(1), new("hv2"), 1, [new("hv2"), new("hv1")], false, default);

        Assert.Equal("in-use", await CodeAsync(() => bench.Store.DeleteHypervisorAsync(new("hv1"), false, ByAda, default)));
        await bench.Store.DeleteHypervisorAsync(new("hv1"), true, ByAda, default);

        Assert.Equal(["hv2"], (await bench.Inventory.ReadAsync(default)).Hypervisors.Keys.Select(k => k.Value));
        Assert.Equal([new HypervisorId("hv2")], (await bench.Store.FindInstanceAsync(VmId(1), default))!.MayRun);
        Assert.Equal("in-use", await CodeAsync(() => bench.Store.DeleteHypervisorAsync(new("hv2"), false, ByAda, default)));
    }

    private static async Task<string?> CodeAsync(Func<Task> act)
    {
        try
        {
            await act();
            return null;
        }
        catch (InventoryException e)
        {
            return e.Code;
        }
    }
}
