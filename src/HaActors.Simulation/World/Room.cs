using System.Globalization;

namespace HaActors.Simulation.World;

/// <summary>The agent's own count of what is free: the guarantee behind a master's reservation.</summary>
internal static class Room
{
    private const long PerGuestMiB = 256;
    private const int VcpuOvercommit = 4;

    public static long LeftMiB(Host host) =>
        host.MemoryMiB - Math.Max(2048, host.MemoryMiB / 20) - host.FilledMiB - Taken(host).Sum(d => d.Definition.MemoryMiB + PerGuestMiB);

    /// <summary>Why there is no room for it, or null.</summary>
    public static string? Lacks(Host host, InstanceDefinition wanted)
    {
        var left = LeftMiB(host);
        var needed = wanted.MemoryMiB + PerGuestMiB;
        if (needed > left) return string.Create(CultureInfo.InvariantCulture, $"{wanted.Name} needs {needed} MiB and {Math.Max(0, left)} MiB are left");
        var vcpus = (host.Vcpus * VcpuOvercommit) - Taken(host).Sum(d => d.Definition.Vcpus);
        return wanted.Vcpus > vcpus ? string.Create(CultureInfo.InvariantCulture, $"{wanted.Name} needs {wanted.Vcpus} vcpus and {Math.Max(0, vcpus)} are left") : null;
    }

    /// <summary>What runs, and what is being started.</summary>
    private static IEnumerable<LibvirtDomain> Taken(Host host) => host.Domains.Where(d => d.Value.Copy is not null || host.Busy.Contains(d.Key)).Select(d => d.Value);
}
