using System.Globalization;
using HaActors.AgentApi;
using HaActors.Domain;
using InstanceState = HaActors.AgentApi.InstanceState;

namespace HaActors.Simulation.World;

/// <summary>
/// One agent's answers, by the agent's contract: what is on its disk (<see cref="AgentFiles"/>) decides, not what its process
/// remembers. Called inside the world's lock; knows no network and no time.
/// </summary>
internal sealed partial class SimulatedAgent(SimulatedWorld world, Host host)
{
    public AgentReply<HealthAnswer> Health()
    {
        if (host.ShuttingDown)
        {
            host.ShutdownHeard = true;
            return new AgentReply<HealthAnswer>(new HealthAnswer(HealthAnswer.ShuttingDown, host.Uuid, host.BootId, null, "the host is being shut down or rebooted"), 503, null);
        }

        if (!host.LibvirtdAlive) return new AgentReply<HealthAnswer>(new HealthAnswer(HealthAnswer.Unhealthy, null, null, null, "libvirt does not answer"), 503, null);
        Settle();
        return new HealthAnswer(HealthAnswer.Healthy, host.Uuid, host.BootId, Version(), null, host.AgentVersion);
    }

    public AgentReply<HostAnswer> Host()
    {
        if (host.ShuttingDown) return Refusal.ShuttingDown;
        if (!host.LibvirtdAlive) return Refusal.LibvirtDown;
        var warnings = new List<string>();
        if (!host.HookInstalled) warnings.Add("libvirt's qemu hook is not installed.");
        if (!host.Files.FloorsKnown) warnings.Add("The state directory was empty: every run is refused until a master has told the epochs.");
        warnings.AddRange(world.VolumesOf(host).Where(v => v.OutOfReachOf.Contains(host.Id)).Select(v => $"The datastore at {v.Path} does not answer."));
        return new HostAnswer(
            host.Uuid, host.BootId, host.Id.Value, host.MemoryMiB, Math.Max(0, Room.LeftMiB(host)), host.Vcpus,
            host.HookInstalled, host.Files.ClearedBoot == host.BootId, host.Files.FloorsKnown,
            [.. Reachable().Select(v => new DatastoreInfo(v.Id.Value, v.Path, v.FreeMiB, NoncesOf(v)))], warnings);
    }

    public AgentReply<InstanceList> Instances()
    {
        if (host.ShuttingDown) return Refusal.ShuttingDown;
        if (!host.LibvirtdAlive) return Refusal.LibvirtDown;
        Settle();
        return new InstanceList(host.Uuid, host.BootId, Version(), [.. host.Domains.Values.Select(Tell)]);
    }

    public AgentReply<InstanceInfo> One(InstanceId id)
    {
        if (!host.LibvirtdAlive) return Refusal.LibvirtDown;
        Settle();
        return host.Domains.TryGetValue(id, out var domain) ? Tell(domain) : Refusal.NotFound($"libvirt knows no instance {id} here");
    }

    /// <summary>Opt-in: the autostart mark is ours and the hook watches. Opt-out gives both back once a master says that it may start.</summary>
    public AgentReply<Nothing> SetManaged(InstanceId id, bool managed, bool mayStart)
    {
        if (!host.LibvirtdAlive) return Refusal.LibvirtDown;
        var domain = host.Domains.GetValueOrDefault(id);
        if (domain is null && (managed || !host.Files.Records.ContainsKey(id))) return Refusal.NotFound($"libvirt knows no instance {id} here");
        if (managed)
        {
            Write(id, r => r with { Managed = true, Guard = true, AutostartWish = r.AutostartWish || domain!.Autostart });
            domain!.Autostart = false;
        }
        else
        {
            if (mayStart && domain is not null && Record(id).AutostartWish) domain.Autostart = true;
            Write(id, r => mayStart ? r with { Managed = false, Guard = false, Away = false, AutostartWish = false } : r with { Managed = false });
        }

        world.Tell($"{NameOf(id)} on {host.Id} {(managed ? "managed" : mayStart ? "no longer managed, may start" : "no longer managed")}");
        return Nothing.Instance;
    }

    public AgentReply<Nothing> SetFloors(string bootId, IReadOnlyDictionary<InstanceId, long> floors)
    {
        if (WrongBoot(bootId) is { } refusal) return refusal;
        if (floors.Values.Any(f => f < 0)) return Refusal.Invalid("a floor is below 0");
        foreach (var (id, floor) in floors) Write(id, r => r with { Floor = Math.Max(r.Floor, floor) });
        if (!host.Files.FloorsKnown) world.Tell($"{host.Id} told the floors of {floors.Count.ToString(CultureInfo.InvariantCulture)} instances");
        host.Files.FloorsKnown = true;
        return Nothing.Instance;
    }

    public AgentReply<Nothing> Clear(string bootId)
    {
        if (WrongBoot(bootId) is { } refusal) return refusal;
        if (host.Files.ClearedBoot != host.BootId) world.Tell($"{host.Id} cleared");
        host.Files.ClearedBoot = host.BootId;
        return Nothing.Instance;
    }

    public AgentReply<NonceAnswer> Nonces(DatastoreId datastore) =>
        VolumeOf(datastore) is { } volume ? new NonceAnswer(volume.Id.Value, NoncesOf(volume)) : Refusal.NotFound($"no datastore {datastore} here");

    public AgentReply<NonceAnswer> WriteNonce(DatastoreId datastore, string nonce)
    {
        if (VolumeOf(datastore) is not { } volume) return Refusal.NotFound($"no datastore {datastore} here");
        if (nonce is not { Length: > 0 and <= 128 } || !nonce.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
            return Refusal.Invalid("nonce must be 1 to 128 letters, digits, dashes, dots or underscores");
        volume.Nonces[host.Uuid] = nonce;
        return new NonceAnswer(volume.Id.Value, NoncesOf(volume));
    }

    private static Dictionary<string, string> NoncesOf(Volume volume) => new(volume.Nonces, StringComparer.Ordinal);

    private IEnumerable<Volume> Reachable() => world.VolumesOf(host).Where(v => !v.OutOfReachOf.Contains(host.Id));

    private Volume? VolumeOf(DatastoreId datastore) => Reachable().FirstOrDefault(v => v.Id == datastore);

    private Refusal? WrongBoot(string? bootId) => bootId == host.BootId ? null
        : Refusal.Conflict(AgentCodes.NotCleared, $"boot {bootId} is meant, and this host is in boot {host.BootId}; look at the host again");

    private string NameOf(InstanceId id) => host.Domains.TryGetValue(id, out var domain) ? domain.Definition.Name : id.Value;

    private AgentRecord Record(InstanceId id) => host.Files.Records.GetValueOrDefault(id) ?? new AgentRecord();

    private AgentRecord Write(InstanceId id, Func<AgentRecord, AgentRecord> change) => host.Files.Records[id] = change(Record(id));

    /// <summary>Writes down what can only be seen now: that its user shut it off.</summary>
    private void Settle()
    {
        foreach (var (id, domain) in host.Domains)
        {
            var record = Record(id);
            if (domain.Copy is not null)
            {
                if (record.StoppedBoot is not null) Write(id, r => r with { StoppedBoot = null });
            }
            else if (domain.Reason is "shutdown" or "destroyed" && record.StoppedBoot != host.BootId && !(record.Stopped >= 0 && record.Stopped >= record.Started))
            {
                Write(id, r => r with { StoppedBoot = host.BootId });
            }
        }
    }

    private InstanceInfo Tell(LibvirtDomain domain)
    {
        var definition = domain.Definition;
        var record = Record(definition.Id);
        return new InstanceInfo(
            definition.Id.Value, definition.Name, StateOf(domain), domain.Reason, definition.Vcpus, definition.MemoryMiB,
            [.. definition.Disks.Select(Tell)], definition.ToXml(), record.Managed, record.Managed ? record.AutostartWish : domain.Autostart, record.Floor,
            UserStopped: domain.Copy is null && record.StoppedBoot == host.BootId, domain.IsTransient);
    }

    private DiskInfo Tell(DefinedDisk disk)
    {
        var volume = world.VolumeOf(host, disk.Source);
        return new DiskInfo(disk.Target, disk.Source, volume?.Id.Value, volume?.Images.GetValueOrDefault(disk.Source)?.SizeMiB ?? 0, disk.Shareable);
    }

    private InstanceState StateOf(LibvirtDomain? domain) => domain?.Copy switch
    {
        null when domain is not null && IsBusy(domain.Definition.Id) => InstanceState.Other,
        null => InstanceState.ShutOff,
        { Paused: true } => InstanceState.Paused,
        _ => InstanceState.Running,
    };

    /// <summary>Opaque, and the same as long as nothing in the list changes.</summary>
    private string Version()
    {
        var hash = new Fnv();
        foreach (var (id, domain) in host.Domains)
            hash.Add(string.Create(CultureInfo.InvariantCulture, $"{id}|{domain.Definition.Name}|{StateOf(domain)}|{domain.Reason}|{domain.Autostart}|{domain.Definition.Vcpus}|{domain.Definition.MemoryMiB}|{Record(id)}"));
        return hash.Text;
    }

    /// <summary>FNV-1a: string hashes of the runtime differ from process to process.</summary>
    private sealed class Fnv
    {
        private ulong _value = 14695981039346656037;

        public string Text => _value.ToString("x16", CultureInfo.InvariantCulture);

        public void Add(string text)
        {
            foreach (var c in text) _value = (_value ^ c) * 1099511628211;
        }
    }
}
