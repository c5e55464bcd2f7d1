using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Domain;

namespace HaActors.Actors;

/// <summary>
/// The doors to everybody, given to each actor by its constructor: shard regions and singleton proxies, or plain parents and actors on virtual time.
/// Set once by the hosting extension, before the first message.
/// </summary>
public sealed class HaDoors
{
    /// <summary>Takes any IWithHypervisorId.</summary>
    public IActorRef Hypervisors { get; set; } = ActorRefs.Nobody;

    /// <summary>Takes any IWithInstanceId.</summary>
    public IActorRef Instances { get; set; } = ActorRefs.Nobody;

    public IActorRef Monitor { get; set; } = ActorRefs.Nobody;

    public IActorRef Gate { get; set; } = ActorRefs.Nobody;

    public IActorRef Placement { get; set; } = ActorRefs.Nobody;

    /// <summary>A gate has recovered in this process before: the next one follows a journal that was away, not a cold start.</summary>
    public bool GateHasRun { get; set; }

    /// <summary>How far each journal of this master's actors reached.</summary>
    public JournalMarks Marks { get; } = new();

    /// <summary>The prober of this master.</summary>
    public IActorRef Prober { get; set; } = ActorRefs.Nobody;

    /// <summary>Every master as this one sees them now, itself among them: each probes from its own place.</summary>
    public Func<ImmutableArray<MasterDoor>> Masters { get; set; }

    public HaDoors() => Masters = () => [new MasterDoor("this master", IsThis: true, IsReachable: true, Prober)];
}

/// <summary>One master.</summary>
/// <param name="IsReachable">False: it does not answer, and the resolver has not removed it yet.</param>
/// <param name="Prober">Takes AskOpinion.</param>
public sealed record MasterDoor(string Name, bool IsThis, bool IsReachable, ICanTell Prober);

/// <summary>
/// The highest sequence number that this process has stored for each persistent actor: memory beside the database, so that a database which forgot is noticed when
/// the actor recovers from it (SAFETY 23). Ends with the process; what outlives it are the agents' floors.
/// </summary>
public sealed class JournalMarks
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, long> _highest = new(StringComparer.Ordinal);

    public void Stored(string persistenceId, long sequenceNr) => _highest[persistenceId] = sequenceNr;

    /// <summary>What was stored here once, if that is more than what the journal holds now.</summary>
    public long? Missing(string persistenceId, long found) => _highest.TryGetValue(persistenceId, out var stored) && stored > found ? stored : null;
}

/// <summary>The name of a persistent actor in the journal; for ever.</summary>
public static class PersistenceIds
{
    public const string FenceGate = "fence-gate";
    public const string Placement = "placement";

    public static string Hypervisor(HypervisorId id) => $"hypervisor-{id}";

    public static string Instance(InstanceId id) => $"instance-{id}";
}
