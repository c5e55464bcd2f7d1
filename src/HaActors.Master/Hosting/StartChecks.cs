using HaActors.Adapters.Probing;
using HaActors.Master.Settings;

namespace HaActors.Master.Hosting;

/// <summary>What does not stop the start and must not be found out at night.</summary>
internal static class StartChecks
{
    internal static void Warn(MasterSettings settings, ILogger log)
    {
        if (ToolProblem(settings.Ipmi.Tool, Environment.GetEnvironmentVariable("PATH")) is { } tool)
            log.LogWarning("{Problem}", tool);
        if (PingCapability.Check() is { } ping)
            log.LogWarning("{Problem}", ping);
        if (settings.Gate.Witnesses.IsEmpty)
            log.LogInformation("HaActors:Gate:Witnesses names none: a master that is cut off from the network can't tell that from a storm by itself");
        if (settings.AdminToken is { } token && token.Reveal().Length < 16)
            log.LogWarning("{Key} has fewer than 16 characters: it guards the power switches of the fleet, so take a longer one", SettingsReader.AdminTokenKey);
        foreach (var url in settings.Urls.Where(u => u.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !IsLoopback(u)))
            log.LogWarning("{Url} is not encrypted and not on this machine only: tokens and BMC passwords cross that network readable; put a TLS proxy in front, or use https", url);
    }

    /// <summary>Null if the tool can be started; else one sentence.</summary>
    internal static string? ToolProblem(string tool, string? path)
    {
        var candidates = tool.Contains('/', StringComparison.Ordinal) ? [tool] : (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(p => Path.Combine(p, tool));
        return candidates.Any(IsExecutable)
            ? null
            : $"{tool} is not installed or not executable on this master, so no hypervisor can be fenced from here: install it (Debian: apt-get install ipmitool), or set HaActors:Ipmi:Tool to its path.";
    }

    private static bool IsExecutable(string file) =>
        File.Exists(file) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    private static bool IsLoopback(string url) => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.IsLoopback;
}
