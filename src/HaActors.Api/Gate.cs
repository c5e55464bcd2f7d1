namespace HaActors.Api;

/// <summary>What the gate knows of the whole fleet.</summary>
/// <param name="Windows">Locations in which somebody was fenced in the window, or waits for it.</param>
public sealed record GateInfo(
    IReadOnlyList<StormInfo> Storms, IReadOnlyList<StormOverrideInfo> StormOverrides, IReadOnlyList<WitnessInfo> Witnesses, IReadOnlyList<FenceWindowInfo> Windows,
    IReadOnlyList<PathLostInfo> PathsLost);

/// <summary>The fence devices of many hypervisors of a location, which answer themselves, do not answer: over these nobody could be fenced now.</summary>
/// <param name="Silent">Whose, of the <paramref name="Counted"/> that were asked when it was found.</param>
public sealed record PathLostInfo(string LocationId, DateTimeOffset Since, IReadOnlyList<string> Silent, int Counted);

/// <summary>A storm that is not over: nothing is fenced in that location, but by an operator's order or override.</summary>
/// <param name="OverAt">When the cool-down ends, if few stay failing; null while many are.</param>
public sealed record StormInfo(string LocationId, DateTimeOffset Since, int Failing, int Counted, DateTimeOffset? OverAt);

public sealed record StormOverrideInfo(string LocationId, string Who, string Reason, DateTimeOffset Since, DateTimeOffset Until);

/// <param name="Answered">Null: not asked yet.</param>
public sealed record WitnessInfo(string Name, bool? Answered, string? Detail, DateTimeOffset? At);

/// <param name="Fenced">Hypervisors to which an off was sent in the window, or may yet be.</param>
/// <param name="Queue">Who waits for the window, oldest first.</param>
public sealed record FenceWindowInfo(string LocationId, int Fenced, int Limit, IReadOnlyList<string> Queue);

/// <summary>Body of <c>storm-override</c>.</summary>
public sealed record StormOverrideBody
{
    /// <summary>A time like <c>2026-01-31T05:00:00Z</c>, in the future and at most a day away.</summary>
    public string? Until { get; init; }

    /// <summary>Needed; goes to the event log.</summary>
    public string? Reason { get; init; }
}
