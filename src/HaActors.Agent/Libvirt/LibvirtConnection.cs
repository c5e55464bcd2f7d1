using System.Runtime.InteropServices;
using System.Xml.Linq;
using HaActors.Agent.Instances;

namespace HaActors.Agent.Libvirt;

/// <summary>One connection to libvirt. Every member blocks: only <see cref="LibvirtPool"/> calls them, on threads that it can do without.</summary>
internal sealed unsafe class LibvirtConnection : IDisposable
{
    private readonly ConnectHandle _handle;

    private LibvirtConnection(ConnectHandle handle) => _handle = handle;

    internal bool IsAlive => Native.virConnectIsAlive(_handle) == 1;

    internal static LibvirtConnection Open(string uri)
    {
        if (LibvirtLibrary.TryLoad() is { } problem) throw new LibvirtDownException(problem);
        var handle = Native.virConnectOpen(uri);
        if (handle.IsInvalid) throw new LibvirtDownException($"libvirt at {uri} cannot be reached: {LibvirtException.Last("virConnectOpen").Message}");
        // A daemon that hangs is given up after 20 s, so that its calls end. Drivers without a daemon refuse this, and need it not.
        if (Native.virConnectSetKeepAlive(handle, 5, 3) < 0) Native.virResetLastError();
        return new LibvirtConnection(handle);
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>libvirt's own UUID of this host, or null where the driver has none.</summary>
    internal string? HostUuid() =>
        (string?)XDocument.Parse(TakeText(Native.virConnectGetCapabilities(_handle), "virConnectGetCapabilities"))
            .Root?.Element("host")?.Element("uuid");

    /// <summary>Version of the daemon's library, e.g. 9000000 for 9.0.0.</summary>
    internal long Version() => Native.virConnectGetLibVersion(_handle, out var version) < 0 ? throw LibvirtException.Last("virConnectGetLibVersion") : (long)version;

    internal IReadOnlyList<LibvirtDomain> Domains()
    {
        nint* list = null;
        var count = Native.virConnectListAllDomains(_handle, &list, 0);
        if (count < 0) throw LibvirtException.Last("virConnectListAllDomains");
        var domains = new LibvirtDomain[count];
        for (var i = 0; i < count; i++) domains[i] = new LibvirtDomain(new DomainHandle(list[i]));
        NativeMemory.Free(list);
        return domains;
    }

    /// <summary>The domain, or null if libvirt knows none with that uuid.</summary>
    internal LibvirtDomain? Find(string uuid)
    {
        var handle = Native.virDomainLookupByUUIDString(_handle, uuid);
        if (!handle.IsInvalid) return new LibvirtDomain(handle);
        var error = LibvirtException.Last("virDomainLookupByUUIDString");
        return error.Code == LibvirtCodes.NoDomain ? null : throw error;
    }

    internal LibvirtDomain Define(string xml)
    {
        var handle = Native.virDomainDefineXMLFlags(_handle, xml, 0);
        return handle.IsInvalid ? throw LibvirtException.Last("virDomainDefineXMLFlags") : new LibvirtDomain(handle);
    }

    /// <summary>Storage pools that are directories on this host: name and path. None where libvirt has no storage driver.</summary>
    internal IReadOnlyList<DirectoryPool> DirectoryPools()
    {
        nint* list = null;
        var count = Native.virConnectListAllStoragePools(_handle, &list, 0);
        if (count < 0)
        {
            var error = LibvirtException.Last("virConnectListAllStoragePools");
            return error.Code is LibvirtCodes.NoSupport or LibvirtCodes.NoConnection ? [] : throw error;
        }

        var pools = new List<DirectoryPool>();
        for (var i = 0; i < count; i++)
        {
            var text = Native.virStoragePoolGetXMLDesc(list[i], 0);
            _ = Native.virStoragePoolFree(list[i]);
            if (text == 0) continue;    // deleted meanwhile
            if (DirectoryPool.From(TakeText(text, "virStoragePoolGetXMLDesc")) is { } pool) pools.Add(pool);
        }

        NativeMemory.Free(list);
        return pools;
    }

    /// <summary>A text that libvirt allocated and we must free.</summary>
    internal static string TakeText(nint text, string call)
    {
        if (text == 0) throw LibvirtException.Last(call);
        try
        {
            return Marshal.PtrToStringUTF8(text)!;
        }
        finally
        {
            NativeMemory.Free((void*)text);
        }
    }
}
