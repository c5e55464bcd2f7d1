using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using HaActors.Domain.Placement;
using HaActors.Domain.Ports;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>Who could really take an instance at the end of a night: counted from the world, not from what the product believes.</summary>
internal sealed class Room(SimulatedSite site, InventorySnapshot inventory, IReadOnlyDictionary<HypervisorId, HypervisorState> states, TimeSpan settles)
{
    private readonly ImmutableArray<SharedDatastore> _shared = site.SharedDatastores;

    /// <summary>It answers, and has answered for long enough to be in service.</summary>
    public bool IsFine(HypervisorId host) => site.Answering.Since(host) is { } since && site.Timeline.Elapsed - since > settles;

    public bool IsStorm(HypervisorId host)
    {
        var members = inventory.Hypervisors.Values.Where(h => h.LocationId == inventory.Hypervisors[host].LocationId).Select(h => new FleetMember(
            h.Id, states[h.Id].Phase, inventory.PolicyOf(h).HaEnabled, states[h.Id].Maintenance, states[h.Id].Misses, true, true));
        return GateRules.IsStorm(GateRules.Count(members), site.Settings.Gate);
    }

    /// <summary>A hypervisor that could take it now, or null.</summary>
    public HypervisorId? Of(InstanceStatus instance) =>
        instance.Recovery is { } recovery && inventory.Hypervisors.TryGetValue(recovery.Failed, out var failed) && inventory.PolicyOf(failed).EvacuationEnabled
            ? From(recovery.Failed, instance, recovery.AnsweredNo)
            : null;

    /// <summary>A hypervisor that could take it from that one now, or null.</summary>
    public HypervisorId? From(HypervisorId place, InstanceStatus instance, IEnumerable<HypervisorId>? but = null)
    {
        var plan = site.Plan.Instances.First(i => site.Names.Instances[i.Name] == instance.Id);
        foreach (var host in Candidates(inventory.Hypervisors[place].LocationId).Except(but ?? []).Where(c => c != place))
        {
            if (plan.Datastores.All(d => IsShared(d, host, place)) && FreeMiB(host) >= plan.MemoryMiB + Placer.GuestOverheadMiB) return host;
        }

        return null;
    }

    private bool IsShared(string name, HypervisorId one, HypervisorId other) => site.Plan.Datastores.First(d => d.Name == name).On.Contains(one)
        && _shared.Any(s => s.Datastore == site.Names.Datastores[name] && ((s.First == one && s.Second == other) || (s.First == other && s.Second == one)));

    /// <summary>Who is in quarantine is no destination for two hours, which is longer than a night: what waits for that waits with a reason.</summary>
    private IEnumerable<HypervisorId> Candidates(LocationId location) =>
        from h in inventory.Hypervisors.Values.OrderBy(h => h.Id)
        where h.LocationId == location && inventory.PolicyOf(h).Acts && IsFine(h.Id) && states[h.Id] is { Phase: HypervisorPhase.Healthy, Maintenance: false, QuarantinedUntil: null }
        select h.Id;

    private long FreeMiB(HypervisorId host)
    {
        var memory = site.Plan.Hypervisors.First(h => h.Id == host).MemoryMiB;
        var guests = site.World.Copies().Where(c => c.Hypervisor == host).ToList();
        var used = guests.Sum(g => site.Plan.Instances.First(i => site.Names.Instances[i.Name] == g.Id).MemoryMiB + Placer.GuestOverheadMiB);
        return memory - Placer.HostReserveMiB(memory) - used;
    }
}
