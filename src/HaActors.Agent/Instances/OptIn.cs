using HaActors.Agent.Libvirt;
using HaActors.Agent.State;
using HaActors.AgentApi;

namespace HaActors.Agent.Instances;

/// <summary>Opt-in and opt-out of one instance: whose the autostart mark is, and whether the hook watches.</summary>
internal sealed class OptIn(StateStore store, ILogger<OptIn> log)
{
    internal void Set(LibvirtConnection libvirt, string uuid, ManagedRequest request)
    {
        using var domain = libvirt.Find(uuid);
        if (domain is null && (request.Managed || !store.Knows(uuid))) throw AgentRefusal.NotFound($"libvirt knows no instance {uuid} here");
        if (request.Managed) In(domain!, uuid);
        else Out(domain, uuid, request.MayStart);
    }

    private void In(LibvirtDomain domain, string uuid)
    {
        var marked = domain.Autostart();
        // The wish is on disk before the mark goes: a crash in between must not lose it. The hook guards from here on.
        store.Update(uuid, r => r with { Managed = true, Guard = true, AutostartWish = r.AutostartWish || marked });
        if (marked) domain.SetAutostart(false);
        log.LogInformation("{Uuid} is managed; autostart was {Autostart}", uuid, marked ? "on, and is off now" : "off");
    }

    private void Out(LibvirtDomain? domain, string uuid, bool mayStart)
    {
        var record = store.Get(uuid);
        if (mayStart && record.AutostartWish && domain?.IsPersistent() == true) domain.SetAutostart(true);
        store.Update(uuid, r => mayStart
            ? r with { Managed = false, Guard = false, Away = false, AutostartWish = false }
            : r with { Managed = false });
        log.LogInformation("{Uuid} is no longer managed{Start}", uuid, mayStart ? ", and may start" : "; the hook still refuses what it refused");
    }
}
