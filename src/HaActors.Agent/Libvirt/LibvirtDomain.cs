using System.Runtime.InteropServices;
using System.Text;
using HaActors.AgentApi;

namespace HaActors.Agent.Libvirt;

/// <summary>One domain of an open connection. Every member but uuid and name asks the daemon, and blocks.</summary>
internal sealed unsafe class LibvirtDomain(DomainHandle handle) : IDisposable
{
    private const uint InactiveAndSecure = 2 | 1;

    public void Dispose() => handle.Dispose();

    internal string Uuid()
    {
        var buffer = stackalloc byte[37];
        if (Native.virDomainGetUUIDString(handle, buffer) < 0) throw LibvirtException.Last("virDomainGetUUIDString");
        return Encoding.ASCII.GetString(buffer, 36);
    }

    internal string Name() => Marshal.PtrToStringUTF8(Native.virDomainGetName(handle)) ?? throw LibvirtException.Last("virDomainGetName");

    internal bool IsActive() => Yes(Native.virDomainIsActive(handle), "virDomainIsActive");

    internal bool IsPersistent() => Yes(Native.virDomainIsPersistent(handle), "virDomainIsPersistent");

    internal (InstanceState State, string? Reason) State()
    {
        if (Native.virDomainGetState(handle, out var state, out var reason, 0) < 0) throw LibvirtException.Last("virDomainGetState");
        return DomainStates.Of(state, reason);
    }

    /// <summary>Maximum memory, MiB, and vcpus as libvirt counts them now.</summary>
    internal (long MemoryMiB, int Vcpus) Size()
    {
        var info = default(Native.DomainInfo);
        if (Native.virDomainGetInfo(handle, &info) < 0) throw LibvirtException.Last("virDomainGetInfo");
        return ((long)(info.MaxMemory.Value / 1024), info.Vcpus);
    }

    /// <summary>The inactive definition with its secrets: what a start elsewhere needs.</summary>
    internal string Definition() => LibvirtConnection.TakeText(Native.virDomainGetXMLDesc(handle, InactiveAndSecure), "virDomainGetXMLDesc");

    /// <summary>libvirt's autostart mark. A domain without a stored definition has none.</summary>
    internal bool Autostart()
    {
        if (Native.virDomainGetAutostart(handle, out var on) >= 0) return on != 0;
        Native.virResetLastError();
        return false;
    }

    internal void SetAutostart(bool on)
    {
        if (Native.virDomainSetAutostart(handle, on ? 1 : 0) < 0) throw LibvirtException.Last("virDomainSetAutostart");
    }

    internal void Start()
    {
        if (Native.virDomainCreate(handle) < 0) throw LibvirtException.Last("virDomainCreate");
    }

    /// <summary>Asks the guest to shut down; returns at once.</summary>
    internal void Shutdown()
    {
        if (Native.virDomainShutdown(handle) < 0) throw LibvirtException.Last("virDomainShutdown");
    }

    /// <summary>Ends the guest's process. Graceful first, so that its caches are written; an error if it does not end.</summary>
    internal void Destroy()
    {
        const uint graceful = 1;
        if (Native.virDomainDestroyFlags(handle, graceful) >= 0) return;
        Native.virResetLastError();
        if (Native.virDomainDestroyFlags(handle, 0) < 0) throw LibvirtException.Last("virDomainDestroyFlags");
    }

    /// <summary>Forgets the definition. Disks, NVRAM and TPM files stay; a saved memory image goes, because the disks have moved on.</summary>
    internal void Undefine()
    {
        const uint managedSave = 1, snapshots = 2, keepNvram = 8, checkpoints = 16, keepTpm = 64;
        // Older libvirts and other drivers know fewer flags, and refuse the call as a whole.
        uint[] attempts = [managedSave | snapshots | keepNvram | checkpoints | keepTpm, managedSave | snapshots | keepNvram | checkpoints, managedSave | snapshots, 0];
        foreach (var flags in attempts)
        {
            if (Native.virDomainUndefineFlags(handle, flags) >= 0) return;
            var error = LibvirtException.Last("virDomainUndefineFlags");
            if (error.Code == LibvirtCodes.NoDomain) return;
            if (error.Code != LibvirtCodes.InvalidArgument || flags == 0) throw error;
        }
    }

    private static bool Yes(int answer, string call) => answer < 0 ? throw LibvirtException.Last(call) : answer == 1;
}
