using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>Which hypervisors the journal has as proved off, read anew from the stored events: no state of the product is asked.</summary>
internal sealed class Proofs
{
    /// <summary>A proof is asked for at most 5 s before <c>run</c> (SAFETY 15); the rest is its way.</summary>
    private static readonly TimeSpan Counts = TimeSpan.FromSeconds(6);

    /// <summary>A proof may be told this long after the first of its readings, not longer.</summary>
    private static readonly TimeSpan ReadBefore = TimeSpan.FromSeconds(25);

    private readonly Dictionary<HypervisorId, (bool Holds, TimeSpan Since)> _off = [];
    private readonly HashSet<HypervisorId> _believed = [];

    public int LiesBelieved { get; private set; }

    public void OnStored(StoredEvent row, SimulatedSite site)
    {
        if (row.Written is not IHypervisorEvent e) return;
        switch (e)
        {
            case Fenced f:
                _off[f.HypervisorId] = (true, site.Timeline.Elapsed);
                if (f.Proof != ProofKind.Acknowledged && site.World.Look(f.HypervisorId).Power == HostPower.On && WasLie(f.HypervisorId, site))
                {
                    LiesBelieved++;
                    _believed.Add(f.HypervisorId);
                }

                break;
            case ProofRegained r:
                _off[r.HypervisorId] = (true, site.Timeline.Elapsed);
                break;
            case PowerReturned or ProofVoided or ProofLost or ReturnStarted or Rebooted or DeclaredDown or CameUp or BecameUnknown or FirstSeen:
                if (_off.GetValueOrDefault(e.HypervisorId).Holds) _off[e.HypervisorId] = (false, site.Timeline.Elapsed);
                break;
        }
    }

    /// <summary>It is proved off, or was when somebody could still ask for it.</summary>
    public bool Holds(HypervisorId hypervisor, TimeSpan now) => _off.TryGetValue(hypervisor, out var off) && (off.Holds || now - off.Since <= Counts);

    /// <summary>Its BMC reads off whatever is so, or is another machine's: FAILURE-MODES.md, rule 13, says what can still go wrong then.</summary>
    public static bool IsLie(HypervisorId hypervisor, SimulatedSite site) =>
        site.World.Look(hypervisor).Bmc == BmcMode.LieStatus || site.World.IsBmcSwapped(hypervisor);

    /// <summary>… or did when it was read: between a reading and the proof lie the questions to the other masters, and a message that was lost.</summary>
    public static bool WasLie(HypervisorId hypervisor, SimulatedSite site) => IsLie(hypervisor, site) || site.World.HasBmcLied(hypervisor, ReadBefore);

    /// <summary>One of the two copies is where a lying BMC was believed.</summary>
    public bool LieExplains(InstanceId instance, SimulatedSite site) => site.World.Copies(instance).Any(c => _believed.Contains(c.Hypervisor));
}
