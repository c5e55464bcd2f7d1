using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaActors.AgentApi;

/// <summary>The JSON both sides use: camelCase, enums by name, unknown members ignored, so that each side can be older than the other.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(HostAnswer))]
[JsonSerializable(typeof(InstanceList))]
[JsonSerializable(typeof(RunRequest))]
[JsonSerializable(typeof(RunAnswer))]
[JsonSerializable(typeof(EpochRequest))]
[JsonSerializable(typeof(CancelAnswer))]
[JsonSerializable(typeof(ManagedRequest))]
[JsonSerializable(typeof(EpochFloors))]
[JsonSerializable(typeof(ClearRequest))]
[JsonSerializable(typeof(NonceAnswer))]
[JsonSerializable(typeof(NonceRequest))]
[JsonSerializable(typeof(AgentProblem))]
public sealed partial class AgentJson : JsonSerializerContext;

/// <summary>Paths of the agent's API, in one place for both sides.</summary>
public static class AgentPaths
{
    public const string Health = "/health";
    public const string Host = "/v1/host";
    public const string Instances = "/v1/instances";
    public const string Epochs = "/v1/epochs";
    public const string Clear = "/v1/host/clear";

    public static string Instance(string uuid) => $"/v1/instances/{uuid}";

    public static string Run(string uuid) => $"/v1/instances/{uuid}/run";

    public static string Cancel(string uuid) => $"/v1/instances/{uuid}/cancel";

    public static string Stop(string uuid) => $"/v1/instances/{uuid}/stop";

    public static string Managed(string uuid) => $"/v1/instances/{uuid}/managed";

    public static string Nonce(string datastore) => $"/v1/datastores/{datastore}/nonce";
}

/// <summary>Answer of <c>GET /health</c>: the agent lives and libvirt answers; nothing else is meant by it.</summary>
/// <param name="Status"><c>healthy</c> with status code 200, <c>unhealthy</c> or <c>shutting_down</c> with 503.</param>
/// <param name="HypervisorUuid">libvirt's host UUID: tells whether the right host answers.</param>
/// <param name="BootId">The kernel's boot id; a new one means that everything that ran there has ended.</param>
/// <param name="Instances">Changes whenever the list of instances, or a state in it, changes; opaque.</param>
/// <param name="Reason">Why it is unhealthy.</param>
/// <param name="Version">The agent's own version. An older agent does not tell it.</param>
public sealed record HealthAnswer(string Status, string? HypervisorUuid, string? BootId, string? Instances, string? Reason, string? Version = null)
{
    public const string Healthy = "healthy";
    public const string Unhealthy = "unhealthy";

    /// <summary>With 503: the host is being shut down or rebooted in order; the agent is about to end.</summary>
    public const string ShuttingDown = "shutting_down";
}

/// <summary>Answer of <c>GET /v1/host</c>.</summary>
/// <param name="MemoryMiB">Physical memory, MiB.</param>
/// <param name="FreeMemoryMiB">Memory free now (free plus reclaimable), MiB.</param>
/// <param name="Vcpus">Logical processors.</param>
/// <param name="Protected">The <c>qemu</c> hook is installed and libvirt uses it: nobody can start a managed instance behind the masters' back.</param>
/// <param name="Cleared">A master has cleared this boot: what the hook held back may start.</param>
/// <param name="FloorsKnown">The epochs' floors are on disk; while false every <c>run</c> is refused with <c>epochs-unknown</c>.</param>
/// <param name="Warnings">One sentence each, for an operator.</param>
public sealed record HostAnswer(
    string HypervisorUuid, string BootId, string HostName, long MemoryMiB, long FreeMemoryMiB, int Vcpus,
    bool Protected, bool Cleared, bool FloorsKnown, IReadOnlyList<DatastoreInfo> Datastores, IReadOnlyList<string> Warnings);

/// <summary>One datastore as this host sees it.</summary>
/// <param name="Uuid">The UUID in the marker file <c>.haactors-datastore</c> on the file system itself.</param>
/// <param name="Path">Directory on this host.</param>
/// <param name="FreeMiB">Free space, MiB.</param>
/// <param name="Nonces">Nonces found on the file system by the hypervisor UUID that wrote each: sharedness is proved by reading another's.</param>
public sealed record DatastoreInfo(string Uuid, string Path, long FreeMiB, IReadOnlyDictionary<string, string> Nonces);

/// <summary>Answer of <c>GET /v1/instances</c>.</summary>
/// <param name="Version">The same text as <see cref="HealthAnswer.Instances"/> at that moment.</param>
public sealed record InstanceList(string HypervisorUuid, string BootId, string Version, IReadOnlyList<InstanceInfo> Instances);

/// <summary>libvirt's state of a domain.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InstanceState>))]
public enum InstanceState
{
    /// <summary>Not running.</summary>
    ShutOff,
    /// <summary>Running, or idle on a resource.</summary>
    Running,
    /// <summary>Suspended by a user, or by an I/O error: it holds its disks.</summary>
    Paused,
    /// <summary>Being shut down.</summary>
    ShuttingDown,
    /// <summary>Stopped by a crash of the guest or of its process.</summary>
    Crashed,
    /// <summary>Suspended by the guest's power management.</summary>
    Suspended,
    /// <summary>Being started: it may hold its disks already, and may yet fail. Or a state that this agent does not know.</summary>
    Other,
}

/// <summary>One instance on a hypervisor.</summary>
/// <param name="StateReason">libvirt's reason of the state, e.g. <c>booted</c>, <c>io-error</c>, <c>destroyed</c>, <c>shutdown</c>.</param>
/// <param name="MemoryMiB">Maximum memory, MiB.</param>
/// <param name="Definition">The inactive domain XML with security info: what <c>run</c> needs to start it elsewhere.</param>
/// <param name="Managed">Opted in to HA; its autostart is ours.</param>
/// <param name="Autostart">libvirt's autostart mark; of a managed instance, the wish for it that the agent keeps.</param>
/// <param name="Epoch">Highest epoch that this agent knows for it; 0 if none.</param>
/// <param name="UserStopped">Shut off by its user (a clean shutdown or destroy while the host lived), so it is not wanted.</param>
/// <param name="Transient">libvirt has no definition of it on disk (<c>virsh migrate</c> without <c>--persistent</c>, <c>virsh create</c>): it is gone with the boot in which it runs.</param>
public sealed record InstanceInfo(
    string Uuid, string Name, InstanceState State, string? StateReason, int Vcpus, long MemoryMiB,
    IReadOnlyList<DiskInfo> Disks, string Definition, bool Managed, bool Autostart, long Epoch, bool UserStopped, bool Transient = false);

/// <summary>One writable disk of an instance.</summary>
/// <param name="Target">The guest's device, e.g. <c>vda</c>.</param>
/// <param name="Source">Path or volume on the host.</param>
/// <param name="DatastoreUuid">The datastore it lies on, or null if on none that the agent knows.</param>
/// <param name="SizeMiB">Allocated capacity, MiB.</param>
/// <param name="Shareable">libvirt's <c>&lt;shareable/&gt;</c>: the image lock does not protect it.</param>
public sealed record DiskInfo(string Target, string Source, string? DatastoreUuid, long SizeMiB, bool Shareable);

/// <summary>Body of <c>PUT /v1/instances/{uuid}/run</c>: define and start, once per epoch.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Autostart">The wish that the last agent reported, so that an opt-out can give the mark back here; null leaves what this agent remembers.</param>
public sealed record RunRequest(string Definition, long Epoch, bool? Autostart = null);

/// <summary>Answer of <c>run</c> and <c>stop</c>.</summary>
/// <param name="Already">True if this epoch was done before; nothing was started now.</param>
public sealed record RunAnswer(string Uuid, InstanceState State, long Epoch, bool Already);

/// <summary>Body of <c>cancel</c> and <c>stop</c>.</summary>
public sealed record EpochRequest(long Epoch);

/// <summary>Answer of <c>POST …/cancel</c>.</summary>
/// <param name="Present">A domain with that uuid is active here, so this is no proof that it does not run.</param>
/// <param name="RefusedUpTo">Durable: every <c>run</c> with an epoch up to this one is refused from now on.</param>
public sealed record CancelAnswer(string HypervisorUuid, string BootId, bool Present, long RefusedUpTo);

/// <summary>Body of <c>PUT /v1/instances/{uuid}/managed</c>: opt in or out.</summary>
/// <param name="MayStart">On opt-out: give autostart back and let the hook pass (only when no other hypervisor may run it).</param>
public sealed record ManagedRequest(bool Managed, bool MayStart);

/// <summary>Body of <c>PUT /v1/epochs</c>: the floors that a master knows, for an agent whose state directory is empty.</summary>
/// <param name="Floors">instance uuid → highest epoch ever given.</param>
public sealed record EpochFloors(string BootId, IReadOnlyDictionary<string, long> Floors);

/// <summary>Body of <c>POST /v1/host/clear</c>: for this boot, what the hook refused may start now.</summary>
public sealed record ClearRequest(string BootId);

/// <summary>Body of <c>PUT /v1/datastores/{uuid}/nonce</c>: write this host's nonce onto the file system.</summary>
public sealed record NonceRequest(string Nonce);

/// <summary>Answer of <c>GET /v1/datastores/{uuid}/nonce</c>: nonces by the hypervisor UUID that wrote them, read afresh.</summary>
public sealed record NonceAnswer(string DatastoreUuid, IReadOnlyDictionary<string, string> Nonces);

/// <summary>Body of every answer that is not 2xx.</summary>
/// <param name="Code">One of <see cref="AgentCodes"/>.</param>
/// <param name="Message">One sentence: what was refused, why, what to do.</param>
/// <param name="Holder">With <c>image-locked</c>: who holds the lock, if libvirt tells.</param>
/// <param name="RefusedUpTo">With <c>epoch-old</c>: everything up to this epoch is refused here, by a cancel or by a floor above the epoch asked for. Null: the floor is that very epoch, as a master may just have told it.</param>
public sealed record AgentProblem(string Code, string Message, string? Holder = null, long? RefusedUpTo = null);

/// <summary>The refusals that a master acts upon.</summary>
public static class AgentCodes
{
    /// <summary>409: the epoch is not above the floor on disk.</summary>
    public const string EpochOld = "epoch-old";
    /// <summary>409: the state directory was empty; floors must be told first (<c>PUT /v1/epochs</c>).</summary>
    public const string EpochsUnknown = "epochs-unknown";
    /// <summary>409: another process holds the disk image's write lock.</summary>
    public const string ImageLocked = "image-locked";
    /// <summary>409: the instance is present here and active under another epoch.</summary>
    public const string Present = "present";
    /// <summary>409: the host has booted since a master last cleared it.</summary>
    public const string NotCleared = "not-cleared";
    /// <summary>409: not enough memory, vcpus or disk space.</summary>
    public const string NoRoom = "no-room";
    /// <summary>400: a definition that libvirt refuses; a body that is no JSON; a value out of range.</summary>
    public const string Invalid = "invalid";
    /// <summary>401: token missing or wrong.</summary>
    public const string Unauthorized = "unauthorized";
    /// <summary>404: no such instance or datastore here.</summary>
    public const string NotFound = "not-found";
    /// <summary>503: libvirt is still at it, begun before this agent was; whether it starts is open.</summary>
    public const string Starting = "starting";
    /// <summary>500: libvirt failed at the start; the message is libvirt's.</summary>
    public const string StartFailed = "start-failed";
    /// <summary>503: libvirt does not answer.</summary>
    public const string LibvirtDown = "libvirt-down";
    /// <summary>500: libvirt answers, and refused what was asked; the message is libvirt's.</summary>
    public const string LibvirtFailed = "libvirt-failed";
    /// <summary>503: the host is being shut down or rebooted in order; nothing is started or listed any more.</summary>
    public const string ShuttingDown = "shutting-down";
    /// <summary>503: the file system of a datastore does not answer.</summary>
    public const string DatastoreDown = "datastore-down";
    /// <summary>500: the agent could not write or read its own files, so nothing was done.</summary>
    public const string StateFailed = "state-failed";
}
