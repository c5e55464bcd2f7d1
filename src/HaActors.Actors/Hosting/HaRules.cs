using HaActors.Domain;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Instances;

namespace HaActors.Actors.Hosting;

/// <summary>
/// The rules by which the persistent actors decide, given to them by whoever starts them. The product has one set, <see cref="Real"/>; the tests hand in sets with one
/// wrong rule each, to see that their checks find it.
/// </summary>
public sealed record HaRules
{
    public static HaRules Real { get; } = new();

    public Func<HypervisorState, IHypervisorCommand, Decision<IHypervisorEvent>> Hypervisor { get; init; } = HypervisorDecider.Decide;

    public Func<InstanceStatus, IInstanceCommand, Decision<IInstanceEvent>> Instance { get; init; } = InstanceDecider.Decide;

    /// <summary>What an instance remembers after an event.</summary>
    public Func<InstanceStatus, IInstanceEvent, InstanceStatus> InstanceAfter { get; init; } = (status, e) => status.Apply(e);
}
