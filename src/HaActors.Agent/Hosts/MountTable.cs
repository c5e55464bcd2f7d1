namespace HaActors.Agent.Hosts;

/// <summary>Compares <c>/etc/fstab</c> with what is mounted.</summary>
internal static class MountTable
{
    /// <summary>The path, or a directory above it but the root, is a mount point of fstab where nothing is mounted.</summary>
    internal static bool ShouldBeMounted(string path) =>
        File.Exists("/etc/fstab") && ShouldBeMounted(path, File.ReadAllLines("/etc/fstab"), File.ReadAllLines("/proc/self/mountinfo"));

    internal static bool ShouldBeMounted(string path, IEnumerable<string> fstab, IEnumerable<string> mountInfo)
    {
        var wanted = fstab.Where(l => !l.StartsWith('#')).Select(l => Word(l, 1)).Where(point => point is not null and not "/" and not "none" and not "swap");
        var mounted = mountInfo.Select(l => Word(l, 4)).ToHashSet(StringComparer.Ordinal);
        return wanted.Any(point => (path == point || path.StartsWith(point + "/", StringComparison.Ordinal)) && !mounted.Contains(point));
    }

    private static string? Word(string line, int index)
    {
        var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length > index ? words[index].Replace("\\040", " ", StringComparison.Ordinal) : null;
    }
}
