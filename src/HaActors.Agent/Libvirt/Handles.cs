using System.Runtime.InteropServices;

namespace HaActors.Agent.Libvirt;

/// <summary>Owns a <c>virConnectPtr</c>. Closing it asks the daemon, so it blocks like every other call.</summary>
internal sealed class ConnectHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => Native.virConnectClose(handle) >= 0;
}

/// <summary>Owns a <c>virDomainPtr</c>; freeing it is local.</summary>
internal sealed class DomainHandle() : SafeHandle(0, ownsHandle: true)
{
    internal DomainHandle(nint pointer) : this() => SetHandle(pointer);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => Native.virDomainFree(handle) == 0;
}
