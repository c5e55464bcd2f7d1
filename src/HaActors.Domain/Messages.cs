namespace HaActors.Domain;

/// <summary>May cross the wire or lie in the journal: has a manifest, a golden file and only passive data.</summary>
public interface IWireMessage;

/// <summary>Routes by hypervisor.</summary>
public interface IWithHypervisorId
{
    HypervisorId HypervisorId { get; }
}

/// <summary>Routes by instance.</summary>
public interface IWithInstanceId
{
    InstanceId InstanceId { get; }
}

/// <summary>A stored fact; what happened, when, never why it will happen again.</summary>
public interface IDomainEvent : IWireMessage
{
    /// <summary>Time on the clock of the master that stored it.</summary>
    DateTimeOffset At { get; }
}

/// <summary>What a state machine answers. A business "no" is a value, never an exception.</summary>
public abstract record Decision<TEvent>
{
    /// <summary>These became true; store them, then act.</summary>
    public sealed record Accepted(IReadOnlyList<TEvent> Events) : Decision<TEvent>;

    /// <summary>Heard, and nothing changes; why in a clause.</summary>
    public sealed record Ignored(string Because) : Decision<TEvent>;

    /// <summary>Somebody asked for what is not allowed now; the sentence names what is and what to do.</summary>
    public sealed record Refused(string Because) : Decision<TEvent>;
}
