using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Gate;

/// <summary>
/// Room that a permit was given for. From the permit to the start it is free in every list, and whoever is fenced for the same room meanwhile is cut for nothing. A courtesy of this life of the
/// gate: the placement decides who gets it.
/// </summary>
public sealed partial class FenceGateActor
{
    /// <summary>An evacuation that takes longer keeps no room from others; it has used it, as a rule.</summary>
    private static readonly TimeSpan PromiseLasts = TimeSpan.FromMinutes(5);

    private readonly SortedDictionary<HypervisorId, (IncidentId Incident, TimeSpan At, PromisedRoom Room)> _promised = [];

    private void Promise(HypervisorId id, IncidentId incident, PromisedRoom? room)
    {
        _promised.Remove(id);
        if (room is not null)
        {
            _promised[id] = (incident, Clock, room);
        }
    }

    private List<InstanceNeed> PromisedOn(HypervisorId destination, HypervisorId asker) =>
        [.. _promised.Where(p => p.Key != asker && p.Value.Room.Destination == destination && IsOpen(p.Key, p.Value.Incident, p.Value.At)).Select(p => p.Value.Room.Need)];

    /// <summary>A permit counts for so long before the fence begins; what is evacuated has used its room, or waits for another one.</summary>
    private bool IsOpen(HypervisorId id, IncidentId incident, TimeSpan at) => Clock - at <= GatePolicy.FactsFresh
        || (Clock - at <= PromiseLasts && _fleet.TryGetValue(id, out var known) && known.View.Incident == incident && known.View.Phase is HypervisorPhase.Fencing or HypervisorPhase.Fenced or HypervisorPhase.Evacuating);
}
