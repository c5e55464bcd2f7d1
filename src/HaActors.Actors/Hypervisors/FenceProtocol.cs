using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

// Between a fence attempt and its hypervisor's actor: always in one process, never on the wire.

/// <summary>FenceActor to its parent: store that an off is to leave, then say <see cref="OffStored"/>.</summary>
public sealed record WantOff(int Attempt, string Device);

/// <summary>The parent: stored at this moment of the monotonic clock.</summary>
public sealed record OffStored(int Attempt, string Device, TimeSpan StoredAt);

/// <summary>FenceActor to its parent: what was found out about a device on the way, as the command that says so. The next attempt finds it out again.</summary>
public sealed record FenceFound(IHypervisorCommand Finding);

/// <summary>FenceActor to its parent: how the attempt ended, as the command that says so. Repeated until the parent stops it.</summary>
public sealed record FenceEnded(int Attempt, IHypervisorCommand Result);
