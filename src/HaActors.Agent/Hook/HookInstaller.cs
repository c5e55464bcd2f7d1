using System.Globalization;
using HaActors.Agent.State;

namespace HaActors.Agent.Hook;

/// <summary>Puts the hook into <c>qemu.d/</c>, beside whatever hook the site already has (libvirt 6.5 or newer), and tells whether it is in use.</summary>
internal sealed class HookInstaller(AgentOptions options)
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    internal string HookPath => Path.Combine(options.HookDirectory, "qemu.d", "haactors");

    private string ReloadedPath => Path.Combine(options.StateDirectory, "hook-reloaded");

    /// <summary>Writes the hook if it is missing or old. False: it was there already.</summary>
    /// <exception cref="IOException">Not writable, or a file that is not ours is in the way and <paramref name="force"/> is not set.</exception>
    internal bool Install(bool force)
    {
        var text = HookScript.Text(options);
        var there = DurableFile.Read(HookPath);
        if (there == text && IsExecutable()) return false;
        if (there is not null && !there.Contains(HookScript.Mark, StringComparison.Ordinal) && !force)
            throw new IOException($"{HookPath} is not a hook of HaActors; move it away, or say --force to replace it");
        Directory.CreateDirectory(Path.GetDirectoryName(HookPath)!);
        // Renamed into place executable and whole: libvirt may call it at any moment.
        var beside = Path.Combine(options.HookDirectory, ".haactors-hook.new");
        File.WriteAllText(beside, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(beside, Executable);
        File.Move(beside, HookPath, overwrite: true);
        DurableFile.FlushDirectory(Path.GetDirectoryName(HookPath)!);
        return true;
    }

    /// <summary>Remembers that this daemon was told to read its hooks again.</summary>
    internal void Reloaded(LibvirtDaemon daemon) => DurableFile.Write(ReloadedPath, Name(daemon) + "\n");

    /// <summary>Null: in place and used by the libvirt that runs now. Else one sentence: why not, and what to do.</summary>
    internal string? Problem(LibvirtDaemon? daemon)
    {
        if (DurableFile.Read(HookPath) is not { } there) return $"The qemu hook {HookPath} is missing: a managed instance could be started behind the masters' back; run \"haagent install-hook\".";
        if (!IsExecutable()) return $"The qemu hook {HookPath} is not executable, so libvirt ignores it; run \"haagent install-hook\".";
        if (there != HookScript.Text(options)) return $"The qemu hook {HookPath} is not the one of this agent and its settings; run \"haagent install-hook\".";
        if (daemon is null) return "No libvirtd or virtqemud that sees the qemu hook runs on this host now, so nobody can tell whether it is used.";
        if (Used(daemon)) return null;
        return $"The qemu hook is in place, but libvirt (pid {daemon.Pid}) has not read it yet; run \"systemctl reload libvirtd\" (or virtqemud).";
    }

    /// <summary>It was there when the daemon started, or the daemon was told since, or it has called it.</summary>
    private bool Used(LibvirtDaemon daemon)
    {
        // libvirt looks once whether there are any hooks; from then on a replaced file is used as it is.
        if (new DirectoryInfo(Path.GetDirectoryName(HookPath)!).LastWriteTimeUtc < daemon.Started.UtcDateTime
            && File.GetLastWriteTimeUtc(HookPath) < daemon.Started.UtcDateTime) return true;
        if (DurableFile.Read(ReloadedPath)?.Trim() == Name(daemon)) return true;
        var used = Path.Combine(options.StateDirectory, "hook-used");
        return DurableFile.Read(used)?.Trim() == daemon.Pid.ToString(CultureInfo.InvariantCulture)
            && File.GetLastWriteTimeUtc(used) >= daemon.Started.UtcDateTime;
    }

    private static string Name(LibvirtDaemon daemon) => string.Create(CultureInfo.InvariantCulture, $"{daemon.Pid} {daemon.Started.ToUnixTimeSeconds()}");

    private bool IsExecutable() => !OperatingSystem.IsWindows() && File.Exists(HookPath) && File.GetUnixFileMode(HookPath).HasFlag(UnixFileMode.UserExecute);
}
