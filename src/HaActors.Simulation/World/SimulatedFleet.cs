using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Simulation.World;

/// <summary>What a fleet looks like. Hosts are <c>hv1</c>…, instances <c>vm1</c>…, spread in order over the hosts.</summary>
public sealed record FleetOptions
{
    /// <summary>1 to 250 a location.</summary>
    public int Hosts { get; init; } = 3;

    public int InstancesPerHost { get; init; } = 4;

    /// <summary>One datastore on all hosts; else each host has its own, and its instances can't be started elsewhere.</summary>
    public bool SharedDatastore { get; init; } = true;

    /// <summary>False: no image lock stands between two copies, so a broken rule shows as a violation.</summary>
    public bool ImageLocks { get; init; } = true;

    public TimeSpan LeaseOutlives { get; init; }

    public long HostMemoryMiB { get; init; } = 65_536;

    public int HostVcpus { get; init; } = 32;

    public long InstanceMemoryMiB { get; init; } = 4096;

    public int InstanceVcpus { get; init; } = 2;

    public bool Bmc { get; init; } = true;

    /// <summary>Libvirt's autostart mark, as an operator has set it before any master came.</summary>
    public bool Autostart { get; init; } = true;

    /// <summary>
    /// False: the agents have just been installed, so a master must tell them the floors before they run anything. True: one has told and
    /// cleared them already.
    /// </summary>
    public bool AgentsKnown { get; init; }

    public bool HaEnabled { get; init; } = true;

    public bool InstancesHaEnabled { get; init; } = true;

    public string Location { get; init; } = "dc1";

    public int FailureThreshold { get; init; } = 3;

    public bool EvacuationEnabled { get; init; } = true;

    /// <summary>First host's and instance's number, so that a world can have several locations.</summary>
    public int FirstHost { get; init; } = 1;
}

/// <summary>A fleet in the world, with the inventory records that an operator would have typed.</summary>
/// <param name="Instances">What the agents will report; kept apart, because masters find instances by themselves.</param>
public sealed record SimulatedFleet(Location Location, ImmutableArray<Hypervisor> Hypervisors, ImmutableArray<Instance> Instances, DatastoreId? SharedDatastore)
{
    public static SimulatedFleet Build(SimulatedWorld world, int hosts = 3, int instancesPerHost = 4, bool sharedDatastore = true) =>
        Build(world, new FleetOptions { Hosts = hosts, InstancesPerHost = instancesPerHost, SharedDatastore = sharedDatastore });

    public static SimulatedFleet Build(SimulatedWorld world, FleetOptions options)
    {
        ArgumentNullException.ThrowIfNull(world);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Hosts, 1, nameof(options));
        var location = new Location(
            new LocationId(options.Location), options.Location, options.HaEnabled, options.FailureThreshold, options.EvacuationEnabled, options.InstancesHaEnabled);
        var hypervisors = Enumerable.Range(options.FirstHost, options.Hosts).Select(n => AddHost(world, location, options, n)).ToImmutableArray();
        var shared = options.SharedDatastore ? new DatastoreId(world.UuidOf($"datastore {options.Location}")) : (DatastoreId?)null;
        if (shared is { } id)
            world.AddDatastore(id, $"/var/lib/{options.Location}", hypervisors.Select(h => h.Id), locksImages: options.ImageLocks, leaseOutlives: options.LeaseOutlives);
        else
            foreach (var hypervisor in hypervisors) world.AddDatastore(LocalDatastore(world, hypervisor.Id), $"/var/lib/{options.Location}", [hypervisor.Id], locksImages: options.ImageLocks);

        var instances = ImmutableArray.CreateBuilder<Instance>();
        foreach (var hypervisor in hypervisors)
        {
            for (var n = 0; n < options.InstancesPerHost; n++)
                instances.Add(AddInstance(world, hypervisor.Id, options, shared ?? LocalDatastore(world, hypervisor.Id), ((options.FirstHost - 1) * options.InstancesPerHost) + instances.Count + 1));
        }

        if (options.AgentsKnown) world.TellAgents(hypervisors.Select(h => h.Id), options.InstancesHaEnabled);
        return new SimulatedFleet(location, hypervisors, instances.ToImmutable(), shared);
    }

    /// <summary>Id of <c>vm3</c>, for scenarios.</summary>
    public InstanceId Instance(string name) => Instances.First(i => i.Name == name).Id;

    /// <summary>Writes what an operator types: the location and its hypervisors. Instances are found by the agents.</summary>
    public SimulatedFleet Register(Ports.SimulatedInventory inventory)
    {
        ArgumentNullException.ThrowIfNull(inventory);
        inventory.Put(Location);
        foreach (var hypervisor in Hypervisors) inventory.Put(hypervisor);
        return this;
    }

    private static DatastoreId LocalDatastore(SimulatedWorld world, HypervisorId hypervisor) => new(world.UuidOf($"datastore {hypervisor}"));

    private static Hypervisor AddHost(SimulatedWorld world, Location location, FleetOptions options, int n)
    {
        var id = new HypervisorId(Text($"hv{n}"));
        var (high, low) = ((10 + n) / 250, ((10 + n) % 250) + 1);
        world.AddHost(
            id, Text($"10.77.{high}.{low}"), options.HostMemoryMiB, options.HostVcpus, new Secret(Text($"token-{id}")),
            bmcAddress: options.Bmc ? Text($"10.78.{high}.{low}") : null, bmcPassword: new Secret("bmc-of-all"));
        return new Hypervisor(id, id.Value, location.Id, null, world.AddressOf(id), world.EndpointOf(id), world.BmcOf(id));
    }

    private static Instance AddInstance(SimulatedWorld world, HypervisorId hypervisor, FleetOptions options, DatastoreId datastore, int n)
    {
        var name = Text($"vm{n}");
        var disk = new DefinedDisk("vda", $"/var/lib/{options.Location}/{name}.qcow2");
        var definition = new InstanceDefinition(new InstanceId(world.UuidOf(name)), name, options.InstanceVcpus, options.InstanceMemoryMiB, [disk]);
        world.AddInstance(hypervisor, definition, running: true, options.Autostart);
        return new Instance(
            definition.Id, name, hypervisor, InstanceState.Running, UserStopped: false, options.InstancesHaEnabled, 3, 100, definition.Vcpus, definition.MemoryMiB,
            [new InstanceDisk(disk.Target, disk.Source, datastore, 20_480)], 0);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
