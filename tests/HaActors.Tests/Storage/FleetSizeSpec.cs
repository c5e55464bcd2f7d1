using System.Diagnostics;
using HaActors.Domain.Inventory;
using Xunit;
using Xunit.Abstractions;
using static HaActors.Tests.Storage.StorageBench;

namespace HaActors.Tests.Storage;

[Collection(StorageCollection.Name)]
public sealed class FleetSizeSpec(PostgresqlCluster cluster, ITestOutputHelper output)
{
    public static TheoryData<string> Engines => StorageBench.Engines;

    [Theory, MemberData(nameof(Engines))]
    public async Task The_inventory_of_a_large_fleet_is_read_at_once(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateLocationAsync(Dc1, ByAda, default);
        for (var n = 0; n < 300; n++)
        {
            await bench.Store.CreateHypervisorAsync(Hv(n), ByAda, default);
            await bench.Inventory.SaveReportAsync(new($"hv{n}"), Report([.. Enumerable.Range(n * 17, 17).Select(i => Vm(i))]), T0, default);
        }

        await bench.Inventory.ReadAsync(default);
        var watch = Stopwatch.StartNew();
        var snapshot = await bench.Inventory.ReadAsync(default);
        Assert.Equal((300, 5100), (snapshot.Hypervisors.Count, snapshot.Instances.Count));
        Assert.All(snapshot.Instances.Values, i => Assert.Equal(InstanceState.Running, i.State));
        // Told, not judged: a slow machine is no failure.
        output.WriteLine($"{engine}: 300 hypervisors, 5100 instances read in {watch.ElapsedMilliseconds} ms");
    }
}
