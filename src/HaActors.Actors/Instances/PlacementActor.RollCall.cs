using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Placement;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Instances;

/// <summary>The roll call: every agent's list, and the facts of each host that may be a destination.</summary>
public sealed partial class PlacementActor
{
    /// <summary>Agents asked at once.</summary>
    private const int AtOnce = 16;

    /// <summary>An agent that has not answered by then could not be asked; a look must be younger than 10 s when the start leaves.</summary>
    private static readonly TimeSpan RollDeadline = TimeSpan.FromSeconds(5);

    private RollCalled? _roll;
    private (bool Armed, TimeSpan At)? _armed;
    private bool _calling;
    private bool _rollIsDue;
    private CancellationTokenSource? _rollDeadline;

    private void CallTheRoll()
    {
        foreach (var expired in _reservations.Where(r => Clock - r.Value.Since >= ReservationLasts).Select(r => r.Key).ToArray())
        {
            _reservations.Remove(expired);
            _rollIsDue = true;
        }

        // With no start slot left there is nothing to answer but looks.
        if (_calling || !_rollIsDue || (_lookers.Count == 0 && (_seekers.Count == 0 || (_reservations.Count >= Placer.StartsPerFleet && _seekers.Keys.All(s => !_reservations.ContainsKey(s))))))
        {
            return;
        }

        _calling = true;
        _rollIsDue = false;
        _doors.Gate.Tell(new GetArmed());
        var (clock, at, candidates) = (Clock, Context.System.Scheduler.Now, _views.Values.Where(MayReceive).Select(v => v.HypervisorId).ToImmutableHashSet());
        var provedOff = _views.Values.Where(v => v.ProvedOff).Select(v => v.HypervisorId).ToImmutableHashSet();
        _rollDeadline = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        Timers.StartSingleTimer(nameof(RollOverdue), RollOverdue.Instance, RollDeadline);
        RollAsync(clock, at, candidates, provedOff, _rollDeadline.Token).PipeTo(Self, success: r => r, failure: e => new Failed(RollWork, e));
    }

    private static bool MayReceive(HypervisorView view) => view.Phase is HypervisorPhase.Healthy or HypervisorPhase.Returning && view is { HaEnabled: true, ObserveOnly: false, Maintenance: false };

    private async Task<RollCalled> RollAsync(
        TimeSpan clock, DateTimeOffset at, ImmutableHashSet<HypervisorId> candidates, ImmutableHashSet<HypervisorId> provedOff, CancellationToken deadline)
    {
        var inventory = await _inventory.ReadAsync(deadline);
        // Those that are likely to be silent come last, so that they hold nobody up.
        var order = inventory.Hypervisors.Values.Where(h => !provedOff.Contains(h.Id)).OrderBy(h => candidates.Contains(h.Id) ? 0 : 1).ThenBy(h => h.Id).ToArray();
        var lists = new InstanceReport?[order.Length];
        var hosts = new HostFacts?[order.Length];
        var next = -1;

        async Task LaneAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < order.Length; i = Interlocked.Increment(ref next))
            {
                var h = order[i];
                // Side by side: they share the deadline.
                var facts = candidates.Contains(h.Id) ? AskAsync(() => _agent.HostAsync(h.Agent, deadline)) : null;
                lists[i] = await AskAsync(() => _agent.InstancesAsync(h.Agent, deadline));
                hosts[i] = facts is null ? null : await facts;
            }
        }

        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => LaneAsync()));
        return new RollCalled(
            clock, at, inventory,
            new SortedDictionary<HypervisorId, InstanceReport?>(order.Select((h, i) => (h.Id, lists[i])).ToDictionary(l => l.Id, l => l.Item2)),
            new SortedDictionary<HypervisorId, HostFacts?>(order.Select((h, i) => (h.Id, hosts[i])).ToDictionary(l => l.Id, l => l.Item2)));
    }

    /// <summary>Null: it could not be asked in time.</summary>
    private static async Task<T?> AskAsync<T>(Func<Task<AgentResult<T>>> ask) where T : class
    {
        try
        {
            return await ask() is AgentResult<T>.Yes yes ? yes.Value : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private void OnRollCalled(RollCalled roll)
    {
        EndRoll();
        _roll = roll;
        Answer();
        CallTheRoll();
    }

    private void EndRoll()
    {
        _calling = false;
        Timers.Cancel(nameof(RollOverdue));
        _rollDeadline?.Dispose();
        _rollDeadline = null;
    }

    private sealed record RollOverdue
    {
        public static readonly RollOverdue Instance = new();
    }

    /// <param name="BegunAt">Monotonic time at which the first agent was asked: what was asked later is not answered by it.</param>
    /// <param name="Lists">Null: could not be asked. A hypervisor that is proved off is not asked and not in it.</param>
    private sealed record RollCalled(
        TimeSpan BegunAt, DateTimeOffset At, InventorySnapshot Inventory, SortedDictionary<HypervisorId, InstanceReport?> Lists,
        SortedDictionary<HypervisorId, HostFacts?> Hosts) : INoSerializationVerificationNeeded;
}
