using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace HaActors.Adapters.Fencing;

/// <summary>Is a program nobody's but root's and ours? Whoever can change it, or a directory on its way, cuts power and reads passwords as this master.</summary>
internal static class TrustedFile
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Null if the program can be started and trusted; else one clause.</summary>
    internal static string? Problem(string path)
    {
        if (!OperatingSystem.IsLinux()) return "it can be run on Linux only";
        if (RealPath(path) is not { } real || !File.Exists(real)) return $"{path} does not exist";
        if ((File.GetUnixFileMode(real) & AnyExecute) == 0) return $"{path} is not executable";
        for (var part = real; part is not null; part = Path.GetDirectoryName(part))
        {
            if (Owner(part) is not { } owner) return $"{part} can't be looked at";
            if (owner != 0 && owner != geteuid()) return $"{part} belongs to another user (uid {owner}): it must be root's or this master's own";
            var mode = File.GetUnixFileMode(part);
            // In a sticky directory (/tmp) others may make files of their own and not touch these.
            if (mode.HasFlag(UnixFileMode.OtherWrite) && !(part != real && mode.HasFlag(UnixFileMode.StickyBit))) return $"{part} can be written by everybody: chmod o-w";
        }

        return null;
    }

    private static string? RealPath(string path)
    {
        var found = realpath(path, 0);
        if (found == 0) return null;
        var text = Marshal.PtrToStringUTF8(found);
        free(found);
        return text;
    }

    /// <summary>Null: it is gone, or may not be looked at. <c>statx</c> has one layout on every architecture.</summary>
    private static uint? Owner(string path)
    {
        const int workingDirectory = -100;
        const uint ownerOnly = 0x8;
        const int ownerAt = 20;
        var answer = new byte[256];
        return statx(workingDirectory, path, 0, ownerOnly, answer) == 0 ? BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(ownerAt)) : null;
    }

    [DllImport("libc", EntryPoint = "realpath")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint realpath([MarshalAs(UnmanagedType.LPUTF8Str)] string path, nint buffer);

    [DllImport("libc", EntryPoint = "free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void free(nint pointer);

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] answer);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint geteuid();
}
