using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;

namespace HaActors.Actors.Hypervisors;

/// <summary>Before a permit is asked for: what ran here, and of that what its own boot may start a second time; then the question to the gate.</summary>
public sealed partial class HypervisorActor
{
    private const string CountGain = "count what there is to gain";

    /// <summary>An instance with an open attempt claims its destination every 10 s.</summary>
    private static readonly TimeSpan ClaimLasts = TimeSpan.FromSeconds(30);

    /// <summary>Who has not said by then whether it may be started here by a boot is no gain this time; it is asked again with the next question.</summary>
    private static readonly TimeSpan GuardsAnswer = TimeSpan.FromSeconds(2);

    private readonly SortedDictionary<InstanceId, bool> _mayStart = [];

    /// <summary>When an instance last asked for this one's proof: it may wait for it, though it ran elsewhere since. It says itself whether it still does.</summary>
    private readonly SortedDictionary<InstanceId, TimeSpan> _proofAskedAt = [];
    private bool _countingGain;
    private int _toGain;
    private (long Question, GainCounted Gain)? _askedGuards;

    private void BeginToCountGain()
    {
        _countingGain = true;
        // An instance whose start here has an unknown end waits for this proof, though the inventory still has it where it was; and one that was started here since
        // its agent was last listed ran, though the inventory has not heard of it. Both may be over since, which only the instance knows.
        var claimed = _claimedAt.Where(c => Clock - c.Value <= ClaimLasts || _listedAt is not { } listed || c.Value > listed)
            .Concat(_proofAskedAt.Where(a => Clock - a.Value <= ClaimLasts)).Select(c => c.Key).ToHashSet();
        Call(CountGain, async stopping =>
        {
            var inventory = await _ports.Inventory.ReadAsync(stopping);
            var ran = inventory.Instances.Values
                .Where(i => i.HaEnabled && i.HypervisorId == _id && !i.UserStopped && i.State.IsRunningOrPaused())
                .Select(i => i.Id).Order().ToArray();
            var maybe = inventory.Instances.Values.Where(i => i.HaEnabled && claimed.Contains(i.Id)).Select(i => i.Id).Except(ran).Order().ToArray();
            return Counted(inventory, ran, maybe);
        }, gain => gain);
    }

    private GainCounted Counted(InventorySnapshot inventory, InstanceId[] ran, InstanceId[] maybe)
    {
        var me = inventory.Hypervisors.GetValueOrDefault(_id);
        InstanceId[] toGain = [.. ran, .. maybe];
        return new GainCounted([.. toGain], [.. maybe], me?.FenceDevices ?? [])
        {
            Needs =
            [
                .. toGain.Select(id => inventory.Instances[id]).Where(i => i.Disks.All(d => d.Datastore is not null))
                    .Select(i => new InstanceNeed(i.Id, i.Vcpus, i.MemoryMiB, [.. i.Disks.Select(d => d.Datastore!.Value).Distinct()])),
            ],
            Load =
            [
                .. inventory.Instances.Values
                    .Where(i => i.State.IsRunningOrPaused() && inventory.Hypervisors.TryGetValue(i.HypervisorId, out var host) && host.LocationId == me?.LocationId)
                    .GroupBy(i => i.HypervisorId).OrderBy(g => g.Key).Select(g => new GuestLoad(g.Key, g.Count(), g.Sum(i => i.Vcpus), g.Sum(i => i.MemoryMiB))),
            ],
        };
    }

    private void OnGain(GainCounted gain)
    {
        _toGain = gain.ToGain.Length;
        if (State.Phase is not (HypervisorPhase.Down or HypervisorPhase.FenceFailed))
        {
            _countingGain = false;
            return;
        }

        if (State.Phase == HypervisorPhase.FenceFailed && !_mayRetry)
        {
            // Changed credentials or another device are a reason to try before the pause is over.
            if (_devicesOfFailure.IsDefault)
            {
                _devicesOfFailure = gain.Devices;
            }

            if (_devicesOfFailure.SequenceEqual(gain.Devices))
            {
                _countingGain = false;
                return;
            }
        }

        _devicesOfFailure = gain.Devices;
        _mayStart.Clear();
        if (State.Order is not null || Policy.ObserveOnly || _toGain == 0)
        {
            // No order is held up by it, and who only observes has told no agent anything and starts nothing.
            AskGate(gain, State.Order is null ? [.. gain.ToGain.Except(gain.Maybe)] : gain.ToGain, [], []);
            return;
        }

        _askedGuards = (++_question, gain);
        foreach (var instance in gain.ToGain)
        {
            _doors.Instances.Tell(new AskGuard(instance, _id, _question));
        }

        Timers.StartSingleTimer("guards", new GuardsOverdue(_question), GuardsAnswer);
    }

    private void OnGuardTold(GuardTold told)
    {
        if (_askedGuards is { } asked && asked.Question == told.Question)
        {
            if (!told.Gains && asked.Gain.Maybe.Contains(told.InstanceId))
            {
                // It has had its end elsewhere, or asked for another reason: nothing is gained for it by an off.
                _askedGuards = asked = asked with { Gain = asked.Gain with { ToGain = asked.Gain.ToGain.Remove(told.InstanceId) } };
            }
            else if (asked.Gain.ToGain.Contains(told.InstanceId))
            {
                _mayStart[told.InstanceId] = told.MayStart;
            }

            if (_mayStart.Count == asked.Gain.ToGain.Length)
            {
                GuardsAreKnown(asked.Gain);
            }
        }
    }

    private void OnGuardsOverdue(GuardsOverdue late)
    {
        if (_askedGuards is { } asked && asked.Question == late.Question)
        {
            GuardsAreKnown(asked.Gain);
        }
    }

    private void GuardsAreKnown(GainCounted gain)
    {
        Timers.Cancel("guards");
        _askedGuards = null;
        _toGain = gain.ToGain.Length;
        AskGate(gain, gain.ToGain, [.. _mayStart.Where(m => m.Value).Select(m => m.Key)], [.. gain.ToGain.Where(i => !_mayStart.ContainsKey(i))]);
    }

    private void AskGate(GainCounted gain, ImmutableArray<InstanceId> toGain, ImmutableArray<InstanceId> unguarded, ImmutableArray<InstanceId> unheard)
    {
        _countingGain = false;
        if (State.Phase is not (HypervisorPhase.Down or HypervisorPhase.FenceFailed) || HaIsOffHere || WaitsForCrashDump(gain.Devices))
        {
            return;
        }

        _askedAt = Clock;
        _lastAskAt = Clock;
        IdentifyFirst(gain.Devices);
        _doors.Gate.Tell(new AskPermit(
            _id, State.Attempt + 1, ++_question, _policy!.Location, Policy, State.Maintenance, State.Failing, FailingSince,
            Asked(gain.Devices), toGain.Length, unguarded, unheard,
            _seenPassing, State.Order is not null, State.HypervisorUuid, State.Incident!.Value, State.LastOffAt is not null, NoticeUntil: NoticeUntil,
            Needs: [.. gain.Needs.Where(n => toGain.Contains(n.Id) && !unguarded.Contains(n.Id) && !unheard.Contains(n.Id))], Load: gain.Load, ReadsOff: ReadsOff));
    }

    /// <param name="ToGain">What ran here, as the inventory has it, and then <paramref name="Maybe"/>.</param>
    /// <param name="Maybe">What was being started here, or asked for this one's proof, within 30 s or since the last list.</param>
    /// <param name="Devices">Its own.</param>
    private sealed record GainCounted(ImmutableArray<InstanceId> ToGain, ImmutableHashSet<InstanceId> Maybe, ImmutableArray<FenceDevice> Devices)
    {
        /// <summary>What each of <see cref="ToGain"/> needs of a destination, but of those whose disks lie nowhere that an agent knows.</summary>
        public required ImmutableArray<InstanceNeed> Needs { get; init; }

        /// <summary>The guests on each hypervisor of this location.</summary>
        public required ImmutableArray<GuestLoad> Load { get; init; }
    }

    private sealed record GuardsOverdue(long Question);
}
