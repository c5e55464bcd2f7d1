using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Scenarios.Language;
using HaActors.Simulation.Ports;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run;

/// <summary>The names that the scenario gave, their ids, and the way back: ids in a message are written as names.</summary>
public sealed class FleetNames(ImmutableSortedDictionary<string, InstanceId> instances, ImmutableSortedDictionary<string, DatastoreId> datastores, ImmutableArray<(string Id, string Name)> written)
{
    public ImmutableSortedDictionary<string, InstanceId> Instances { get; } = instances;

    public ImmutableSortedDictionary<string, DatastoreId> Datastores { get; } = datastores;

    /// <summary>Ids become the names that a reader knows: <c>vm1</c>, <c>san</c>, <c>hv1/boot-2</c>.</summary>
    public string Readable(string text) => written.Aggregate(text, (t, w) => t.Replace(w.Id, w.Name, StringComparison.Ordinal));
}

/// <summary>Puts a planned fleet into the world, and into the inventory what an operator would have typed. Instances are found by the masters.</summary>
internal static class FleetBuilder
{
    public static FleetNames Build(FleetPlan plan, SimulatedWorld world, SimulatedInventory inventory)
    {
        var written = ImmutableArray.CreateBuilder<(string, string)>();
        inventory.Put(Location(FleetPlan.Dc1, "DC 1", plan.Policy));
        foreach (var location in plan.Locations) inventory.Put(Location(new LocationId(location.Id), location.Id, location.Policy));
        foreach (var group in plan.Groups)
        {
            var says = group.Policy;
            inventory.Put(new HypervisorGroup(
                new GroupId(group.Id), group.Id, plan.LocationOf(group.Of[0]), says.HaEnabled, says.FailureThreshold, says.EvacuationEnabled, says.ObserveOnly, says.PowerOnAfterEvacuation, says.CrashDumpWait));
        }

        for (var n = 0; n < plan.Hypervisors.Length; n++)
        {
            var host = plan.Hypervisors[n];
            world.AddHost(
                host.Id, Text($"10.77.0.{n + 11}"), host.MemoryMiB, token: new Secret(Text($"token-{host.Id}")),
                bmcAddress: host.Bmc ? Text($"10.77.1.{n + 11}") : null, bmcPassword: new Secret("bmc-of-all"));
            inventory.Put(new Hypervisor(host.Id, host.Id.Value, plan.LocationOf(host.Id), plan.GroupOf(host.Id) is { } g ? new GroupId(g.Id) : null, world.AddressOf(host.Id), world.EndpointOf(host.Id), Devices(host, n + 1, world)));
            written.Add((world.UuidOf($"bmc {host.Id}"), $"{host.Id}/bmc"));
            written.Add((world.UuidOf($"another bmc {host.Id}"), $"{host.Id}/bmc-2"));
            written.Add((world.UuidOf($"host {host.Id}"), $"{host.Id}/uuid"));
            for (var boot = 1; boot < 10; boot++) written.Add((world.UuidOf(Text($"boot {host.Id} {boot}")), Text($"{host.Id}/boot-{boot}")));
        }

        var datastores = plan.Datastores.ToImmutableSortedDictionary(d => d.Name, d => new DatastoreId(world.UuidOf($"datastore {d.Name}")), StringComparer.Ordinal);
        foreach (var store in plan.Datastores)
        {
            world.AddDatastore(datastores[store.Name], $"/var/lib/{store.Name}", store.On, locksImages: store.Locks, leaseOutlives: store.LocksOutlive);
            written.Add((datastores[store.Name].Value, store.Name));
        }

        var instances = plan.Instances.ToImmutableSortedDictionary(i => i.Name, i => new InstanceId(world.UuidOf(i.Name)), StringComparer.Ordinal);
        foreach (var instance in plan.Instances)
        {
            var id = instances[instance.Name];
            ImmutableArray<DefinedDisk> disks = [.. instance.Datastores.Select((d, n) => new DefinedDisk($"vd{(char)('a' + n)}", $"/var/lib/{d}/{instance.Name}.qcow2"))];
            world.AddInstance(instance.On, new InstanceDefinition(id, instance.Name, 2, instance.MemoryMiB, disks), instance.Running, autostart: true);
            written.Add((id.Value, instance.Name));
            if (instance is not { Ha: true, Priority: 100, MaxRestartAttempts: 3 })
            {
                // Known from earlier: what differs from the location's defaults was set by an operator.
                inventory.Put(new Instance(
                    id, instance.Name, instance.On, InstanceState.Unknown, false, instance.Ha, instance.MaxRestartAttempts, instance.Priority, 2, instance.MemoryMiB,
                    [.. disks.Zip(instance.Datastores, (disk, on) => new InstanceDisk(disk.Target, disk.Source, datastores[on], 20_480))], 0));
            }
        }

        return new FleetNames(instances, datastores, written.ToImmutable());
    }

    private static Location Location(LocationId id, string name, HaPolicy says) => new(
        id, name, says.HaEnabled, says.FailureThreshold, says.EvacuationEnabled, InstancesHaEnabled: true, says.ObserveOnly, says.PowerOnAfterEvacuation, says.CrashDumpWait);

    /// <summary>As an operator types them; the outlet has the hypervisor's number.</summary>
    private static ImmutableArray<FenceDevice> Devices(HypervisorPlan host, int plug, SimulatedWorld world)
    {
        var bmc = world.BmcOf(host.Id);
        return host.Devices is not { } devices
            ? bmc is null ? [] : [bmc]
            : Hypervisor.InOrder(devices.Select(d => (d.Strip is null ? (FenceDevice)bmc! : world.AddOutlet(host.Id, d.Strip, plug, new Secret("strip-of-all"))) with { Level = d.Level }));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
