using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Protocol;

/// <summary>HypervisorActor to HaMonitor, FenceGateActor and PlacementActor, after each probe and each change: all that others decide upon.</summary>
/// <param name="Failing">Class of its misses; null while it has none.</param>
/// <param name="ProvedOff">An incident's proof of power-off is held, or an acknowledgement stands.</param>
/// <param name="SeenPassing">A probe of this run of the cluster has passed.</param>
/// <param name="QuarantinedUntil">Not null: it went down again and again, and is no destination.</param>
/// <param name="ShuttingDownSince">Not null: its agent gave notice of a shutdown, and it is no destination.</param>
/// <param name="ObserveOnly">Nothing may be started there, nor anything changed.</param>
/// <param name="NotFenceable">Why its power can't be cut now; null: at least one level of its devices is well.</param>
/// <param name="Instances">How many HA-enabled instances ran there when it was last asked.</param>
/// <param name="LastOffAt">When an off was last issued in this incident.</param>
/// <param name="LastPassAt">As <paramref name="LastProbeAt"/> on the wall clock of its master: shown, never compared.</param>
/// <param name="AgentChangedAt">When its agent was last seen to be another version than before.</param>
/// <param name="ProbeAge">From the begin of its last probe to this message; null: not probed yet.</param>
/// <param name="PassAge">From its last pass to this message; null: none in this life of its actor.</param>
/// <param name="Withheld">Why it is not fenced, while it is down.</param>
/// <param name="Proof">What <paramref name="ProvedOff"/> rests on; null without it.</param>
public sealed record HypervisorView(
    HypervisorId HypervisorId, LocationId Location, HypervisorPhase Phase, DateTimeOffset Since, string Reason, bool HaEnabled, bool Maintenance,
    int Misses, MissClass? Failing, DateTimeOffset? FailingSince, bool ProvedOff, bool SeenPassing, DateTimeOffset? LastPassAt, DateTimeOffset? LastProbeAt, ProbeOutcome? LastProbe,
    string? HypervisorUuid, string? BootId, HostCapacity? Capacity, int Instances, IncidentId? Incident, int Attempt,
    DateTimeOffset? LastOffAt = null, string? AgentVersion = null, DateTimeOffset? AgentChangedAt = null, FenceWithheldView? Withheld = null,
    DateTimeOffset? QuarantinedUntil = null, DateTimeOffset? ShuttingDownSince = null, bool ObserveOnly = false,
    ImmutableArray<DeviceView> Devices = default, string? NotFenceable = null, TimeSpan? ProbeAge = null, TimeSpan? PassAge = null,
    ProofKind? Proof = null) : IWithHypervisorId, IWireMessage
{
    /// <summary>
    /// Its own device read on first, and off after our off: that device is its own, and this is why it fell silent. A device that read off already may be another
    /// machine's, and a signature says that it is off, not what turned it off: neither explains a silence.
    /// </summary>
    internal bool OffByItsOwnDevice => ProvedOff && Proof == ProofKind.PoweredOff;
}

/// <summary>The gate's last no.</summary>
/// <param name="Check">One of <see cref="GateChecks"/>.</param>
/// <param name="NextAt">Not before this; null if no clock decides it.</param>
/// <param name="Next">On which occasion that check can say yes; null after a restart, until the gate was asked again.</param>
public sealed record FenceWithheldView(string Check, string Reason, DateTimeOffset? NextAt, string? Next);

/// <summary>A fence device as its hypervisor knows it.</summary>
/// <param name="Identified">It has told who it is, or that it has no identity.</param>
/// <param name="Problem">Why its last check failed, or why it is no fence path; null: well.</param>
public sealed record DeviceView(string Device, int Level, bool Identified, string? Identity, string? Problem);

/// <summary>What a host offers, as its agent last told.</summary>
/// <param name="Protected">libvirt's hook guards it.</param>
public sealed record HostCapacity(long MemoryMiB, int Vcpus, bool Protected, ImmutableArray<HostDatastore> Datastores);

/// <summary>A datastore of a host.</summary>
public sealed record HostDatastore(DatastoreId Id, long FreeMiB);
