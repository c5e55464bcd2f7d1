using System.Globalization;

namespace HaActors.Agent;

/// <summary>The settings of section <c>HaAgent</c>. Secrets are not printed.</summary>
internal sealed record AgentOptions
{
    /// <summary>What masters must send as <c>Authorization: Bearer</c>; null: only <c>/health</c> is served.</summary>
    internal string? Token { get; init; }

    internal string LibvirtUri { get; init; } = "qemu:///system";

    /// <summary>Absolute paths; empty: libvirt's directory pools.</summary>
    internal IReadOnlyList<string> Datastores { get; init; } = [];

    internal string StateDirectory { get; init; } = "/var/lib/haactors";

    /// <summary>File with the kernel's boot id; another one only where several "hosts" share a kernel, as in a lab.</summary>
    internal string BootIdPath { get; init; } = "/proc/sys/kernel/random/boot_id";

    /// <summary>Memory kept for the host itself, MiB; null: the larger of 2 GiB and 5 %.</summary>
    internal long? HostReserveMiB { get; init; }

    /// <summary>Where libvirt looks for hooks.</summary>
    internal string HookDirectory { get; init; } = "/etc/libvirt/hooks";

    /// <summary>How long <c>stop</c> waits for the guest before it ends its process; 0 s – 1 h.</summary>
    internal TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(60);

    public override string ToString() => $"{LibvirtUri}, state in {StateDirectory}, token {(Token is null ? "missing" : "set")}";

    /// <summary>Reads and checks the section.</summary>
    /// <exception cref="BadSettingException">The message names the key.</exception>
    internal static AgentOptions Read(IConfiguration configuration)
    {
        var options = new AgentOptions();
        foreach (var setting in configuration.GetSection("HaAgent").GetChildren())
        {
            var value = setting.Value ?? "";
            options = setting.Key.ToLowerInvariant() switch
            {
                "token" => options with { Token = TokenOf(setting) },
                "libvirturi" => options with { LibvirtUri = Filled(setting) },
                "datastores" => options with { Datastores = [.. Paths(setting)] },
                "statedirectory" => options with { StateDirectory = Absolute(setting) },
                "bootidpath" => options with { BootIdPath = Absolute(setting) },
                "hostreservemib" => options with { HostReserveMiB = value.Length == 0 ? null : Whole(setting, 0, 1L << 30) },
                "hookdirectory" => options with { HookDirectory = Absolute(setting) },
                "stopgrace" => options with { StopGrace = Span(setting, TimeSpan.FromHours(1)) },
                _ => throw new BadSettingException($"{setting.Path} is not a setting of this agent; known are Token, LibvirtUri, Datastores, StateDirectory, BootIdPath, HostReserveMiB, HookDirectory, StopGrace"),
            };
        }

        return options;
    }

    private static string? TokenOf(IConfigurationSection setting)
    {
        if (string.IsNullOrEmpty(setting.Value)) return null;
        return setting.Value.Length is < 16 or > 512 || setting.Value.Any(c => c is <= ' ' or > '~')
            ? throw new BadSettingException($"{setting.Path} must have 16 to 512 visible ASCII characters") : setting.Value;
    }

    private static string Filled(IConfigurationSection setting) =>
        string.IsNullOrWhiteSpace(setting.Value) ? throw new BadSettingException($"{setting.Path} is empty") : setting.Value;

    private static string Absolute(IConfigurationSection setting) =>
        Path.IsPathRooted(Filled(setting)) ? Path.TrimEndingDirectorySeparator(setting.Value!) : throw new BadSettingException($"{setting.Path} is \"{setting.Value}\", which is not an absolute path");

    /// <summary>A list (<c>Datastores:0</c>, …), or one text with paths separated by colons, as an environment variable is easier to write.</summary>
    private static IEnumerable<string> Paths(IConfigurationSection setting)
    {
        var listed = setting.GetChildren().ToList();
        if (listed.Count > 0) return listed.Select(Absolute);
        return (setting.Value ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(path =>
            Path.IsPathRooted(path) ? Path.TrimEndingDirectorySeparator(path) : throw new BadSettingException($"{setting.Path} has \"{path}\", which is not an absolute path"));
    }

    private static long Whole(IConfigurationSection setting, long least, long most) =>
        long.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number : throw new BadSettingException($"{setting.Path} is \"{setting.Value}\"; it must be a whole number from {least} to {most}");

    private static TimeSpan Span(IConfigurationSection setting, TimeSpan most) =>
        TimeSpan.TryParse(setting.Value, CultureInfo.InvariantCulture, out var span) && span >= TimeSpan.Zero && span <= most
            ? span : throw new BadSettingException($"{setting.Path} is \"{setting.Value}\"; it must be a time span as 00:01:00, at most {most}");
}

/// <summary>A setting that stops the start; the message is one line and names the key.</summary>
internal sealed class BadSettingException(string message) : Exception(message);
