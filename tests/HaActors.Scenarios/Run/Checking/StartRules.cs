using HaActors.Domain;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>
/// Who may run an instance (SAFETY 1 to 4), kept a second time from the stored events: whoever was asked to start it, or reported it, is a member until its own agent
/// has said durably that it is not there; and no start may arrive anywhere while another member is neither removed nor proved off.
/// </summary>
internal sealed class StartRules(SimulatedSite site, Proofs proofs, Action<string, string> broken)
{
    private readonly Dictionary<InstanceId, SortedSet<HypervisorId>> _members = [];
    private readonly Dictionary<InstanceId, StartRequested> _requested = [];

    public int Arrived { get; private set; }

    private TimeSpan Now => site.Timeline.Elapsed;

    public void OnStored(StoredEvent row)
    {
        switch (row.Written)
        {
            case StartRequested s:
                if (_requested.TryGetValue(s.InstanceId, out var before) && s.Epoch <= before.Epoch)
                    broken(Rules.EpochGrows, $"a start of {s.InstanceId} on {s.Destination} got epoch {s.Epoch}, and {before.Epoch} was given before");
                _requested[s.InstanceId] = s;
                MembersOf(s.InstanceId).Add(s.Destination);
                break;
            case InstanceSighted { Present: true } x when x.State != InstanceState.ShutOff:
                MembersOf(x.InstanceId).Add(x.Hypervisor);
                break;
            case PlaceMoved m:
                MembersOf(m.InstanceId).Add(m.To);
                break;
            case MemberRemoved r:
                MembersOf(r.InstanceId).Remove(r.Hypervisor);
                Removed(r);
                break;
        }
    }

    /// <summary>The database was set back: what it lost no master can know. That no two copies run is looked at in the world itself.</summary>
    public void Forget()
    {
        _members.Clear();
        _requested.Clear();
    }

    public void OnRun(RunArrival run)
    {
        Arrived++;
        if (!_requested.TryGetValue(run.Instance, out var stored) || stored.Destination != run.Hypervisor || stored.Epoch != run.Epoch)
            broken(Rules.StartNotStored, $"run of {run.Instance} arrived at {run.Hypervisor} with epoch {run.Epoch}; stored is {(stored is null ? "nothing" : $"epoch {stored.Epoch} on {stored.Destination}")}");

        if (site.IsOnlyObserved(run.Hypervisor)) broken(Rules.OnlyObserved, $"run of {run.Instance} arrived at {run.Hypervisor}, which HA only observes");
        if (stored?.Failed is { } failed && site.Plan.LocationOf(failed) != site.Plan.LocationOf(run.Hypervisor))
            broken(Rules.OtherLocation, $"run of {run.Instance} arrived at {run.Hypervisor} in {site.Plan.LocationOf(run.Hypervisor)}, and {failed}, on which it ran, is in {site.Plan.LocationOf(failed)}");

        foreach (var member in MembersOf(run.Instance))
        {
            if (member != run.Hypervisor && !proofs.Holds(member, Now))
                broken(Rules.StartUnproved, $"run of {run.Instance} arrived at {run.Hypervisor} while {member} may run it, and nothing proves otherwise");
        }
    }

    /// <summary>Proof (c) is the durable word of that agent, and it must be true.</summary>
    private void Removed(MemberRemoved r)
    {
        if (site.World.Copies(r.InstanceId).Any(c => c.Hypervisor == r.Hypervisor))
            broken(Rules.RemovedUntrue, $"{r.Hypervisor} was taken out of the may-run set of {r.InstanceId}, and it runs there");
        else if (site.World.RefusedUpTo(r.Hypervisor, r.InstanceId) < r.RefusedUpTo && !site.Answering.WasWiped(r.Hypervisor))
            broken(Rules.RemovedUntrue, $"{r.Hypervisor} was taken out of the may-run set of {r.InstanceId}, and its agent never refused epoch {r.RefusedUpTo}");
    }

    private SortedSet<HypervisorId> MembersOf(InstanceId instance) => _members.TryGetValue(instance, out var set) ? set : _members[instance] = [];
}
