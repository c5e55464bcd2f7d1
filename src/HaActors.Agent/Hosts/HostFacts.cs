using System.Globalization;

namespace HaActors.Agent.Hosts;

/// <summary>What the host says of itself, without libvirt.</summary>
internal interface IHostFacts
{
    string HostName { get; }

    /// <summary>Changes with each boot.</summary>
    string BootId { get; }

    long MemoryMiB { get; }

    /// <summary>Free plus reclaimable, MiB.</summary>
    long FreeMemoryMiB { get; }

    int Vcpus { get; }

    /// <summary>Stands in for libvirt's host UUID where its driver has none; null if the host has no machine id.</summary>
    string? MachineId { get; }
}

/// <summary>From <c>/proc</c> and <c>/etc/machine-id</c>.</summary>
internal sealed class ProcHostFacts(string bootIdPath) : IHostFacts
{
    public string HostName => Environment.MachineName;

    public string BootId { get; } = File.ReadAllText(bootIdPath).Trim();

    public long MemoryMiB => MemInfo("MemTotal:");

    public long FreeMemoryMiB => MemInfo("MemAvailable:");

    public int Vcpus => Environment.ProcessorCount;

    public string? MachineId => File.Exists("/etc/machine-id") && Guid.TryParseExact(File.ReadAllText("/etc/machine-id").Trim(), "N", out var id) ? id.ToString() : null;

    private static long MemInfo(string key)
    {
        var line = File.ReadLines("/proc/meminfo").First(l => l.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
