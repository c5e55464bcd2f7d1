using System.Collections.Immutable;

namespace HaActors.Adapters;

/// <summary>What a probe needs to know.</summary>
public sealed record ProbeOptions
{
    /// <summary>One deadline for ping and <c>GET /health</c> together. 100 ms to 1 min, default 5 s; key <c>HaActors:Monitor:ProbeTimeout</c>.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>One sentence for each value out of range, naming its key.</summary>
    public IEnumerable<string> Problems() =>
        Ranges.Check("HaActors:Monitor:ProbeTimeout", ProbeTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
}

/// <summary>How <c>ipmitool</c> is called.</summary>
public sealed record IpmiOptions
{
    /// <summary>Name (looked up in PATH) or path of the tool, default <c>ipmitool</c>; key <c>HaActors:Ipmi:Tool</c>.</summary>
    public string Tool { get; init; } = "ipmitool";

    /// <summary>One call, start to end, is killed after this. 7 s (the tool itself gives a silent BMC 6 s) to 60 s, default 15 s; key <c>HaActors:Ipmi:CallTimeout</c>.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>One sentence for each value out of range, naming its key.</summary>
    public IEnumerable<string> Problems()
    {
        if (string.IsNullOrWhiteSpace(Tool)) yield return "HaActors:Ipmi:Tool is empty: give the name or the path of ipmitool.";
        foreach (var problem in Ranges.Check("HaActors:Ipmi:CallTimeout", CallTimeout, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(60))) yield return problem;
    }
}

/// <summary>How fence devices other than IPMI are called.</summary>
public sealed record FencingOptions
{
    /// <summary>One call, start to end, is ended after this. 1 s to 60 s, default 20 s: a fence agent waits itself until a plug is off; key <c>HaActors:Fencing:CallTimeout</c>.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Where fence agents are looked for, in this order, default <c>/usr/sbin</c>; key <c>HaActors:Fencing:AgentDirectories</c>.</summary>
    public ImmutableArray<string> AgentDirectories { get; init; } = ["/usr/sbin"];

    /// <summary>One sentence for each value out of range, naming its key.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var problem in Ranges.Check("HaActors:Fencing:CallTimeout", CallTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60))) yield return problem;
        foreach (var directory in AgentDirectories.Where(d => !d.StartsWith('/')))
            yield return $"HaActors:Fencing:AgentDirectories holds '{directory}': a directory must be absolute.";
    }
}

/// <summary>Deadlines of the calls to an agent; each covers the whole call, its answer's body included.</summary>
public sealed record AgentOptions
{
    /// <summary>Reading facts and lists. 100 ms to 1 min, default 5 s; key <c>HaActors:Agent:ReadDeadline</c>.</summary>
    public TimeSpan ReadDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A <c>run</c>: definition, locks on shared disks, start. 5 s to 5 min, default 60 s; key <c>HaActors:Agent:RunDeadline</c>.</summary>
    public TimeSpan RunDeadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>cancel</c> and the other small changes. 1 s to 1 min, default 10 s; key <c>HaActors:Agent:ChangeDeadline</c>.</summary>
    public TimeSpan ChangeDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>One sentence for each value out of range, naming its key.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Ranges.Check("HaActors:Agent:ReadDeadline", ReadDeadline, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
        .. Ranges.Check("HaActors:Agent:RunDeadline", RunDeadline, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)),
        .. Ranges.Check("HaActors:Agent:ChangeDeadline", ChangeDeadline, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
    ];
}

/// <summary>How receivers of webhooks are called.</summary>
public sealed record WebhookOptions
{
    /// <summary>How this installation names itself in each call. 1 to 64 visible characters, default <c>haactors</c>; key <c>HaActors:Webhooks:Installation</c>.</summary>
    public string Installation { get; init; } = "haactors";

    /// <summary>One call, from its connection to its answer. 1 s to 1 min, default 10 s; key <c>HaActors:Webhooks:Timeout</c>.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}

internal static class Ranges
{
    internal static IEnumerable<string> Check(string key, TimeSpan value, TimeSpan least, TimeSpan most) =>
        value >= least && value <= most ? [] : [$"{key} is {value:c}: from {least:c} to {most:c} is possible."];
}
