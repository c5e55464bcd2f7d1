using System.Collections.Immutable;

namespace HaActors.Domain.Gate;

/// <summary>What the gate remembers. Bounded: an entry a location, and one for each hypervisor that was fenced within a day.</summary>
/// <param name="DisarmedBy">Null: armed. First start: armed, for HA itself is opt-in.</param>
/// <param name="LastAt">Time of its last row: a master that comes back within 5 min of it is not cold.</param>
public sealed record GateState(Disarmed? DisarmedBy, DateTimeOffset? LastAt, FencePermitted? LastPermit)
{
    /// <summary>No window is longer (<see cref="GatePolicy.MaxFencesWindow"/>), so older fences never count again.</summary>
    public static readonly TimeSpan FencesKept = TimeSpan.FromDays(1);

    public static GateState New { get; } = new(null, null, null);

    /// <summary>Storms that are not over, by location.</summary>
    public ImmutableSortedDictionary<LocationId, StormBegan> Storms { get; init; } = ImmutableSortedDictionary<LocationId, StormBegan>.Empty;

    public ImmutableSortedDictionary<LocationId, StormOverridden> Overrides { get; init; } = ImmutableSortedDictionary<LocationId, StormOverridden>.Empty;

    /// <summary>Locations the way to whose fence devices is broken.</summary>
    public ImmutableSortedDictionary<LocationId, FencePathLost> PathsLost { get; init; } = ImmutableSortedDictionary<LocationId, FencePathLost>.Empty;

    /// <summary>The journal went back, and nobody has armed HA since.</summary>
    public string? SetBack { get; init; }

    /// <summary>The last fence of each hypervisor.</summary>
    public ImmutableSortedDictionary<HypervisorId, KnownFence> Fences { get; init; } = ImmutableSortedDictionary<HypervisorId, KnownFence>.Empty;

    public GateState Apply(IGateEvent e) => (e switch
    {
        FencePermitted p => this with { LastPermit = p, Fences = Kept(p.At).SetItem(p.HypervisorId, KnownFence.Permitted(p, Fences.GetValueOrDefault(p.HypervisorId))) },
        FenceCounted c => this with { Fences = Fences.SetItem(c.HypervisorId, KnownFence.Counted(c, Fences.GetValueOrDefault(c.HypervisorId))) },
        StormBegan b => this with { Storms = Storms.SetItem(b.Location, b) },
        StormEnded x => this with { Storms = Storms.Remove(x.Location) },
        StormOverridden o => this with { Overrides = Overrides.SetItem(o.Location, o) },
        StormOverrideEnded x => this with { Overrides = Overrides.Remove(x.Location) },
        FencePathLost l => this with { PathsLost = PathsLost.SetItem(l.Location, l) },
        FencePathRegained r => this with { PathsLost = PathsLost.Remove(r.Location) },
        Disarmed d => this with { DisarmedBy = d },
        Armed => this with { DisarmedBy = null, SetBack = null },
        JournalSetBack b => this with { SetBack = b.Detail },
        GateHeartbeat => this,
        _ => throw new InvalidOperationException($"An event of type {e.GetType().Name} is not known to this version."),
    }) with
    { LastAt = e.At };

    private ImmutableSortedDictionary<HypervisorId, KnownFence> Kept(DateTimeOffset now) =>
        Fences.RemoveRange(Fences.Where(f => now - f.Value.LastAt > FencesKept).Select(f => f.Key));
}

/// <summary>What is known of the last fence of one hypervisor.</summary>
/// <param name="Attempt">Of the last permit; 0 if an off was heard of without one.</param>
/// <param name="OffAt">When the newest off of <paramref name="OffIncident"/> was heard of; kept over a later permit.</param>
/// <param name="Off">Which one that was: when its hypervisor stored it.</param>
public sealed record KnownFence(LocationId Location, int Attempt, DateTimeOffset? PermittedAt, DateTimeOffset? OffAt, IncidentId? OffIncident, DateTimeOffset? Off)
{
    public DateTimeOffset LastAt => OffAt is { } off && (PermittedAt is not { } permitted || off > permitted) ? off : PermittedAt ?? DateTimeOffset.MinValue;

    internal static KnownFence Permitted(FencePermitted p, KnownFence? before) => new(p.Location, p.Attempt, p.At, before?.OffAt, before?.OffIncident, before?.Off);

    internal static KnownFence Counted(FenceCounted c, KnownFence? before) => new(c.Location, before?.Attempt ?? 0, before?.PermittedAt, c.At, c.Incident, c.OffAt);
}
