using System.Collections.Immutable;
using HaActors.AgentApi;
using HaActors.Domain;

namespace HaActors.Simulation.World;

/// <summary>Why libvirt did not start a guest; no code means that it did.</summary>
internal readonly record struct StartFailure(string? Code, string Message, string? Holder = null);

public sealed partial class SimulatedWorld
{
    /// <summary>Copies that are active now, of one instance or of all.</summary>
    public ImmutableArray<CopyView> Copies(InstanceId? instance = null)
    {
        lock (Gate)
        {
            return
            [
                .. from host in _hosts.Values
                   from domain in host.Domains
                   let copy = domain.Value.Copy
                   where copy is not null && (instance is null || domain.Key == instance)
                   select new CopyView(domain.Key, domain.Value.Definition.Name, host.Id, copy.StartedAt, (long)CounterOf(copy), copy.Paused),
            ];
        }
    }

    /// <summary>What this host's agent has on disk: every run of the instance up to this epoch is refused; -1: none is.</summary>
    public long RefusedUpTo(HypervisorId hypervisor, InstanceId instance)
    {
        lock (Gate) return TheHost(hypervisor).Files.Records.GetValueOrDefault(instance)?.Refused ?? -1;
    }

    public HostView Look(HypervisorId hypervisor)
    {
        lock (Gate)
        {
            var host = TheHost(hypervisor);
            return new HostView(
                host.Id, host.Uuid, host.BootId, host.Power, host.IsHung, host.AgentAlive, host.LibvirtdAlive, host.CablePlugged, host.IcmpFiltered,
                host.Bmc?.Mode, host.Bmc is { OnNetwork: true, IsDead: false }, host.Files.ClearedBoot == host.BootId, host.Files.FloorsKnown,
                [.. host.Domains.Select(d => new DomainView(
                    d.Key, d.Value.Definition.Name, d.Value.Copy is not null, host.Files.Records.GetValueOrDefault(d.Key)?.Managed ?? false,
                    host.Files.Records.GetValueOrDefault(d.Key)?.Floor ?? 0, d.Value.Copy is { } copy ? (long)CounterOf(copy) : 0))]);
        }
    }

    /// <summary>libvirt's start: the hook first, then room on the disks' locks. Records when two copies of one instance run.</summary>
    internal StartFailure StartCopy(Host host, LibvirtDomain domain, bool byBoot = false, bool byUser = false)
    {
        var definition = domain.Definition;
        if (Hook.Refuses(host, definition) is { } refusal)
        {
            Tell($"{definition.Name} on {host.Id} {(byBoot ? "autostart " : "")}refused by the hook: {refusal}");
            return new StartFailure(refusal.StartsWith("not cleared", StringComparison.Ordinal) ? AgentCodes.NotCleared : AgentCodes.StartFailed, $"haactors: {refusal}");
        }

        var elsewhere = OtherCopies(host, definition.Id);
        foreach (var disk in definition.Disks)
        {
            if (ImageIn(host, disk.Source) is not var (volume, image)) return new StartFailure(AgentCodes.StartFailed, NoSuchFile(disk.Source));
            if (disk.Shareable || !volume.LocksImages || HolderOf(image) is not { } holder || holder == host.Id) continue;
            if (elsewhere.Length > 0)
                Break(definition, $"{definition.Name} was wanted on {host.Id} while it ran on {string.Join(" and ", elsewhere)}: only the image lock kept it single", lockHeld: true, byUser);
            return new StartFailure(AgentCodes.ImageLocked, $"Failed to get \"write\" lock on {disk.Source}", holder.Value);
        }

        foreach (var (disk, image) in ImagesOf(host, definition))
        {
            if (disk.Shareable || !VolumeOf(host, disk.Source)!.LocksImages) continue;
            image.LockedBy = host.Id;
            image.LockEnds = null;
        }

        var counted = ImagesOf(host, definition).Select(i => i.Image.Counter).FirstOrDefault();
        domain.Copy = new RunningCopy(Now, counted, Paused: false);
        domain.Reason = "booted";
        Tell($"{definition.Name} copy started on {host.Id}");
        if (elsewhere.Length > 0)
            Break(definition, $"two copies of {definition.Name}: {string.Join(" and ", elsewhere.Append(host.Id))}", lockHeld: false, byUser);
        return default;
    }

    /// <summary>Why this host can't open one of its disks; null if it can open all.</summary>
    internal string? WhyNotOpen(Host host, InstanceDefinition definition) =>
        definition.Disks.FirstOrDefault(d => ImageIn(host, d.Source) is null) is { } disk ? NoSuchFile(disk.Source) : null;

    private (Volume Volume, Volume.Image Image)? ImageIn(Host host, string source) =>
        VolumeOf(host, source) is { } volume && !volume.OutOfReachOf.Contains(host.Id) && volume.Images.TryGetValue(source, out var image) ? (volume, image) : null;

    private static string NoSuchFile(string source) => $"Cannot access storage file '{source}': No such file or directory";

    /// <summary>A copy ends. Its locks go with it, unless its host lost power and the file system's leases live on.</summary>
    internal void EndCopy(Host host, LibvirtDomain domain, string reason, string why, bool powerLost = false)
    {
        if (domain.Copy is not { } copy) return;
        foreach (var (disk, image) in ImagesOf(host, domain.Definition))
        {
            image.Counter = CounterOf(copy);
            if (image.LockedBy != host.Id) continue;
            var outlives = powerLost ? VolumeOf(host, disk.Source)!.LeaseOutlives : TimeSpan.Zero;
            if (outlives == TimeSpan.Zero) image.LockedBy = null;
            else image.LockEnds = Now + outlives;
        }

        domain.Copy = null;
        domain.Reason = reason;
        if (domain.IsTransient) host.Domains.Remove(domain.Definition.Id);
        Tell($"{domain.Definition.Name} copy ended on {host.Id} ({why})");
    }

    internal double CounterOf(RunningCopy copy) => copy.CountedBefore + (copy.Paused ? 0 : (Now - copy.StartedAt).TotalSeconds);

    private ImmutableArray<HypervisorId> OtherCopies(Host host, InstanceId instance) =>
        [.. _hosts.Values.Where(h => h != host && h.Domains.TryGetValue(instance, out var d) && d.Copy is not null).Select(h => h.Id)];

    private IEnumerable<(DefinedDisk Disk, Volume.Image Image)> ImagesOf(Host host, InstanceDefinition definition) =>
        from disk in definition.Disks
        let image = VolumeOf(host, disk.Source)?.Images.GetValueOrDefault(disk.Source)
        where image is not null
        select (disk, image);

    private HypervisorId? HolderOf(Volume.Image image) => image.LockEnds is { } ends && ends <= Now ? null : image.LockedBy;

    /// <param name="byUser">Its user did it by hand, which no master can keep anybody from: told, and no promise of ours is broken.</param>
    private void Break(InstanceDefinition instance, string text, bool lockHeld, bool byUser)
    {
        if (byUser)
        {
            Tell($"by its user's hand: {text}");
            return;
        }

        _violations.Add(new Violation(Now, instance.Id, text, lockHeld));
        Tell($"{(lockHeld ? "NEAR MISS" : "VIOLATION")}: {text}");
    }
}
