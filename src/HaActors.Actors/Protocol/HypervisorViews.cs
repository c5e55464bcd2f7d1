using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Protocol;

/// <summary>HypervisorActor to HaMonitor, FenceGateActor and PlacementActor, after each probe and each change: all that others decide upon.</summary>
/// <param name="Failing">Class of its misses; null while it has none.</param>
/// <param name="ProvedOff">An incident's proof of power-off is held, or an acknowledgement stands.</param>
/// <param name="SeenPassing">A probe of this run of the cluster has passed.</param>
/// <param name="Instances">How many HA-enabled instances ran there when it was last asked.</param>
public sealed record HypervisorView(
    HypervisorId HypervisorId, LocationId Location, HypervisorPhase Phase, DateTimeOffset Since, string Reason, bool HaEnabled, bool Maintenance,
    int Misses, MissClass? Failing, DateTimeOffset? FailingSince, bool ProvedOff, bool SeenPassing, DateTimeOffset? LastPassAt, DateTimeOffset? LastProbeAt, ProbeOutcome? LastProbe,
    string? HypervisorUuid, string? BootId, HostCapacity? Capacity, int Instances, IncidentId? Incident, int Attempt) : IWithHypervisorId, IWireMessage;

/// <summary>What a host offers, as its agent last told.</summary>
/// <param name="Protected">libvirt's hook guards it.</param>
public sealed record HostCapacity(long MemoryMiB, int Vcpus, bool Protected, ImmutableArray<HostDatastore> Datastores);

/// <summary>A datastore of a host.</summary>
public sealed record HostDatastore(DatastoreId Id, long FreeMiB);
