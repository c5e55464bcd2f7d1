using System.Collections.Immutable;
using HaActors.Domain.EventLog;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Ports;

/// <summary>Probes one hypervisor: ping beside <c>GET /health</c> under one deadline. Never throws, except for its own cancellation.</summary>
public interface IHypervisorProbe
{
    Task<ProbeOutcome> ProbeAsync(ProbeTarget target, CancellationToken stopping);
}

/// <summary>Asks one witness, from where this master stands. Never throws, except for its own cancellation; the deadline is the port's.</summary>
public interface IWitnessProbe
{
    Task<WitnessReading> AskAsync(Witness witness, CancellationToken stopping);
}

/// <summary>Speaks to one fence device of any kind. Never throws, except for its own cancellation; knows no command but these.</summary>
/// <remarks>One call at a time for each device is the caller's duty (PowerActor); the deadline of a call is the port's.</remarks>
public interface IPowerSwitch
{
    Task<PowerReading> ReadAsync(FenceDevice device, CancellationToken stopping);

    /// <summary>Hard power off. <paramref name="mayStillLeave"/> is asked right before the command leaves; false gives <see cref="PowerOutcome.NotSent"/> and sends nothing.</summary>
    Task<PowerReading> TurnOffAsync(FenceDevice device, Func<bool> mayStillLeave, CancellationToken stopping);

    Task<PowerReading> TurnOnAsync(FenceDevice device, CancellationToken stopping);

    /// <summary>Which machine's it is, by its own word; changes nothing.</summary>
    Task<DeviceIdentity> IdentityAsync(FenceDevice device, CancellationToken stopping);
}

/// <summary>One agent. Each call has its own deadline, never throws except for its own cancellation, and tells "no" from "unknown".</summary>
public interface IHypervisorAgent
{
    Task<AgentResult<HostFacts>> HostAsync(AgentEndpoint agent, CancellationToken stopping);

    Task<AgentResult<InstanceReport>> InstancesAsync(AgentEndpoint agent, CancellationToken stopping);

    /// <summary>Defines and starts, once per epoch. An unknown answer is a yes until proved otherwise.</summary>
    Task<AgentResult<RunReport>> RunAsync(AgentEndpoint agent, InstanceId instance, string definition, long epoch, CancellationToken stopping);

    /// <summary>From now on refuse every run up to that epoch; is it present?</summary>
    Task<AgentResult<CancelReport>> CancelAsync(AgentEndpoint agent, InstanceId instance, long epoch, CancellationToken stopping);

    /// <summary>Forgets the definition, never a disk. Refused while it is active.</summary>
    Task<AgentResult<Done>> ForgetAsync(AgentEndpoint agent, InstanceId instance, CancellationToken stopping);

    Task<AgentResult<Done>> SetManagedAsync(AgentEndpoint agent, InstanceId instance, bool managed, bool mayStart, CancellationToken stopping);

    Task<AgentResult<Done>> SetEpochFloorsAsync(AgentEndpoint agent, string bootId, ImmutableDictionary<InstanceId, long> floors, CancellationToken stopping);

    Task<AgentResult<Done>> ClearAsync(AgentEndpoint agent, string bootId, CancellationToken stopping);

    Task<AgentResult<Done>> WriteNonceAsync(AgentEndpoint agent, DatastoreId datastore, string nonce, CancellationToken stopping);
}

/// <summary>Nothing to tell but that it was done.</summary>
public sealed record Done
{
    public static Done Instance { get; } = new();
}

/// <summary>An agent's answer: a yes with a value, a definite no, or nothing that could be understood.</summary>
public abstract record AgentResult<T>
{
    public sealed record Yes(T Value) : AgentResult<T>;

    /// <summary>It answered no, with one of the agent's codes; it did nothing.</summary>
    /// <param name="RefusedUpTo">Of a start whose epoch is too low: the highest one that is refused there; null if that is told by nobody but a master's floors.</param>
    public sealed record No(string Code, string Message, string? Holder = null, long? RefusedUpTo = null) : AgentResult<T>;

    /// <summary>No answer, or one that can't be read: it may have been done.</summary>
    /// <param name="NeverLeft">The request surely did not reach the agent (refused connection, no route, name unknown).</param>
    public sealed record Unknown(string Message, bool NeverLeft = false) : AgentResult<T>;
}

/// <summary>What a host says of itself.</summary>
/// <param name="Protected">libvirt's hook guards it, so nobody else starts a managed instance there.</param>
/// <param name="FloorsKnown">False: its state directory was empty, and it refuses every run until it is told the floors.</param>
public sealed record HostFacts(
    string HypervisorUuid, string BootId, long MemoryMiB, int Vcpus, bool Protected, bool Cleared, bool FloorsKnown,
    ImmutableArray<DatastoreFacts> Datastores, ImmutableArray<string> Warnings);

/// <summary>A datastore as one host sees it, with the nonces that it read there (hypervisor UUID → nonce).</summary>
public sealed record DatastoreFacts(DatastoreId Id, string Path, long FreeMiB, ImmutableDictionary<string, string> Nonces);

/// <summary>All instances of one host at one moment.</summary>
public sealed record InstanceReport(string HypervisorUuid, string BootId, string Version, ImmutableArray<ReportedInstance> Instances);

/// <summary>One instance as its agent reports it.</summary>
/// <param name="Definition">Inactive libvirt domain XML, security info included: kept apart from messages and the journal.</param>
/// <param name="Transient">libvirt keeps no definition of it: a boot takes it away.</param>
public sealed record ReportedInstance(
    InstanceId Id, string Name, InstanceState State, bool UserStopped, int Vcpus, long MemoryMiB, ImmutableArray<InstanceDisk> Disks,
    string Definition, bool Managed, long Epoch, bool Transient = false);

/// <summary>What became of a <c>run</c>.</summary>
public sealed record RunReport(InstanceState State, long Epoch, bool Already);

/// <summary>The durable answer to a <c>cancel</c>.</summary>
public sealed record CancelReport(string HypervisorUuid, string BootId, bool Present, long RefusedUpTo);

/// <summary>The inventory as the actors read and extend it. Throws when the database is away.</summary>
public interface IInventory
{
    Task<InventorySnapshot> ReadAsync(CancellationToken stopping);

    /// <summary>The definition kept for an instance, or null if no agent ever gave one.</summary>
    Task<string?> DefinitionAsync(InstanceId instance, CancellationToken stopping);

    /// <summary>Keeps what an agent reported. A new instance starts with its location's opt-in; the place of one that is known elsewhere is left to its actor.</summary>
    Task SaveReportAsync(HypervisorId hypervisor, InstanceReport report, DateTimeOffset at, CancellationToken stopping);

    /// <summary>Instances whose place or may-run set names this hypervisor.</summary>
    Task<ImmutableArray<InstanceId>> InstancesOfAsync(HypervisorId hypervisor, CancellationToken stopping);

    /// <summary>Read model of an instance's actor, written by the projection.</summary>
    Task SavePlaceAsync(InstanceId instance, HypervisorId place, long epoch, ImmutableArray<HypervisorId> mayRun, bool runs, CancellationToken stopping);

    /// <summary>Proofs that two hypervisors share a datastore, newest first kept.</summary>
    Task<ImmutableArray<SharedDatastore>> SharedDatastoresAsync(CancellationToken stopping);

    Task SaveSharedDatastoresAsync(ImmutableArray<SharedDatastore> shared, CancellationToken stopping);
}

/// <summary>Each of the two has read a nonce that the other wrote there.</summary>
/// <param name="FirstNonce">The last nonce that <paramref name="First"/> wrote, to be read again before a start.</param>
public sealed record SharedDatastore(DatastoreId Datastore, HypervisorId First, HypervisorId Second, string FirstNonce, string SecondNonce, DateTimeOffset ProvedAt);

/// <summary>The table <c>ha_events</c>. Its only writer is EventLogProjection.</summary>
public interface IEventLog
{
    /// <summary>Journal offset up to which the log has been written.</summary>
    Task<long> ReadOffsetAsync(CancellationToken stopping);

    /// <summary>Highest offset that the journal holds; 0 when it is empty.</summary>
    Task<long> ReadJournalEndAsync(CancellationToken stopping);

    /// <summary>Appends entries and moves the offset in one transaction; entries of an offset that is already written are skipped. Returns the offset that was there before.</summary>
    Task<long> AppendAsync(ImmutableArray<LogEntry> entries, long offset, CancellationToken stopping);

    /// <summary>Moves what operators changed in the inventory (kept in the same transaction as the change) into the log; returns how many.</summary>
    Task<int> AppendInventoryChangesAsync(CancellationToken stopping);
}
