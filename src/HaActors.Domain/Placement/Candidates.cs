using System.Collections.Immutable;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;

namespace HaActors.Domain.Placement;

/// <summary>A hypervisor as a destination: its state, and what its agent said within the last seconds.</summary>
/// <param name="Load">Null: its agent could not be asked now.</param>
/// <param name="Starts">Reservations on it that have no end yet.</param>
public sealed record Candidate(HypervisorId Id, LocationId Location, HypervisorPhase Phase, bool HaEnabled, bool Maintenance, HostLoad? Load, int Starts)
{
    /// <summary>It went down again and again: no destination.</summary>
    public bool Quarantined { get; init; }

    /// <summary>Its agent gave notice of a shutdown: no destination.</summary>
    public bool ShuttingDown { get; init; }
}

/// <summary>What a host offers and what is used of it, by running instances and by reservations that are not yet seen there.</summary>
/// <param name="MemoryMiB">Physical memory.</param>
/// <param name="Protected">libvirt's hook guards it.</param>
public sealed record HostLoad(long MemoryMiB, int Vcpus, bool Protected, int Guests, long UsedMemoryMiB, int UsedVcpus);

/// <summary>An instance that looks for a destination.</summary>
/// <param name="Failed">The hypervisor whose incident it is.</param>
/// <param name="NotThere">Answered no in this incident.</param>
/// <param name="InPlace">The failed hypervisor has booted anew: it may start there, without a move.</param>
/// <param name="Moves">False: evacuation is off for the failed hypervisor, so it starts there or nowhere.</param>
public sealed record Wish(
    InstanceId Instance, LocationId Location, HypervisorId Failed, ImmutableArray<HypervisorId> NotThere, bool InPlace, bool Moves, int Vcpus, long MemoryMiB, ImmutableArray<InstanceDisk> Disks);

/// <summary>Where an instance goes, or why nowhere.</summary>
public abstract record Choice
{
    public sealed record Chosen(HypervisorId Destination) : Choice;

    /// <summary>Somewhere is room, and too many starts are under way there: its turn comes.</summary>
    public sealed record Later(string Reason) : Choice;

    /// <param name="OutOfReach">Destinations there are, but none reaches its disks.</param>
    public sealed record Nowhere(string Reason, bool OutOfReach) : Choice;
}
