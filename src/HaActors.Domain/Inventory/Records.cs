using System.Collections.Immutable;

namespace HaActors.Domain.Inventory;

/// <summary>A site whose hypervisors share networks and power, with the policy that they inherit.</summary>
/// <param name="FailureThreshold">Misses in a row after which a hypervisor is declared down; 1 to 20, default 3.</param>
/// <param name="EvacuationEnabled">False: a dead hypervisor is declared down, never fenced, and nothing is moved.</param>
/// <param name="InstancesHaEnabled">What a newly found instance's own opt-in starts as.</param>
/// <param name="ObserveOnly">Decides and tells what it would do, and touches nothing: no power command, no start, no change on an agent. Default false.</param>
/// <param name="PowerOnAfterEvacuation">Power a fenced hypervisor on again when each of its instances has an end; default: leave it off.</param>
/// <param name="CrashDumpWait">From the declaration to the first off command, whole seconds, 0 (default) to 1 h: a host that panicked may still be writing its dump.</param>
public sealed record Location(
    LocationId Id, string Name, bool HaEnabled = false, int FailureThreshold = 3, bool EvacuationEnabled = true, bool InstancesHaEnabled = false, bool ObserveOnly = false,
    bool PowerOnAfterEvacuation = false, TimeSpan CrashDumpWait = default);

/// <summary>A rack or a cluster inside a location. Null means: as the location says.</summary>
public sealed record HypervisorGroup(
    GroupId Id, string Name, LocationId LocationId, bool HaEnabled = false, int? FailureThreshold = null, bool? EvacuationEnabled = null, bool? ObserveOnly = null,
    bool? PowerOnAfterEvacuation = null, TimeSpan? CrashDumpWait = null);

/// <summary>A host that runs instances, with the ways to reach its agent and its power switches.</summary>
/// <param name="Address">Host name or IP address that is pinged.</param>
/// <param name="FenceDevices">Lower levels first. Empty: it is never fenced by itself.</param>
public sealed record Hypervisor(
    HypervisorId Id, string Name, LocationId LocationId, GroupId? GroupId, string Address, AgentEndpoint Agent, ImmutableArray<FenceDevice> FenceDevices)
{
    public const int MostFenceDevices = 8;

    /// <summary>With a BMC of level 1 and nothing else, or with no device.</summary>
    public Hypervisor(HypervisorId id, string name, LocationId locationId, GroupId? groupId, string address, AgentEndpoint agent, IpmiDevice? ipmi)
        : this(id, name, locationId, groupId, address, agent, ipmi is null ? [] : [ipmi])
    {
    }

    /// <summary>The first IPMI device of level 1, which most hypervisors have and many need no more than; setting it leaves the others as they are.</summary>
    public IpmiDevice? Ipmi
    {
        get => FenceDevices.OfType<IpmiDevice>().FirstOrDefault(d => d.Level == FenceDevice.MinLevel);
        init
        {
            var others = Ipmi is { } old ? FenceDevices.Remove(old) : FenceDevices;
            FenceDevices = value is null ? others : InOrder(others.Insert(0, value with { Level = FenceDevice.MinLevel }));
        }
    }

    /// <summary>Lower levels first, otherwise as they were entered.</summary>
    public static ImmutableArray<FenceDevice> InOrder(IEnumerable<FenceDevice> devices) => [.. devices.OrderBy(d => d.Level)];

    public bool Equals(Hypervisor? other) =>
        other is not null && Id == other.Id && Name == other.Name && LocationId == other.LocationId && GroupId == other.GroupId && Address == other.Address
        && Agent == other.Agent && FenceDevices.SequenceEqual(other.FenceDevices);

    public override int GetHashCode() => HashCode.Combine(Id, Name, Address);
}

/// <summary>Where the agent of a hypervisor answers.</summary>
public sealed record AgentEndpoint(Uri Url, Secret Token);

/// <summary>What an instance was last seen doing. A hypervisor's silence changes nothing here.</summary>
public enum InstanceState { Unknown, Running, Paused, ShutOff }

/// <summary>What the states mean to HA.</summary>
public static class InstanceStates
{
    /// <summary>It runs, or is paused, which holds its disks and which anybody may end at any time. What is only being started, or arriving, is neither yet.</summary>
    public static bool IsRunningOrPaused(this InstanceState state) => state is InstanceState.Running or InstanceState.Paused;
}

/// <summary>An instance as the masters know it: found by an agent, opted in by an operator.</summary>
/// <param name="HypervisorId">Where it was last seen or started.</param>
/// <param name="State">What it was last seen doing there.</param>
/// <param name="MaxRestartAttempts">Starts that may answer "no" in one incident before a person is asked; 1 to 20, default 3.</param>
/// <param name="Priority">0 to 1000, higher is started first, default 100.</param>
/// <param name="UserStopped">Shut off by its user, so it isn't wanted.</param>
public sealed record Instance(
    InstanceId Id, string Name, HypervisorId HypervisorId, InstanceState State, bool UserStopped, bool HaEnabled, int MaxRestartAttempts, int Priority,
    int Vcpus, long MemoryMiB, ImmutableArray<InstanceDisk> Disks, long Epoch);

/// <summary>A writable disk of an instance.</summary>
/// <param name="Datastore">Null: it lies on no datastore that an agent knows, so it can be reached only where it is.</param>
public sealed record InstanceDisk(string Target, string Source, DatastoreId? Datastore, long SizeMiB);

/// <summary>The policy in force for one hypervisor.</summary>
/// <param name="ObserveOnly">What HA would do is decided and told, and nothing is touched.</param>
public sealed record HaPolicy(
    bool HaEnabled = true, int FailureThreshold = 3, bool EvacuationEnabled = true, bool ObserveOnly = false, bool PowerOnAfterEvacuation = false, TimeSpan CrashDumpWait = default)
{
    /// <summary>Longest wait for a crash dump.</summary>
    public static readonly TimeSpan MaxCrashDumpWait = TimeSpan.FromHours(1);

    public const int MinThreshold = 1;
    public const int MaxThreshold = 20;

    /// <summary>HA is on if the location or the group says so; the rest is the group's word if it has one, else the location's.</summary>
    public static HaPolicy Of(Location location, HypervisorGroup? group) => new(
        location.HaEnabled || (group?.HaEnabled ?? false),
        group?.FailureThreshold ?? location.FailureThreshold,
        group?.EvacuationEnabled ?? location.EvacuationEnabled,
        group?.ObserveOnly ?? location.ObserveOnly,
        group?.PowerOnAfterEvacuation ?? location.PowerOnAfterEvacuation,
        group?.CrashDumpWait ?? location.CrashDumpWait);

    /// <summary>HA is on, and does what it decides.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public bool Acts => HaEnabled && !ObserveOnly;
}

/// <summary>Everything that an operator has registered and the agents have found, as one immutable picture.</summary>
public sealed record InventorySnapshot(
    ImmutableDictionary<LocationId, Location> Locations,
    ImmutableDictionary<GroupId, HypervisorGroup> Groups,
    ImmutableDictionary<HypervisorId, Hypervisor> Hypervisors,
    ImmutableDictionary<InstanceId, Instance> Instances)
{
    public static InventorySnapshot Empty { get; } = new(
        ImmutableDictionary<LocationId, Location>.Empty, ImmutableDictionary<GroupId, HypervisorGroup>.Empty,
        ImmutableDictionary<HypervisorId, Hypervisor>.Empty, ImmutableDictionary<InstanceId, Instance>.Empty);

    public HaPolicy PolicyOf(Hypervisor hypervisor) => HaPolicy.Of(
        Locations[hypervisor.LocationId],
        hypervisor.GroupId is { } g && Groups.TryGetValue(g, out var group) ? group : null);
}
