using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HaActors.Agent.Libvirt;

/// <summary>What is done once for the process: errors are returned rather than printed, and an event loop runs, without which there is no keep-alive.</summary>
internal static unsafe class LibvirtLibrary
{
    private static readonly Lazy<string?> Problem = new(Start, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Loads libvirt; null, or one sentence why it cannot be used.</summary>
    internal static string? TryLoad() => Problem.Value;

    private static string? Start()
    {
        try
        {
            Native.virSetErrorFunc(0, &Swallow);
            if (Native.virInitialize() < 0) return $"libvirt cannot be initialised: {LibvirtException.Last("virInitialize").Message}";
            if (Native.virEventRegisterDefaultImpl() < 0) return $"libvirt's event loop cannot be registered: {LibvirtException.Last("virEventRegisterDefaultImpl").Message}";
        }
        catch (DllNotFoundException)
        {
            return "libvirt.so.0 cannot be loaded: install the package libvirt0 (Debian, Ubuntu) or libvirt-libs (Red Hat, SUSE)";
        }
        catch (EntryPointNotFoundException missing)
        {
            return $"libvirt.so.0 is too old for this agent: {missing.Message}";
        }

        new Thread(RunEvents) { IsBackground = true, Name = "libvirt events" }.Start();
        return null;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Swallow(nint userData, nint error)
    {
    }

    private static void RunEvents()
    {
        while (true)
        {
            // An error here is one bad descriptor of one connection: that connection's calls fail by themselves.
            if (Native.virEventRunDefaultImpl() < 0) Thread.Sleep(100);
        }
    }
}
