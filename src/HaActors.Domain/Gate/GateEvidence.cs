using System.Collections.Immutable;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Placement;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Gate;

/// <summary>Who asks to be fenced, and what its own actor knows.</summary>
/// <param name="FailingSince">First of its misses in a row.</param>
/// <param name="Device">Names of its fence devices; null without one.</param>
/// <param name="DeviceProblem">Why no level of its devices is a fence path now, whoever asks (an identity that is not the known one, a contradiction), or null.</param>
/// <param name="ToGain">HA-enabled instances that ran there.</param>
/// <param name="SeenPassing">This run of the cluster has seen it pass.</param>
/// <param name="Order">An operator asked for it.</param>
public sealed record FenceCandidate(
    HypervisorId Id, LocationId Location, HaPolicy Policy, bool Maintenance, MissClass? Failing, DateTimeOffset? FailingSince,
    string? Device, string? DeviceProblem, int ToGain, bool SeenPassing, bool Order)
{
    /// <summary>An off was sent to it in this incident, so it is counted already.</summary>
    public bool OffSent { get; init; }

    /// <summary>
    /// Of those that ran there: which it may start by itself when it boots, for its agent was never told of them (SAFETY 5). Off proves nothing of its next boot, so nothing of them could be
    /// started elsewhere, and cutting its power gains nothing for them.
    /// </summary>
    public ImmutableArray<InstanceId> Unguarded { get; init; } = [];

    /// <summary>Of those that ran there: which did not say in time whether that is so. No answer is no gain.</summary>
    public ImmutableArray<InstanceId> Unheard { get; init; } = [];

    /// <summary>What each of those that ran there needs of a destination. One whose disks lie nowhere that an agent knows is not in it. Default: nobody counted that.</summary>
    public ImmutableArray<InstanceNeed> Needs { get; init; }

    /// <summary>Its power was read a moment ago, and is off by every device of a level: nothing runs there that an off could end. Null: not read yet.</summary>
    public bool? ReadsOff { get; init; }

    /// <summary>Its agent gave notice of a shutdown: end of the grace that goes with it; null without one.</summary>
    public DateTimeOffset? NoticeUntil { get; init; }
}

/// <summary>What an instance needs of a destination.</summary>
/// <param name="Datastores">Of its disks.</param>
public sealed record InstanceNeed(InstanceId Id, int Vcpus, long MemoryMiB, ImmutableArray<DatastoreId> Datastores);

/// <summary>The guests that the inventory has running on a hypervisor.</summary>
public sealed record GuestLoad(HypervisorId Id, int Guests, int Vcpus, long MemoryMiB);

/// <summary>One hypervisor of the candidate's location, as last heard.</summary>
/// <param name="Fresh">It was probed in the last 10 s.</param>
public sealed record FleetMember(HypervisorId Id, HypervisorPhase Phase, bool HaEnabled, bool Maintenance, int Misses, bool CanReceive, bool Fresh)
{
    /// <summary>How its misses are read; null while it has none.</summary>
    public MissClass? Failing { get; init; }

    /// <summary>First of its misses in a row.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>When its agent was last seen to be another version than before.</summary>
    public DateTimeOffset? AgentChangedAt { get; init; }

    /// <summary>Not null: it went down again and again, and is no destination until then; nothing else keeps it from being one.</summary>
    public DateTimeOffset? QuarantinedUntil { get; init; }

    /// <summary>The datastores that its agent has found there.</summary>
    public ImmutableArray<DatastoreId> Datastores { get; init; } = [];

    /// <summary>What it offers, and what the guests use that the inventory has there; null if nobody counted that.</summary>
    public HostLoad? Load { get; init; }

    /// <summary>The check that withholds its own fence.</summary>
    public string? WithheldBy { get; init; }

    public bool Reaches(InstanceNeed need)
    {
        ArgumentNullException.ThrowIfNull(need);
        return need.Datastores.All(d => Datastores.Contains(d));
    }

    /// <summary>As the inventory knows it: the agents themselves are asked when it comes to a start.</summary>
    public bool HasRoomFor(InstanceNeed need)
    {
        ArgumentNullException.ThrowIfNull(need);
        return Load is not { } load || Placer.Lacks(load, need.MemoryMiB, need.Vcpus) is null;
    }
}

/// <summary>A witness and its answer.</summary>
public sealed record WitnessSaid(string Name, bool Answered, string? Detail);

/// <summary>What a master found that probed the candidate from its own place. One that did not answer has no opinion and is not in the list.</summary>
/// <param name="IsThis">The master that decides.</param>
/// <param name="PassAge">Since it last saw the candidate pass, on its own monotonic clock; null if it never did.</param>
public sealed record MasterOpinion(string Master, bool IsThis, ProbeOutcome? Outcome, TimeSpan? PassAge);

/// <summary>A storm that is not over yet.</summary>
/// <param name="BelowFor">How long the failing ones have been few; null while they are many.</param>
public sealed record StormFacts(DateTimeOffset Since, TimeSpan? BelowFor);

/// <summary>Another hypervisor of the location to which an off was sent, or which has a permit for it.</summary>
/// <param name="Age">Since the off; null: permitted, and not known yet whether one was sent.</param>
public sealed record CountedFence(HypervisorId Id, TimeSpan? Age);

/// <summary>Fleet-wide facts, gathered for one question under one deadline. Ages are on this master's monotonic clock.</summary>
/// <param name="ArmedState">Null if armed, else who disarmed and why.</param>
/// <param name="SinceLeader">How long this gate has existed.</param>
/// <param name="ColdStart">No other master was up when this run of the cluster began, and its own last journal entry is older than 5 min.</param>
/// <param name="Sweeps">Whole sweeps of this incarnation.</param>
/// <param name="JournalAge">Since the gate's last heartbeat was stored; null if none was.</param>
/// <param name="LastProbe">The candidate's probe of this question; null if it did not come back in time.</param>
public sealed record GateEvidence(
    string? ArmedState, TimeSpan SinceLeader, bool ColdStart, int Sweeps, TimeSpan? JournalAge, ProbeOutcome? LastProbe, ImmutableArray<FleetMember> Location)
{
    /// <summary>Every configured witness, asked within the last 10 s.</summary>
    public ImmutableArray<WitnessSaid> Witnesses { get; init; } = [];

    /// <summary>Masters that this one can't reach, and about which the resolver has not decided.</summary>
    public ImmutableArray<string> MastersUnreachable { get; init; } = [];

    public ImmutableArray<MasterOpinion> Opinions { get; init; } = [];

    /// <summary>Null: no storm is known.</summary>
    public StormFacts? Storm { get; init; }

    /// <summary>The last word of an operator about storms here; counts until its end.</summary>
    public StormOverridden? Override { get; init; }

    /// <summary>Of the location, without the candidate, each hypervisor once, none older than the window.</summary>
    public ImmutableArray<CountedFence> Fences { get; init; } = [];
}
