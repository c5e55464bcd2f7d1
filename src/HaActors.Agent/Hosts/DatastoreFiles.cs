using HaActors.Agent.State;

namespace HaActors.Agent.Hosts;

/// <summary>The marker and the nonces as they lie on the file system. Every call may block for ever on a dead server.</summary>
internal static class DatastoreFiles
{
    internal const string MarkerName = ".haactors-datastore";
    private const string NonceDirectory = ".haactors-nonces";
    private const int LongestNonce = 128;

    /// <summary>The datastore's UUID, or null if there is no whole marker.</summary>
    internal static string? Marker(string path) =>
        Guid.TryParseExact(DurableFile.Read(Path.Combine(path, MarkerName))?.Trim(), "D", out var uuid) ? uuid.ToString() : null;

    /// <summary>Makes the marker unless another host is faster; returns what is there then, null while that one still writes.</summary>
    internal static string? TryMark(string path) =>
        DurableFile.TryCreate(Path.Combine(path, MarkerName), $"{Guid.NewGuid()}\n") ? Marker(path) : Marker(path);

    internal static void WriteNonce(string path, string hypervisor, string nonce)
    {
        Directory.CreateDirectory(Path.Combine(path, NonceDirectory));
        DurableFile.Write(Path.Combine(path, NonceDirectory, hypervisor), nonce + "\n");
    }

    internal static IReadOnlyDictionary<string, string> Nonces(string path)
    {
        var nonces = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var directory = Path.Combine(path, NonceDirectory);
        if (!Directory.Exists(directory)) return nonces;
        foreach (var file in Directory.EnumerateFiles(directory))
        {
            if (Guid.TryParseExact(Path.GetFileName(file), "D", out _) && DurableFile.Read(file)?.Trim() is { Length: > 0 and <= LongestNonce } nonce)
                nonces[Path.GetFileName(file)] = nonce;
        }

        return nonces;
    }

    /// <summary>1 to 128 letters, digits, dashes, dots, underscores: it becomes a file that other hosts read.</summary>
    internal static bool IsNonce(string? nonce) => nonce is { Length: > 0 and <= LongestNonce } && nonce.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
