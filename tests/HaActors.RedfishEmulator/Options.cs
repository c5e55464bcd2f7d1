namespace HaActors.RedfishEmulator;

/// <summary>What one emulated BMC is.</summary>
/// <param name="Listen"><c>host:port</c>; port 0 takes a free one.</param>
/// <param name="Folder">Where its mood is read (<c>mode</c>) and its diary is kept (<c>commands.log</c>, <c>fingerprint</c>).</param>
/// <param name="Uuid">Of its computer system, unless the folder has a file <c>uuid</c>.</param>
public sealed record EmulatorOptions(string Listen, string Folder, string Username, string Password, string Uuid)
{
    /// <summary>The ids of its computer systems; the first has the power.</summary>
    public IReadOnlyList<string> Systems { get; init; } = ["1"];

    /// <summary>With a certificate of its own making; its fingerprint is in the folder.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>False: only sessions, as some BMCs are set.</summary>
    public bool Basic { get; init; } = true;
}

/// <summary>What the emulated BMC switches.</summary>
public interface IMains
{
    bool IsOn { get; }

    void Set(bool on);
}

/// <summary>How it behaves, read anew at each request.</summary>
internal sealed record Mood(string Name, TimeSpan After)
{
    internal static readonly string[] Known = ["ok", "lie", "liestatus", "late", "slow", "hang", "failget", "failset", "die", "dieset", "conflict", "poweringoff", "unknown"];

    internal static Mood Of(string folder)
    {
        var file = Path.Combine(folder, "mode");
        var words = File.Exists(file) ? File.ReadAllText(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [];
        return new(words.Length > 0 && Known.Contains(words[0]) ? words[0] : "ok", TimeSpan.FromSeconds(words.Length > 1 && double.TryParse(words[1], out var s) ? s : 3));
    }
}
