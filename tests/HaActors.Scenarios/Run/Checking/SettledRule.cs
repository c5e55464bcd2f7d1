using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>
/// The second promise: some time after the last fault each hypervisor that answers is in service, each incident that is open says what it waits for, each reason is true
/// in the world, and each instance that nobody stopped runs, once, unless it waits with such a reason.
/// </summary>
internal sealed class SettledRule
{
    /// <summary>An answering host is back in service after this at the latest: five minutes of patience, three ticks, and clearing.</summary>
    private static readonly TimeSpan Settles = TimeSpan.FromMinutes(15);

    private readonly SimulatedSite _site;
    private readonly InventorySnapshot _inventory;
    private readonly Dictionary<HypervisorId, HypervisorState> _hypervisors;
    private readonly Dictionary<InstanceId, InstanceStatus> _instances;
    private readonly Room _room;

    /// <summary>Told as gone from their place and reported by nobody; nobody has reported since then that they run.</summary>
    private readonly HashSet<InstanceId> _gone = [];

    public SettledRule(SimulatedSite site)
    {
        _site = site;
        _inventory = site.Inventory.Rows;
        _hypervisors = _inventory.Hypervisors.Keys.ToDictionary(h => h, HypervisorState.New);
        _instances = site.Names.Instances.Values.ToDictionary(i => i, InstanceStatus.New);
        foreach (var row in site.Database.Rows)
        {
            if (row.Written is IHypervisorEvent h && _hypervisors.TryGetValue(h.HypervisorId, out var state)) _hypervisors[h.HypervisorId] = state.Apply(h);
            else if (row.Written is IInstanceEvent i && _instances.TryGetValue(i.InstanceId, out var status))
            {
                _instances[i.InstanceId] = status.Apply(i);
                if (i is InstanceGone) _gone.Add(i.InstanceId);
                else if (i is InstanceStarted || (i is InstanceSighted { Present: true } x && x.State != InstanceState.ShutOff)) _gone.Remove(i.InstanceId);
            }
        }

        _room = new Room(site, _inventory, _hypervisors, Settles);
    }

    public IEnumerable<(string Rule, string Text)> Look()
    {
        if (_site.LiveSystem is null) return [(Rules.NotSettled, "no master runs at the end")];
        return _hypervisors.Values.OrderBy(h => h.Id).SelectMany(Hypervisor).Select(t => (Rules.NotSettled, t))
            .Concat(_site.Plan.Instances.SelectMany(Instance));
    }

    private IEnumerable<string> Hypervisor(HypervisorState s)
    {
        var row = _inventory.Hypervisors[s.Id];
        if (!_inventory.PolicyOf(row).HaEnabled) yield break;
        var answers = _room.IsFine(s.Id);
        if (answers && s.Phase != HypervisorPhase.Healthy && !WaitsForACopyToEnd(s)) yield return $"{s.Id} answers since {Quantities.Seconds(_site.Answering.Since(s.Id)!.Value)} and is {s.Phase} ({Why(s)})";
        if (!answers && s.IncidentOpen && WaitsWithoutReason(s) is { } problem) yield return $"{s.Id} is {s.Phase}: {problem}";
        var waiting = _instances.Values.Any(i => i.Recovery?.Incident == s.Incident);
        if (s.IncidentOpen && !waiting && s.Phase is not (HypervisorPhase.Down or HypervisorPhase.Fencing or HypervisorPhase.FenceFailed))
            yield return $"incident {s.Incident} is open in {s.Phase}, and no instance waits in it";
    }

    /// <summary>It is back, and said so, and what kept it from service: it runs, or has paused, what was started elsewhere, and only a person can end that.</summary>
    private bool WaitsForACopyToEnd(HypervisorState s) => s is { Phase: HypervisorPhase.Returning, ReturnOverdueTold: true }
        && _instances.Values.Any(i => i.Place != s.Id && _site.World.Copies(i.Id).Any(c => c.Hypervisor == s.Id));

    private static string Why(HypervisorState s) => s.Withheld is { } w ? $"withheld: {w.Check}" : s.LastFailure is { } f ? $"fence failed: {f}, {string.Join("; ", s.LastFailures.Select(d => d.Detail))}" : "no reason";

    /// <summary>What a hypervisor that is down waits for must be so.</summary>
    private string? WaitsWithoutReason(HypervisorState s)
    {
        var policy = _inventory.PolicyOf(_inventory.Hypervisors[s.Id]);
        var view = _site.World.Look(s.Id);
        return s.Phase switch
        {
            // A person ended its incident: no fence comes by itself, and it waits for the host or for an order. What it says it waits for was said before that.
            HypervisorPhase.Down or HypervisorPhase.FenceFailed when s is { Cancelled: not null, Order: null } => null,
            HypervisorPhase.Fenced or HypervisorPhase.Evacuating when !_instances.Values.Any(i => i.Recovery?.Incident == s.Incident) => "it does not go on",
            HypervisorPhase.FenceFailed or HypervisorPhase.Fencing when s.Devices.Values.Any(d => d.Problem is not null) || !view.BmcReachable || Proofs.IsLie(s.Id, _site) => null,
            HypervisorPhase.FenceFailed or HypervisorPhase.Fencing => s.Withheld is null ? $"its BMC is fine ({Why(s)})" : Withheld(s, policy),
            HypervisorPhase.Down => Withheld(s, policy),
            _ => null,
        };
    }

    private string? Withheld(HypervisorState s, HaPolicy policy) => s.Withheld?.Check switch
    {
        null => "no reason is stored",
        GateChecks.Armed => _site.IsArmed ? "HA is armed" : null,
        GateChecks.Maintenance => s.Maintenance ? null : "it is not in maintenance",
        GateChecks.EvacuationEnabled => policy.EvacuationEnabled ? "evacuation is on" : null,
        GateChecks.FenceDevice => _inventory.Hypervisors[s.Id].Ipmi is null || s.Devices.Values.Any(d => d.Problem is not null) ? null : "its BMC is fine",
        // What may be starting elsewhere waits for that first.
        GateChecks.AnythingToGain => _instances.Values.Any(i => i is { Policy.HaEnabled: true, Wanted: true } && i.Place == s.Id && i.MayRun.ContainsKey(s.Id) && !(i.Attempt is { } attempt && attempt.Destination != s.Id) && _room.From(s.Id, i) is not null) ? "there is something to gain" : null,
        GateChecks.Guard => _instances.Values.Any(i => i is { Policy.HaEnabled: true, Wanted: true } && i.Place == s.Id && !i.MayStartByItself(s.Id)) ? "something of it is guarded" : null,
        GateChecks.FenceWindow or GateChecks.IsItMe or GateChecks.SecondOpinion => $"{s.Withheld.Value.Check} is over",
        GateChecks.Storm => _room.IsStorm(s.Id) ? null : "there is no storm",
        GateChecks.DegradedGrace or GateChecks.LastProbe or GateChecks.QuietPeriod or GateChecks.ColdStart or GateChecks.WholeSweep or GateChecks.JournalWritable or GateChecks.SecondOpinion =>
            $"{s.Withheld.Value.Check} is over",
        _ => null,
    };

    private IEnumerable<(string Rule, string Text)> Instance(InstancePlan plan)
    {
        var status = _instances[_site.Names.Instances[plan.Name]];
        var copies = _site.World.Copies(status.Id);
        if (status.Phase != InstancePhase.Resting && Waits(status) is { } problem) yield return (Rules.NotSettled, $"{plan.Name} is {status.Phase} since {status.Recovery?.Incident}: {problem}");
        // Gone, and told so: somebody was moving or deleting it, and whose host died then nobody can know.
        if (copies.Length == 0 && status.Phase == InstancePhase.Resting && !_gone.Contains(status.Id) && _site.IsUntouched(plan) && !ItsHypervisorSaysWhy(status) && IsActedForWhereItIs(status) && !status.Ends.Any(e => e.End == InstanceEnd.Cancelled))
            yield return (Rules.Forgotten, $"{plan.Name} runs nowhere, nobody stopped it, and nothing waits for it (last on {status.Place}, {string.Join(", ", status.Ends.Select(e => $"{e.Incident}: {e.End}, {e.Reason}"))})");
    }

    /// <summary>It is down and not proved off, and says what it waits for (which was looked at above).</summary>
    private bool ItsHypervisorSaysWhy(InstanceStatus status) => status.Place is { } place && _hypervisors.TryGetValue(place, out var s)
        && s is { IncidentOpen: true, Phase: HypervisorPhase.Down or HypervisorPhase.Fencing or HypervisorPhase.FenceFailed };

    /// <summary>A user may have moved it to where HA does not act.</summary>
    private bool IsActedForWhereItIs(InstanceStatus status) =>
        status.Place is not { } place || !_inventory.Hypervisors.TryGetValue(place, out var row) || SimulatedSite.IsActedFor(_inventory.PolicyOf(row));

    private string? Waits(InstanceStatus i)
    {
        var others = i.MayRun.Keys.Where(m => _hypervisors.TryGetValue(m, out var h) && !h.IsProvedOff && !_room.IsFine(m)).ToImmutableArray();
        return i.Recovery?.Wait?.Wait switch
        {
            InstanceWait.Person when i.Phase == InstancePhase.Stuck => null,
            InstanceWait.Gate => _site.IsArmed && !i.Policy.ObserveOnly ? "HA is armed" : null,
            InstanceWait.Fence => others.IsEmpty ? $"all others that may run it are proved off or answer ({i.Recovery!.Wait!.Value.Reason})" : null,
            InstanceWait.Guard => i.MayRun.Keys.Where(i.MayStartByItself).All(_room.IsFine) ? $"every host that it waits for answers ({i.Recovery!.Wait!.Value.Reason})" : null,
            InstanceWait.Room => _room.Of(i) is { } host ? $"{host} has room ({i.Recovery!.Wait!.Value.Reason})" : null,
            InstanceWait.Copy => _room.Of(i) is { } host ? $"{host} reaches its disk and has room ({i.Recovery!.Wait!.Value.Reason})" : null,
            _ when i.Attempt is { } attempt && !_room.IsFine(attempt.Destination) => null,
            var wait => $"{(wait is null ? "no wait is stored" : $"waits ({wait}: {i.Recovery!.Wait!.Value.Reason})")} long after the last fault",
        };
    }
}
