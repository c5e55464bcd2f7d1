using System.Globalization;
using HaActors.Agent.State;

namespace HaActors.Agent.Hook;

/// <summary>The libvirt daemon of QEMU on this host, from <c>/proc</c>.</summary>
/// <param name="Started">When it started, to the second.</param>
internal sealed record LibvirtDaemon(int Pid, DateTimeOffset Started)
{
    /// <summary>The daemon that would call this hook, or null if none runs here, or none that sees the hook.</summary>
    internal static LibvirtDaemon? Find(string hookPath)
    {
        if (DurableFile.Read(hookPath) is not { } hook) return null;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) continue;
            try
            {
                // Through the daemon's own root: one in a container reads its hooks elsewhere.
                if (File.ReadAllText(Path.Combine(directory, "comm")).Trim() is "libvirtd" or "virtqemud" && DurableFile.Read($"{directory}/root{hookPath}") == hook)
                    return new LibvirtDaemon(pid, StartOf(directory));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // ended while we looked
            }
        }

        return null;
    }

    private static DateTimeOffset StartOf(string directory)
    {
        const long ticksPerSecond = 100;    // USER_HZ, fixed for /proc on every architecture that .NET runs on
        var stat = File.ReadAllText(Path.Combine(directory, "stat"));
        var ticks = long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
        var boot = File.ReadLines("/proc/stat").First(l => l.StartsWith("btime ", StringComparison.Ordinal))[6..];
        return DateTimeOffset.FromUnixTimeSeconds(long.Parse(boot, CultureInfo.InvariantCulture) + (ticks / ticksPerSecond));
    }
}
