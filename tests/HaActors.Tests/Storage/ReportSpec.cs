using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using HaActors.Storage.Inventory;
using Xunit;
using static HaActors.Tests.Storage.StorageBench;

namespace HaActors.Tests.Storage;

[Collection(StorageCollection.Name)]
public sealed class ReportSpec(PostgresqlCluster cluster)
{
    private static readonly HypervisorId Hv1 = new("hv1");
    private static readonly HypervisorId Hv2 = new("hv2");

    public static TheoryData<string> Engines => StorageBench.Engines;

    [Theory, MemberData(nameof(Engines))]
    public async Task A_new_instance_starts_with_its_locations_opt_in(string engine)
    {
        await using var bench = await TwoAsync(engine, instancesHaEnabled: true);
        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(1)), T0, default);

        var found = (await bench.Inventory.ReadAsync(default)).Instances[VmId(1)];

        Assert.Equal(("vm1", Hv1, InstanceState.Running, true, 3, 100), (found.Name, found.HypervisorId, found.State, found.HaEnabled, found.MaxRestartAttempts, found.Priority));
        Assert.Equal(Vm(1).Disks.AsEnumerable(), found.Disks);
        Assert.Equal("<domain><name>vm1</name></domain>", await bench.Inventory.DefinitionAsync(VmId(1), default));
        Assert.Null(await bench.Inventory.DefinitionAsync(VmId(2), default));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Later_reports_change_what_was_seen_and_not_what_the_operator_decided(string engine)
    {
        await using var bench = await TwoAsync(engine);
        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(1)), T0, default);
        await bench.Store.ChangeInstanceAsync(VmId(1), s => s with { HaEnabled = true, Priority = 900 }, ByAda, default);

        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(1, InstanceState.ShutOff, "<domain>new</domain>") with { UserStopped = true, Vcpus = 4 }), T0, default);

        var seen = (await bench.Inventory.ReadAsync(default)).Instances[VmId(1)];
        Assert.Equal((InstanceState.ShutOff, true, 4, true, 900), (seen.State, seen.UserStopped, seen.Vcpus, seen.HaEnabled, seen.Priority));
        Assert.Equal("<domain>new</domain>", await bench.Inventory.DefinitionAsync(VmId(1), default));

        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(1, definition: "")), T0, default);
        Assert.Equal("<domain>new</domain>", await bench.Inventory.DefinitionAsync(VmId(1), default));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_returning_host_does_not_take_back_what_moved_away(string engine)
    {
        await using var bench = await TwoAsync(engine);
        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(1)), T0, default);
        await bench.Inventory.SavePlaceAsync(VmId(1), Hv2, 7, [Hv2, Hv1], false, default);

        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(1, InstanceState.ShutOff, "<domain>stale</domain>")), T0, default);

        var seen = (await bench.Inventory.ReadAsync(default)).Instances[VmId(1)];
        Assert.Equal((Hv2, InstanceState.Running, 7L), (seen.HypervisorId, seen.State, seen.Epoch));
        Assert.Equal("<domain><name>vm1</name></domain>", await bench.Inventory.DefinitionAsync(VmId(1), default));
        Assert.Equal([VmId(1)], (await bench.Inventory.InstancesOfAsync(Hv1, default)).AsEnumerable());
        Assert.Equal([VmId(1)], (await bench.Inventory.InstancesOfAsync(Hv2, default)).AsEnumerable());

        await bench.Inventory.SavePlaceAsync(VmId(1), Hv2, 7, [Hv2], false, default);
        await bench.Inventory.SavePlaceAsync(VmId(1), Hv1, 3, [Hv1], false, default);
        Assert.Empty((await bench.Inventory.InstancesOfAsync(Hv1, default)).AsEnumerable());
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task What_was_just_started_where_it_was_counts_as_running_before_its_next_report(string engine)
    {
        await using var bench = await TwoAsync(engine);
        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(1, InstanceState.ShutOff)), T0, default);

        await bench.Inventory.SavePlaceAsync(VmId(1), Hv1, 1, [Hv1], false, default);
        Assert.Equal(InstanceState.ShutOff, (await bench.Inventory.ReadAsync(default)).Instances[VmId(1)].State);

        await bench.Inventory.SavePlaceAsync(VmId(1), Hv1, 1, [Hv1], true, default);
        Assert.Equal(InstanceState.Running, (await bench.Inventory.ReadAsync(default)).Instances[VmId(1)].State);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task What_its_place_reports_no_more_is_kept_as_missing_until_an_operator_forgets_it(string engine)
    {
        await using var bench = await TwoAsync(engine);
        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(1), Vm(2)), T0, default);
        await Assert.ThrowsAsync<InventoryException>(() => bench.Store.DeleteInstanceAsync(VmId(1), ByAda, default));

        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(2)), T0.AddMinutes(1), default);
        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(2)), T0.AddMinutes(2), default);

        var missing = (await bench.Store.FindInstanceAsync(VmId(1), default))!;
        Assert.Equal((InstanceState.Unknown, T0.AddMinutes(1)), (missing.Instance.State, missing.MissingSince!.Value));

        await bench.Inventory.SaveReportAsync(Hv1, Report(Vm(1)), T0.AddMinutes(3), default);
        Assert.Null((await bench.Store.FindInstanceAsync(VmId(1), default))!.MissingSince);

        await bench.Store.DeleteInstanceAsync(VmId(2), ByAda, default);
        Assert.Equal([VmId(1)], (await bench.Inventory.ReadAsync(default)).Instances.Keys);
        Assert.Null(await bench.Inventory.DefinitionAsync(VmId(2), default));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_report_of_an_unregistered_hypervisor_is_dropped(string engine)
    {
        await using var bench = await TwoAsync(engine);
        await bench.Inventory.SaveReportAsync(new("hv77"), Report(Vm(1)), T0, default);
        Assert.Empty((await bench.Inventory.ReadAsync(default)).Instances);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Two_hosts_that_report_the_same_instance_at_once_give_it_one_place(string engine)
    {
        await using var bench = await TwoAsync(engine);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(n => Task.Run(() => bench.Inventory.SaveReportAsync(n % 2 == 0 ? Hv1 : Hv2, Report(Vm(1)), T0, default))));
        Assert.Single((await bench.Inventory.ReadAsync(default)).Instances);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Of_the_proofs_of_a_shared_datastore_the_newest_is_kept_for_each_pair(string engine)
    {
        await using var bench = await TwoAsync(engine);
        var ds = new DatastoreId("ds-1");
        await bench.Inventory.SaveSharedDatastoresAsync([new(ds, Hv1, Hv2, "a", "b", T0.AddMinutes(10))], default);
        await bench.Inventory.SaveSharedDatastoresAsync([new(ds, Hv2, Hv1, "old", "old", T0)], default);
        Assert.Equal([new SharedDatastore(ds, Hv1, Hv2, "a", "b", T0.AddMinutes(10))], (await bench.Inventory.SharedDatastoresAsync(default)).AsEnumerable());
        await bench.Inventory.SaveSharedDatastoresAsync([new(ds, Hv2, Hv1, "of2", "of1", T0.AddMinutes(20))], default);
        Assert.Equal([new SharedDatastore(ds, Hv1, Hv2, "of1", "of2", T0.AddMinutes(20))], (await bench.Inventory.SharedDatastoresAsync(default)).AsEnumerable());
    }

    private async Task<StorageBench> TwoAsync(string engine, bool instancesHaEnabled = false)
    {
        var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateLocationAsync(Dc1 with { InstancesHaEnabled = instancesHaEnabled }, ByAda, default);
        await bench.Store.CreateHypervisorAsync(Hv(1), ByAda, default);
        await bench.Store.CreateHypervisorAsync(Hv(2), ByAda, default);
        return bench;
    }
}
