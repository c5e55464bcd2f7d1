using System.Collections.Immutable;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;

namespace HaActors.Domain.Gate;

/// <summary>Who asks to be fenced, and what its own actor knows.</summary>
/// <param name="FailingSince">First of its misses in a row.</param>
/// <param name="Device">Name of its fence device; null without one.</param>
/// <param name="DeviceProblem">Why the device is no fence path now (contradicted), or null.</param>
/// <param name="ToGain">HA-enabled instances that ran there.</param>
/// <param name="SeenPassing">This run of the cluster has seen it pass.</param>
/// <param name="Order">An operator asked for it.</param>
public sealed record FenceCandidate(
    HypervisorId Id, LocationId Location, HaPolicy Policy, bool Maintenance, MissClass? Failing, DateTimeOffset? FailingSince,
    string? Device, string? DeviceProblem, int ToGain, bool SeenPassing, bool Order);

/// <summary>One hypervisor of the candidate's location, as last heard.</summary>
public sealed record FleetMember(HypervisorId Id, HypervisorPhase Phase, bool HaEnabled, bool Maintenance, int Misses, bool CanReceive);

/// <summary>Fleet-wide facts, gathered for one question under one deadline. Ages are on this master's monotonic clock.</summary>
/// <param name="ArmedState">Null if armed, else who disarmed and why.</param>
/// <param name="SinceLeader">How long this gate has existed.</param>
/// <param name="ColdStart">No other master was up when this run of the cluster began, and its own last journal entry is older than 5 min.</param>
/// <param name="Sweeps">Whole sweeps of this incarnation.</param>
/// <param name="JournalAge">Since the gate's last heartbeat was stored; null if none was.</param>
/// <param name="LastProbe">The candidate's probe of this question; null if it did not come back in time.</param>
/// <param name="MembersFresh">Every HA-enabled hypervisor of the location was probed in the last 10 s.</param>
public sealed record GateEvidence(
    string? ArmedState, TimeSpan SinceLeader, bool ColdStart, int Sweeps, TimeSpan? JournalAge, ProbeOutcome? LastProbe, ImmutableArray<FleetMember> Location, bool MembersFresh);

/// <summary>The numbers of the gate; keys <c>HaActors:Gate:*</c>.</summary>
/// <param name="QuietPeriod">After a change of leader no new permit; default 30 s. Range 0 s to 1 h.</param>
/// <param name="QuietSweeps">Whole sweeps that the quiet period waits for as well; 2.</param>
/// <param name="ColdStartGrace">Wait for a hypervisor that this run has not seen pass, after a cold start; default 5 min. Range 0 s to 24 h.</param>
/// <param name="DegradedGrace">How long a host whose agent alone is silent is left alone; default 10 min. Range 0 s to 24 h.</param>
/// <param name="StormPercent">Share of the location's HA-enabled hypervisors that may fail at once; default 50. Range 1 to 100.</param>
public sealed record GatePolicy(TimeSpan QuietPeriod, int QuietSweeps, TimeSpan ColdStartGrace, TimeSpan DegradedGrace, int StormPercent)
{
    public static GatePolicy Default { get; } = new(TimeSpan.FromSeconds(30), 2, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), 50);
}

/// <summary>The gate's answer.</summary>
public abstract record GateDecision
{
    public sealed record Permitted : GateDecision;

    /// <param name="Check">Name of the check that says no, one of <see cref="GateChecks"/>.</param>
    /// <param name="Reason">One or two sentences with the facts, and what an operator can do.</param>
    /// <param name="Transient">Gone in seconds by itself: shown, not told in the event log.</param>
    public sealed record Withheld(string Check, string Reason, bool Transient) : GateDecision;
}
