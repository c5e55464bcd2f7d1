using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Simulation.World;

/// <summary>Power of a host, as its own hardware knows it.</summary>
public enum HostPower { Off, Booting, On }

/// <summary>One hypervisor: its hardware, its kernel's boot, its libvirt, its agent.</summary>
internal sealed class Host(HypervisorId id, string uuid, string address, Bmc? bmc)
{
    public HypervisorId Id { get; } = id;

    /// <summary>libvirt's host UUID; never changes.</summary>
    public string Uuid { get; } = uuid;

    public string Address { get; set; } = address;

    public Uri AgentUrl { get; set; } = new($"http://{address}:8081");

    public Secret Token { get; set; } = Secret.None;

    public Bmc? Bmc { get; } = bmc;

    /// <summary>What feeds it, where that is switched; empty: its mains are not.</summary>
    public List<Outlet> Outlets { get; } = [];

    /// <summary>It would have no power, whatever its BMC is told.</summary>
    public bool IsUnfed => Outlets.Count > 0 && Outlets.All(o => !o.IsOn);

    public long MemoryMiB { get; set; }

    public int Vcpus { get; set; }

    public HostPower Power { get; set; } = HostPower.On;

    public int Boots { get; set; } = 1;

    public string BootId { get; set; } = "";

    /// <summary>Its kernel takes connections and answers nothing.</summary>
    public bool IsHung { get; set; }

    public bool AnswersPingWhileHung { get; set; }

    public bool AgentAlive { get; set; } = true;

    public string AgentVersion { get; set; } = "1.0.0";

    /// <summary>Its init system is stopping everything in order, and its agent has said so.</summary>
    public bool ShuttingDown { get; set; }

    /// <summary>Somebody has asked for its health since.</summary>
    public bool ShutdownHeard { get; set; }

    public bool LibvirtdAlive { get; set; } = true;

    public bool HookInstalled { get; set; } = true;

    public bool CablePlugged { get; set; } = true;

    public bool IcmpFiltered { get; set; }

    /// <summary>Memory taken by something that is no instance, MiB.</summary>
    public long FilledMiB { get; set; }

    /// <summary>Masters that can't reach this host.</summary>
    public SortedSet<string> CutFrom { get; } = new(StringComparer.Ordinal);

    public AgentFiles Files { get; set; } = new();

    /// <summary>libvirt's persistent definitions; they survive a boot.</summary>
    public SortedDictionary<InstanceId, LibvirtDomain> Domains { get; } = [];

    /// <summary>Instances on which the agent's process is at work: it does one thing at a time with each.</summary>
    public SortedSet<InstanceId> Busy { get; } = [];

    /// <summary>Grows when the agent's process or the host dies: what an older process began it doesn't end.</summary>
    public int Process { get; set; }

    public bool Runs => Power == HostPower.On;

    /// <summary>The agent's process is gone, and what it was doing with it.</summary>
    public void EndProcess()
    {
        Process++;
        Busy.Clear();
    }

    public AgentEndpoint Endpoint => new(AgentUrl, Token);
}

/// <summary>One domain of a host's libvirt.</summary>
internal sealed class LibvirtDomain(InstanceDefinition definition)
{
    public InstanceDefinition Definition { get; set; } = definition;

    public bool Autostart { get; set; }

    /// <summary>libvirt has it in memory only, and forgets it as its copy ends.</summary>
    public bool IsTransient { get; init; }

    public RunningCopy? Copy { get; set; }

    /// <summary>libvirt's reason of the state it is in.</summary>
    public string Reason { get; set; } = "unknown";
}

/// <summary>A guest that runs, or is paused and holds its disks.</summary>
/// <param name="CountedBefore">What its image had counted when it started.</param>
internal sealed record RunningCopy(TimeSpan StartedAt, double CountedBefore, bool Paused);

/// <summary>The agent's state directory: all that it knows after a crash.</summary>
internal sealed class AgentFiles
{
    public bool FloorsKnown { get; set; }

    public string? ClearedBoot { get; set; }

    public SortedDictionary<InstanceId, AgentRecord> Records { get; } = [];
}

/// <summary>What the agent remembers of one instance, on disk.</summary>
/// <param name="Guard">The hook watches its starts.</param>
/// <param name="Floor">Highest epoch heard of; lower ones are refused.</param>
/// <param name="Refused">Every run up to this epoch is refused; -1: none is.</param>
/// <param name="Requested">Epoch of the last run that was accepted, written before anything is defined.</param>
/// <param name="Started">Epoch of the last run that was seen running.</param>
/// <param name="Made">The definition came with the last run; until it has started it may be taken away again.</param>
/// <param name="Away">It lives elsewhere: the hook refuses every start but a permitted one.</param>
/// <param name="Permit">A master has asked for exactly this epoch in <paramref name="PermitBoot"/>: the hook lets it pass.</param>
/// <param name="StoppedBoot">Boot in which its user shut it off.</param>
internal sealed record AgentRecord(
    bool Managed = false, bool Guard = false, long Floor = 0, long Refused = -1, long Requested = 0, long Started = 0, bool Made = false,
    bool Away = false, long Permit = 0, string? PermitBoot = null, bool AutostartWish = false, long Stopped = -1, string? StoppedBoot = null);
