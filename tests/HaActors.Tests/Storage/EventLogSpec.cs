using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Storage.EventLog;
using LinqToDB.Data;
using Xunit;
using static HaActors.Tests.Storage.StorageBench;

namespace HaActors.Tests.Storage;

[Collection(StorageCollection.Name)]
public sealed class EventLogSpec(PostgresqlCluster cluster)
{
    private static readonly IncidentId Incident = new("hv1-1");

    public static TheoryData<string> Engines => StorageBench.Engines;

    [Theory, MemberData(nameof(Engines))]
    public async Task An_offset_is_written_once_however_often_it_is_told(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        Assert.Equal(0, await bench.Log.ReadOffsetAsync(default));
        await bench.Log.AppendAsync([Line("hypervisor_down", 0), Line("fence_withheld", 1)], 5, default);
        await bench.Log.AppendAsync([Line("hypervisor_down", 0), Line("fence_withheld", 1)], 5, default);
        await bench.Log.AppendAsync([Line("hypervisor_up", 2)], 4, default);
        await bench.Log.AppendAsync([], 9, default);

        Assert.Equal(9, await bench.Log.ReadOffsetAsync(default));
        var events = await bench.Reader.ReadAsync(new EventQuery(), default);
        Assert.Equal(["hypervisor_down", "fence_withheld"], events.Select(e => e.Entry.Type));
        Assert.Equal(Line("hypervisor_down", 0) with { Data = events[0].Entry.Data }, events[0].Entry);
        Assert.Equal(Line("hypervisor_down", 0).Data, events[0].Entry.Data);
        Assert.Equal(events[^1].Id, await bench.Reader.LastIdAsync(default));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_failure_in_the_middle_leaves_neither_lines_nor_offset(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        var broken = Line("hypervisor_up", 1) with { Message = null! };
        await Assert.ThrowsAnyAsync<Exception>(() => bench.Log.AppendAsync([Line("hypervisor_down", 0), broken], 5, default));
        Assert.Equal(0, await bench.Log.ReadOffsetAsync(default));
        Assert.Empty(await bench.Reader.ReadAsync(new EventQuery(), default));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Two_projections_at_once_write_each_offset_once_and_ids_in_its_order(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        async Task ProjectAsync()
        {
            for (var offset = 1; offset <= 40; offset++)
                await bench.Log.AppendAsync([Line("instance_waiting", offset)], offset, default);
        }

        await Task.WhenAll(Task.Run(ProjectAsync), Task.Run(ProjectAsync));

        var events = await bench.Reader.ReadAsync(new EventQuery(), default);
        Assert.Equal(Enumerable.Range(1, 40).Select(m => T0.AddMinutes(m)), events.Select(e => e.Entry.At));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Each_filter_narrows_and_all_hold_together(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Log.AppendAsync(
        [
            Line("hypervisor_down", 0),
            Line("hypervisor_fenced", 1),
            Line("instance_evacuated", 2, VmId(1)),
            Line("hypervisor_up", 3) with { Hypervisor = new("hv2"), Incident = null, Location = new("dc2") },
        ], 1, default);

        async Task<string> TypesAsync(EventQuery query) => string.Join(' ', (await bench.Reader.ReadAsync(query, default)).Select(e => e.Entry.Type.Split('_')[1]));
        var all = await bench.Reader.ReadAsync(new EventQuery(), default);
        Assert.Equal("down fenced evacuated up", await TypesAsync(new()));
        Assert.Equal("down up", await TypesAsync(new(Types: ["hypervisor_down", "hypervisor_up"])));
        Assert.Equal("up", await TypesAsync(new(Types: ["hypervisor_down", "hypervisor_up"], Location: new("dc2"))));
        Assert.Equal("up", await TypesAsync(new(Hypervisor: new("hv2"))));
        Assert.Equal("evacuated", await TypesAsync(new(Instance: VmId(1))));
        Assert.Equal("down fenced evacuated", await TypesAsync(new(Incident: Incident)));
        Assert.Equal("fenced evacuated", await TypesAsync(new(Since: T0.AddMinutes(1), Until: T0.AddMinutes(3).ToOffset(TimeSpan.FromHours(5)))));
        Assert.Equal("evacuated up", await TypesAsync(new(After: all[1].Id)));
        Assert.Equal("down", await TypesAsync(new(Limit: 1)));
        Assert.Equal("down", await TypesAsync(new(Limit: -3)));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task An_incident_is_read_from_its_lines(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Log.AppendAsync(
        [
            Line(LogTypes.HypervisorDown, 0),
            Line(LogTypes.HypervisorFenced, 1),
            Line(LogTypes.InstanceWaiting, 2, VmId(1)),
            Line(LogTypes.InstanceEvacuated, 3, VmId(2)),
            Line(LogTypes.InstanceEvacuated, 4, VmId(1)),
            Line(LogTypes.EvacuationCompleted, 5),
            Line(LogTypes.HypervisorDown, 6) with { Hypervisor = new("hv2"), Incident = new("hv2-1") },
        ], 1, default);

        var all = await bench.Reader.ListIncidentsAsync(null, null, 10, default);
        Assert.Equal(["hv2-1", "hv1-1"], all.Select(i => i.Id.Value));
        Assert.Null(all[0].FencedAt);
        var one = (await bench.Reader.ReadIncidentAsync(Incident, default))!;
        Assert.Equal(one.Summary, all[1]);
        Assert.Equal((T0, T0.AddMinutes(1), T0.AddMinutes(5), 2), (one.Summary.StartedAt, one.Summary.FencedAt!.Value, one.Summary.CompletedAt!.Value, one.Summary.Evacuated));
        Assert.Equal(6, one.Events.Length);
        Assert.Equal([(VmId(1), LogTypes.InstanceEvacuated), (VmId(2), LogTypes.InstanceEvacuated)], one.Instances.Select(i => (i.Key, i.Value.Entry.Type)));
        Assert.Single(await bench.Reader.ListIncidentsAsync(new HypervisorId("hv2"), null, 10, default));
        Assert.Null(await bench.Reader.ReadIncidentAsync(new("hv9-1"), default));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_change_that_committed_late_under_a_low_id_still_reaches_the_log(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.RecordAsync(Line(LogTypes.MaintenanceOn, 1), default);
        await bench.Log.AppendInventoryChangesAsync(default);
        await using (var db = bench.Database.Connect())
        {
            // What another transaction had taken the id 0 for, and only now commits.
            await db.ExecuteAsync($"INSERT INTO inventory_changes (id, at, type, message, data){(engine == "sqlite" ? "" : " OVERRIDING SYSTEM VALUE")} VALUES (0, '2026-03-01T00:00:00.0000000Z', 'inventory_changed', 'late', '{{}}')");
        }

        Assert.Equal(1, await bench.Log.AppendInventoryChangesAsync(default));
        Assert.Equal([LogTypes.MaintenanceOn, LogTypes.InventoryChanged], (await bench.Reader.ReadAsync(new EventQuery(), default)).Select(e => e.Entry.Type));
    }

    private static LogEntry Line(string type, int minute, InstanceId? instance = null) => new(
        T0.AddMinutes(minute), type, new LocationId("dc1"), new HypervisorId("hv1"), instance, Incident, $"Line {type}, with a 'quote' and ünïcode.",
        ImmutableSortedDictionary<string, string>.Empty.Add("failures", "3").Add("destination", "hv2"));
}
