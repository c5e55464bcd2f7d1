using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace HaActors.Agent.State;

/// <summary>Small files that survive a power cut: after a call returns, a reader finds the old text or the new one, and after a crash the new one.</summary>
internal static partial class DurableFile
{
    private const int DirectoryReadOnly = 0x10000 | 0x80000;    // O_DIRECTORY | O_CLOEXEC, x86-64
    private const int DirectoryReadOnlyArm = 0x4000 | 0x80000;

    /// <summary>Writes beside the file, flushes, renames over it, and flushes the directory.</summary>
    internal static void Write(string path, string text)
    {
        var beside = path + ".new";
        using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes a file with this text unless one exists; false if one does. Of two hosts on one file system exactly one wins.</summary>
    internal static bool TryCreate(string path, string text)
    {
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);   // O_EXCL
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }

        FlushDirectory(Path.GetDirectoryName(path)!);
        return true;
    }

    /// <summary>The text, or null if there is no such file.</summary>
    internal static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    internal static void FlushDirectory(string directory)
    {
        var flags = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? DirectoryReadOnlyArm : DirectoryReadOnly;
        var descriptor = open(directory, flags);
        if (descriptor < 0) throw Failure($"cannot open {directory} to flush it");
        try
        {
            const int invalid = 22;    // EINVAL: a file system that needs no flush of its directories
            if (fsync(descriptor) < 0 && Marshal.GetLastPInvokeError() != invalid) throw Failure($"cannot flush {directory}");
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    private static IOException Failure(string what) => new($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int close(int descriptor);
}
