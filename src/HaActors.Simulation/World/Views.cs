using System.Collections.Immutable;
using HaActors.Domain;

namespace HaActors.Simulation.World;

/// <summary>One host as the world sees it, which no master can.</summary>
public sealed record HostView(
    HypervisorId Id, string Uuid, string BootId, HostPower Power, bool IsHung, bool AgentAlive, bool LibvirtdAlive, bool CablePlugged, bool IcmpFiltered,
    BmcMode? Bmc, bool BmcReachable, bool Cleared, bool FloorsKnown, ImmutableArray<DomainView> Instances);

/// <summary>One instance on one host.</summary>
/// <param name="Active">A copy runs here, or is paused.</param>
/// <param name="Counter">Seconds that its guest has run, as far as this host knows; 0 if it is not active.</param>
public sealed record DomainView(InstanceId Id, string Name, bool Active, bool Managed, long Epoch, long Counter);

/// <summary>A copy of an instance that is active now.</summary>
public sealed record CopyView(InstanceId Id, string Name, HypervisorId Hypervisor, TimeSpan StartedAt, long Counter, bool Paused);

/// <summary>A request to start an instance has reached an agent.</summary>
public sealed record RunArrival(TimeSpan At, InstanceId Instance, HypervisorId Hypervisor, long Epoch);

/// <summary>A promise that was broken, or that only an image lock kept.</summary>
/// <param name="LockHeld">True: no second copy came to be, because the first one's image lock refused it; a master wanted it all the same.</param>
public sealed record Violation(TimeSpan At, InstanceId Instance, string Text, bool LockHeld);
