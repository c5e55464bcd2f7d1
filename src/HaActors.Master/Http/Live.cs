using System.Collections.Immutable;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Master.Fleet;

namespace HaActors.Master.Http;

/// <summary>The live view for reads: what is stored is shown also while nobody answers, and says so.</summary>
internal sealed record Live(FleetNow? Now, string? Problem)
{
    internal static async Task<Live> ReadAsync(IFleet fleet, CancellationToken stopping)
    {
        try
        {
            return new(await fleet.FleetAsync(stopping).ConfigureAwait(false), null);
        }
        catch (FleetUnavailableException e)
        {
            return new(null, e.Message);
        }
    }

    internal static async Task<ImmutableDictionary<InstanceId, InstanceView>> InstancesAsync(IFleet fleet, CancellationToken stopping)
    {
        try
        {
            return await fleet.InstancesAsync(stopping).ConfigureAwait(false);
        }
        catch (FleetUnavailableException)
        {
            return ImmutableDictionary<InstanceId, InstanceView>.Empty;
        }
    }

    internal HypervisorView? Of(HypervisorId id) => Now is not null && Now.Hypervisors.TryGetValue(id, out var view) ? view : null;

    internal string WhyNoView => Problem ?? "no sweep has looked at it yet";
}
