namespace HaActors.Domain.Gate;

/// <summary>A stored fact about the gate, which is one for the whole fleet.</summary>
public interface IGateEvent : IDomainEvent;

/// <summary>A permit was given. Only this is repeated to the same request.</summary>
public sealed record FencePermitted(HypervisorId HypervisorId, int Attempt, DateTimeOffset At) : IGateEvent;

public sealed record Disarmed(string Who, string Reason, DateTimeOffset At) : IGateEvent;

public sealed record Armed(string Who, string Reason, DateTimeOffset At) : IGateEvent;

/// <summary>The journal took a row just now. Stored only while somebody asks for a permit, so a quiet night writes nothing.</summary>
public sealed record GateHeartbeat(DateTimeOffset At) : IGateEvent;

/// <summary>What the gate remembers.</summary>
/// <param name="DisarmedBy">Null: armed. First start: armed, for HA itself is opt-in.</param>
/// <param name="LastAt">Time of its last row: a master that comes back within 5 min of it is not cold.</param>
public sealed record GateState(Disarmed? DisarmedBy, DateTimeOffset? LastAt, FencePermitted? LastPermit)
{
    public static GateState New { get; } = new(null, null, null);

    public GateState Apply(IGateEvent e) => (e switch
    {
        FencePermitted p => this with { LastPermit = p },
        Disarmed d => this with { DisarmedBy = d },
        Armed => this with { DisarmedBy = null },
        GateHeartbeat => this,
        _ => throw new InvalidOperationException($"An event of type {e.GetType().Name} is not known to this version."),
    }) with
    { LastAt = e.At };
}
