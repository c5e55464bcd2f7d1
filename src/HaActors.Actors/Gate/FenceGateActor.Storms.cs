using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Gate;

/// <summary>Storms with their cool-down and overrides, and how many fences there were in the window.</summary>
public sealed partial class FenceGateActor
{
    private static readonly TimeSpan StormPace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StormSettles = TimeSpan.FromSeconds(2);

    /// <summary>Beyond its attempt's deadline a permit has led to an off, or it has not.</summary>
    private TimeSpan PermitLasts => _settings.FenceDeadline + TimeSpan.FromSeconds(30);

    /// <summary>Since when there are few again, on this master's monotonic clock: after a restart a cool-down begins anew, for clocks of two masters are not compared.</summary>
    private readonly Dictionary<LocationId, TimeSpan> _below = [];

    private readonly Dictionary<HypervisorId, TimeSpan> _offAt = [];
    private readonly Dictionary<HypervisorId, TimeSpan> _permitAt = [];

    /// <summary>Of what an earlier life stored only the wall clock is known; one that runs backwards makes it young, never old.</summary>
    private void RememberAges()
    {
        foreach (var (id, fence) in State.Fences)
        {
            if (fence.OffAt is { } off)
            {
                _offAt[id] = Clock - Since(off);
            }

            if (fence.PermittedAt is { } permitted)
            {
                _permitAt[id] = Clock - Since(permitted);
            }
        }

        static TimeSpan Since(DateTimeOffset at) => Now > at ? Now - at : TimeSpan.Zero;
    }

    /// <summary>An off was issued: its hypervisor counts, from the newest on.</summary>
    private void CountFence(HypervisorView view)
    {
        if (view is { LastOffAt: { } off, Incident: { } incident } && GateRules.OffHeard(State, view.HypervisorId, view.Location, incident, off, Now) is { } counted)
        {
            Store([counted], () => _offAt[view.HypervisorId] = Clock);
        }
    }

    /// <param name="settled">It was a storm a moment ago already.</param>
    private void Watch(LocationId location, bool settled = false)
    {
        // Before the first sweep only some have been heard of, and a few of them would look like all.
        if (_sweeps == 0)
        {
            return;
        }

        var count = GateRules.Count(Members(location, null));
        if (GateRules.IsStorm(count, Policy))
        {
            _below.Remove(location);
        }
        else
        {
            _below.TryAdd(location, Clock);
        }

        switch (IsStoring ? null : GateRules.Watch(State, location, count, BelowFor(location), Policy, Now))
        {
            // What fell silent together is heard of within a moment; the line shall have the whole number. No permit waits for it.
            case StormBegan when !settled:
                if (!Timers.IsTimerActive($"storm-{location}"))
                {
                    Timers.StartSingleTimer($"storm-{location}", new StormSettled(location), StormSettles);
                }

                break;
            case { } news:
                Store([news], WatchIfNeeded);
                break;
        }
    }

    private void WatchAll()
    {
        foreach (var location in State.Storms.Keys)
        {
            Watch(location);
        }

        if (!IsStoring && GateRules.Due(State, Now) is { Count: > 0 } due)
        {
            Store(due, WatchIfNeeded);
        }
    }

    /// <summary>A cool-down and an override end without anybody saying anything.</summary>
    private void WatchIfNeeded()
    {
        if (State.Storms.IsEmpty && State.Overrides.IsEmpty)
        {
            Timers.Cancel("storms");
        }
        else if (!Timers.IsTimerActive("storms"))
        {
            Timers.StartPeriodicTimer("storms", StormTick.Instance, StormPace, StormPace);
        }
    }

    private TimeSpan? BelowFor(LocationId location) => _below.TryGetValue(location, out var since) ? Clock - since : null;

    private StormFacts? StormFacts(LocationId location) =>
        State.Storms.TryGetValue(location, out var storm) ? new StormFacts(storm.At, BelowFor(location)) : null;

    private void OnOverride(OverrideStorm order)
    {
        var asker = Sender;
        var decision = order.Until is { } until
            ? GateRules.Override(State, order.Location, order.Who, order.Reason, until, Now)
            : GateRules.EndOverride(State, order.Location, order.Who, Now);
        switch (decision)
        {
            case Decision<IGateEvent>.Accepted { Events: var events }:
                Store(events, () =>
                {
                    WatchIfNeeded();
                    asker.Tell(new StormOverrideAnswer(order.Location, true, order.Until is { } end ? $"Storms of {order.Location} withhold nothing until {end.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC." : $"Storms of {order.Location} withhold fences again."));
                });
                break;
            case Decision<IGateEvent>.Ignored ignored:
                asker.Tell(new StormOverrideAnswer(order.Location, true, $"Nothing to do: {ignored.Because}."));
                break;
            case Decision<IGateEvent>.Refused refused:
                asker.Tell(new StormOverrideAnswer(order.Location, false, refused.Because));
                break;
        }
    }

    /// <summary>Who counts in the window: an off was sent to it, or its permit may still lead to one.</summary>
    private ImmutableArray<CountedFence> FencesOf(LocationId location, HypervisorId? but)
    {
        var counted = ImmutableArray.CreateBuilder<CountedFence>();
        foreach (var (id, fence) in State.Fences)
        {
            if (fence.Location != location || id == but)
            {
                continue;
            }

            if (MayStillSend(id, fence))
            {
                counted.Add(new CountedFence(id, null));
            }
            else if (_offAt.TryGetValue(id, out var off) && Clock - off < Policy.MaxFencesWindow)
            {
                counted.Add(new CountedFence(id, Clock - off));
            }
        }

        return counted.ToImmutable();
    }

    private bool MayStillSend(HypervisorId id, KnownFence fence)
    {
        if (fence.PermittedAt is null || !_permitAt.TryGetValue(id, out var permitted) || (_offAt.TryGetValue(id, out var off) && off >= permitted))
        {
            return false;
        }

        var age = Clock - permitted;
        return _fleet.TryGetValue(id, out var known)
            ? known.View.Attempt < fence.Attempt ? age <= GatePolicy.FactsFresh : known.View.Attempt == fence.Attempt && known.View.Phase == HypervisorPhase.Fencing
            : age <= PermitLasts;
    }

    private GateView View()
    {
        var storms = State.Storms.Values.Select(s =>
        {
            var n = GateRules.Count(Members(s.Location, null));
            return new StormView(s.Location, s.At, n.Failing, n.Counted, BelowFor(s.Location) is { } below ? Now + (below < Policy.StormCooldown ? Policy.StormCooldown - below : TimeSpan.Zero) : null);
        });
        var overrides = State.Overrides.Values.Select(o => new StormOverrideView(o.Location, o.Who, o.Reason, o.At, o.Until));
        return new GateView([.. storms], [.. overrides], WitnessViews(), [.. Windows()], [.. State.PathsLost.Values.Select(l => new PathLostView(l.Location, l.At, l.Silent, l.Counted))]);
    }

    private IEnumerable<FenceWindowView> Windows()
    {
        foreach (var location in _fleet.Values.GroupBy(k => k.View.Location).OrderBy(g => g.Key))
        {
            var fenced = FencesOf(location.Key, null).Length;
            ImmutableArray<HypervisorId> queue = [.. location
                .Where(k => k.View.Withheld?.Check == GateChecks.FenceWindow)
                .OrderBy(k => k.View.FailingSince).ThenBy(k => k.View.HypervisorId)
                .Select(k => k.View.HypervisorId)];
            if (fenced > 0 || !queue.IsEmpty)
            {
                yield return new FenceWindowView(location.Key, fenced, Policy.MaxFencesOf(location.Count(k => k.View.HaEnabled)), queue);
            }
        }
    }

    private sealed record StormSettled(LocationId Location);

    private sealed record StormTick
    {
        public static readonly StormTick Instance = new();
    }
}
