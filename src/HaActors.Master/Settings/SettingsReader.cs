using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Storage;

namespace HaActors.Master.Settings;

/// <summary>Turns configuration into <see cref="MasterSettings"/>; every key of the program is named here and nowhere else.</summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    internal const string AdminTokenKey = "HaActors:Auth:AdminToken";

    /// <summary>What was asked for by name; whatever else lies below <c>HaActors</c> is a typo.</summary>
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase)
    {
        StorageOptions.DataDirectoryKey, StorageOptions.ProviderKey, StorageOptions.ConnectionStringKey,
    };

    internal MasterSettings Read()
    {
        var monitor = Monitor();
        var ipmi = Ipmi();
        var settings = new MasterSettings(Storage(), AdminToken(), monitor, Gate(), ipmi, Fencing(ipmi.Deadline), Agent(), Cluster(), Urls()) { Webhooks = Webhooks() };
        OnlyKnownKeys();
        if (settings.Storage.Provider == StorageProvider.Sqlite && settings.Cluster.SeedNodes.Length > 1)
        {
            throw new SettingsException(
                $"HaActors:Cluster:SeedNodes names {settings.Cluster.SeedNodes.Length} masters, and {StorageOptions.ProviderKey} is sqlite, which is for exactly one. Use postgresql for several, or name one seed.");
        }

        return settings;
    }

    /// <summary>A key that can't be read is a wrong setting; that the file or server behind it can't be used is told when it is opened.</summary>
    private StorageOptions Storage()
    {
        try
        {
            return StorageOptions.From(configuration);
        }
        catch (StorageStartException e)
        {
            throw new SettingsException(e.Message);
        }
    }

    private MonitorSettings Monitor()
    {
        var tick = Span("HaActors:Monitor:TickInterval", 30, 1, 3600);
        var timeout = Span("HaActors:Monitor:ProbeTimeout", 5, 0.1, 60);
        if (timeout >= tick)
            throw new SettingsException($"HaActors:Monitor:ProbeTimeout is {timeout:c}; it must be below HaActors:Monitor:TickInterval, which is {tick:c}.");
        var parallelism = Number("HaActors:Monitor:ProbeParallelism", 10, 1, 100)!.Value;
        var confirm = Span("HaActors:Monitor:ConfirmInterval", 0, 0, 3600);
        if (confirm != TimeSpan.Zero && (confirm < TimeSpan.FromSeconds(1) || confirm > tick))
            throw new SettingsException($"HaActors:Monitor:ConfirmInterval is {confirm:c}; it must be 00:00:00 (off), or from 00:00:01 up to HaActors:Monitor:TickInterval, which is {tick:c}.");
        return new(tick, timeout, parallelism, confirm, Span("HaActors:Monitor:MinSilence", 45, 0, 600));
    }

    private GateSettings Gate() => new(
        Span("HaActors:Gate:QuietPeriod", 30, 0, 3600),
        Span("HaActors:Gate:ColdStartGrace", 300, 0, 86_400),
        Span("HaActors:Gate:DegradedGrace", 600, 0, 86_400),
        Number("HaActors:Gate:StormPercent", 50, 1, 100)!.Value,
        Number("HaActors:Gate:MaxFences", null, 1, 1000),
        Span("HaActors:Gate:MaxFencesWindow", 300, 1, 86_400),
        Span("HaActors:Gate:StormCooldown", 300, 0, 86_400),
        [.. List("HaActors:Gate:Witnesses").Select(WitnessOf)]);

    private IpmiSettings Ipmi()
    {
        var tool = Text("HaActors:Ipmi:Tool") ?? "ipmitool";
        var deadline = Span("HaActors:Ipmi:Deadline", 60, 10, 600);
        var call = Span("HaActors:Ipmi:CallTimeout", 15, 7, 60);
        if (call > deadline)
            throw new SettingsException($"HaActors:Ipmi:CallTimeout is {call:c}; it must not be above HaActors:Ipmi:Deadline, which is {deadline:c}.");
        return new(tool, deadline, call, Span("HaActors:Ipmi:CheckInterval", 3600, 60, 604_800));
    }

    private FencingSettings Fencing(TimeSpan deadline)
    {
        var call = Span("HaActors:Fencing:CallTimeout", Math.Min(20, deadline.TotalSeconds), 1, 60);
        if (call > deadline)
            throw new SettingsException($"HaActors:Fencing:CallTimeout is {call:c}; it must not be above HaActors:Ipmi:Deadline, which is {deadline:c}.");
        var directories = List("HaActors:Fencing:AgentDirectories");
        return directories.Find(d => !d.StartsWith('/')) is { } relative
            ? throw new SettingsException($"HaActors:Fencing:AgentDirectories holds '{relative}'; each must be an absolute directory, e.g. /usr/sbin.")
            : new(call, directories.Count > 0 ? [.. directories] : ["/usr/sbin"]);
    }

    private AgentSettings Agent() => new(
        Span("HaActors:Agent:ReadDeadline", 5, 0.1, 60), Span("HaActors:Agent:RunDeadline", 60, 5, 300), Span("HaActors:Agent:ChangeDeadline", 10, 1, 60));

    private WebhookSettings Webhooks()
    {
        var name = Text("HaActors:Webhooks:Installation") ?? "haactors";
        if (name.Length > 64 || name.Any(char.IsControl))
            throw new SettingsException("HaActors:Webhooks:Installation must be a name of at most 64 characters on one line; receivers of webhooks read it.");
        return new(name, Span("HaActors:Webhooks:Timeout", 10, 1, 60), Span("HaActors:Webhooks:MaxAge", 86_400, 60, 604_800));
    }

    private ClusterSettings Cluster()
    {
        var hostname = Text("HaActors:Cluster:Hostname") ?? "127.0.0.1";
        if (Uri.CheckHostName(hostname) is UriHostNameType.Unknown or UriHostNameType.Basic)
            throw new SettingsException($"HaActors:Cluster:Hostname is '{hostname}'; it must be a host name or an IP address that the other masters reach.");
        var port = Number("HaActors:Cluster:Port", 4053, 0, 65_535)!.Value;
        return new(hostname, port, [.. List("HaActors:Cluster:SeedNodes").Select(Seed)]);
    }

    private Secret? AdminToken()
    {
        if (Text(AdminTokenKey) is not { } token)
            return null;
        return token.Length > 1024 || token.Any(c => c is < '!' or > '~')
            ? throw new SettingsException($"{AdminTokenKey} must be at most 1024 visible ASCII characters without spaces: it travels in a header. Or leave it out, and one is made.")
            : new Secret(token);
    }

    private ImmutableArray<string> Urls()
    {
        var text = configuration["Urls"] is { } urls && !string.IsNullOrWhiteSpace(urls) ? urls : "http://127.0.0.1:8080";
        var all = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var url in all)
        {
            // '+' and '*' are Kestrel's words for every address.
            var shown = url.Replace("://+", "://any", StringComparison.Ordinal).Replace("://*", "://any", StringComparison.Ordinal);
            if (!Uri.TryCreate(shown, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https") || parsed.PathAndQuery is not ("/" or ""))
                throw new SettingsException($"Urls is '{text}'; each must be like http://127.0.0.1:8080 or http://0.0.0.0:8080, separated by ';'.");
        }

        return [.. all];
    }

    private static string Seed(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && IsPort(text[(colon + 1)..]) && Uri.CheckHostName(text[..colon]) is not (UriHostNameType.Unknown or UriHostNameType.Basic)
            ? text
            : throw new SettingsException($"HaActors:Cluster:SeedNodes holds '{text}'; each must be host:port, e.g. ha1.example:4053.");
    }

    private static Witness WitnessOf(string text) => Witness.TryParse(text, out var witness)
        ? witness
        : throw new SettingsException($"HaActors:Gate:Witnesses holds '{text}'; each must be a host (pinged) or host:port (connected to), an IPv6 address with a port as [address]:port.");

    private static bool IsPort(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65_535;

    private TimeSpan Span(string key, double seconds, double least, double most)
    {
        if (Text(key) is not { } text)
            return TimeSpan.FromSeconds(seconds);
        // "30" alone would be 30 days.
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span)
            && span >= TimeSpan.FromSeconds(least) && span <= TimeSpan.FromSeconds(most)
            ? span
            : throw new SettingsException($"{key} is '{text}'; it must be a time span from {TimeSpan.FromSeconds(least):c} to {TimeSpan.FromSeconds(most):c}, written as 00:00:30 for 30 seconds.");
    }

    private int? Number(string key, int? otherwise, int least, int most)
    {
        if (Text(key) is not { } text)
            return otherwise;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new SettingsException($"{key} is '{text}'; it must be a whole number from {least} to {most}.");
    }

    private string? Text(string key)
    {
        _known.Add(key);
        return configuration[key] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;
    }

    /// <summary>An array in JSON (<c>Key:0</c>, …) or one text with commas, semicolons or spaces.</summary>
    private List<string> List(string key)
    {
        var found = Text(key)?.Split([',', ';', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList() ?? [];
        foreach (var child in configuration.GetSection(key).GetChildren())
        {
            if (Text(child.Path) is { } text)
                found.Add(text);
        }

        return [.. found.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private void OnlyKnownKeys()
    {
        var unknown = configuration.GetSection("HaActors").AsEnumerable()
            .Where(pair => pair.Value is not null && !_known.Contains(pair.Key)).Select(pair => pair.Key).Order(StringComparer.OrdinalIgnoreCase).FirstOrDefault();
        if (unknown is null)
            return;
        var parent = unknown[..unknown.LastIndexOf(':')];
        var near = _known.Where(k => k.StartsWith(parent + ":", StringComparison.OrdinalIgnoreCase)).DefaultIfEmpty("those that haactors --help lists").Order(StringComparer.Ordinal);
        throw new SettingsException($"{unknown} is no setting of HaActors, so it would do nothing; there are {string.Join(", ", near)}.");
    }
}
