namespace HaActors.Agent.Hook;

/// <summary>The hook's text, with this agent's paths baked in: it must work when nothing but files is there.</summary>
internal static class HookScript
{
    /// <summary>In the hook's stderr, and so in libvirt's error: the host was not cleared.</summary>
    internal const string NotCleared = "haactors: not cleared";

    /// <summary>In the second line of every version of our hook: what may be replaced.</summary>
    internal const string Mark = "# haactors-hook ";

    /// <exception cref="BadSettingException">A path that cannot stand in single quotes.</exception>
    internal static string Text(AgentOptions options)
    {
        using var stream = typeof(HookScript).Assembly.GetManifestResourceStream("qemu-hook.sh")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd()
            .Replace("@STATE@", Quotable("HaAgent:StateDirectory", options.StateDirectory), StringComparison.Ordinal)
            .Replace("@BOOTID@", Quotable("HaAgent:BootIdPath", options.BootIdPath), StringComparison.Ordinal);
    }

    private static string Quotable(string key, string path) =>
        path.Contains('\'', StringComparison.Ordinal) || path.Contains('\n', StringComparison.Ordinal) ? throw new BadSettingException($"{key} has a quote or a line break") : path;
}
