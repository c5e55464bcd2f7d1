using HaActors.Agent.Instances;
using HaActors.Agent.State;
using HaActors.AgentApi;

namespace HaActors.Agent.Http;

/// <summary>What libvirt has and what the agent remembers, told as one.</summary>
internal sealed class InstanceReport(InstanceWatch watch, StateStore store, DiskSizes sizes)
{
    internal async Task<InstanceList> ListAsync(TimeSpan age, TimeSpan limit)
    {
        var sighting = await watch.LookAsync(age, limit).ConfigureAwait(false);
        sizes.Refresh(sighting.Instances.SelectMany(i => i.Definition.Disks).Select(d => watch.Place(d).Source));
        return new InstanceList(sighting.HypervisorUuid, sighting.BootId, sighting.Version, [.. sighting.Instances.Select(i => Tell(i, sighting.BootId))]);
    }

    /// <summary>One instance, asked of libvirt anew.</summary>
    internal async Task<InstanceInfo> OneAsync(string uuid, TimeSpan limit) =>
        (await ListAsync(TimeSpan.Zero, limit).ConfigureAwait(false)).Instances.FirstOrDefault(i => i.Uuid == uuid)
            ?? throw AgentRefusal.NotFound($"libvirt knows no instance {uuid} here");

    private InstanceInfo Tell(SeenInstance seen, string bootId)
    {
        var record = store.Get(seen.Uuid);
        return new InstanceInfo(
            seen.Uuid, seen.Name, seen.State, seen.Reason, seen.Definition.Vcpus, seen.Definition.MemoryMiB,
            [.. seen.Definition.Disks.Select(Tell)], seen.Xml, record.Managed,
            record.Managed ? record.AutostartWish : seen.Autostart, record.Floor,
            UserStopped: seen.State == InstanceState.ShutOff && record.StoppedBoot == bootId, seen.Transient);
    }

    private DiskInfo Tell(DefinedDisk disk)
    {
        var (source, datastore) = watch.Place(disk);
        return new DiskInfo(disk.Target, source, datastore, sizes.MiB(source), disk.Shareable);
    }
}
