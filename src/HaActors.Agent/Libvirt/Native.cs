using System.Runtime.InteropServices;

namespace HaActors.Agent.Libvirt;

/// <summary>The few functions of libvirt's C API that the agent needs. Every call blocks, some of them for ever if the daemon hangs.</summary>
internal static unsafe partial class Native
{
    private const string Library = "libvirt.so.0";

    [LibraryImport(Library)]
    internal static partial int virInitialize();

    [LibraryImport(Library)]
    internal static partial void virSetErrorFunc(nint userData, delegate* unmanaged[Cdecl]<nint, nint, void> handler);

    [LibraryImport(Library)]
    internal static partial int virGetLastErrorCode();

    [LibraryImport(Library)]
    internal static partial nint virGetLastErrorMessage();

    [LibraryImport(Library)]
    internal static partial void virResetLastError();

    [LibraryImport(Library)]
    internal static partial int virEventRegisterDefaultImpl();

    [LibraryImport(Library)]
    internal static partial int virEventRunDefaultImpl();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ConnectHandle virConnectOpen(string uri);

    [LibraryImport(Library)]
    internal static partial int virConnectClose(nint connect);

    [LibraryImport(Library)]
    internal static partial int virConnectSetKeepAlive(ConnectHandle connect, int intervalSeconds, uint count);

    [LibraryImport(Library)]
    internal static partial int virConnectIsAlive(ConnectHandle connect);

    [LibraryImport(Library)]
    internal static partial int virConnectGetLibVersion(ConnectHandle connect, out ulong version);

    [LibraryImport(Library)]
    internal static partial nint virConnectGetCapabilities(ConnectHandle connect);

    [LibraryImport(Library)]
    internal static partial int virConnectListAllDomains(ConnectHandle connect, nint** domains, uint flags);

    [LibraryImport(Library)]
    internal static partial int virConnectListAllStoragePools(ConnectHandle connect, nint** pools, uint flags);

    [LibraryImport(Library)]
    internal static partial nint virStoragePoolGetXMLDesc(nint pool, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolFree(nint pool);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial DomainHandle virDomainLookupByUUIDString(ConnectHandle connect, string uuid);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial DomainHandle virDomainDefineXMLFlags(ConnectHandle connect, string xml, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainFree(nint domain);

    [LibraryImport(Library)]
    internal static partial int virDomainGetUUIDString(DomainHandle domain, byte* buffer);

    [LibraryImport(Library)]
    internal static partial nint virDomainGetName(DomainHandle domain);

    [LibraryImport(Library)]
    internal static partial int virDomainGetState(DomainHandle domain, out int state, out int reason, uint flags);

    [LibraryImport(Library)]
    internal static partial nint virDomainGetXMLDesc(DomainHandle domain, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainIsActive(DomainHandle domain);

    [LibraryImport(Library)]
    internal static partial int virDomainIsPersistent(DomainHandle domain);

    [LibraryImport(Library)]
    internal static partial int virDomainGetAutostart(DomainHandle domain, out int autostart);

    [LibraryImport(Library)]
    internal static partial int virDomainSetAutostart(DomainHandle domain, int autostart);

    [LibraryImport(Library)]
    internal static partial int virDomainCreate(DomainHandle domain);

    [LibraryImport(Library)]
    internal static partial int virDomainShutdown(DomainHandle domain);

    [LibraryImport(Library)]
    internal static partial int virDomainDestroyFlags(DomainHandle domain, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainUndefineFlags(DomainHandle domain, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainGetInfo(DomainHandle domain, DomainInfo* info);

    /// <summary>libvirt's <c>virDomainInfo</c>; memory in KiB.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct DomainInfo
    {
        internal byte State;
        internal CULong MaxMemory;
        internal CULong Memory;
        internal ushort Vcpus;
        internal ulong CpuTime;
    }
}
