using HaActors.Domain.Inventory;
using Verdict = HaActors.Domain.Decision<HaActors.Domain.Instances.IInstanceEvent>;

namespace HaActors.Domain.Instances;

/// <summary>What agents report of it, and what that means in each phase.</summary>
public static partial class InstanceDecider
{
    private static Verdict Seen(InstanceStatus s, RecordSight x)
    {
        var events = Told(s, x);
        // Running elsewhere while its place still counts as running: both are asked at once before anything is concluded (see Looked).
        var after = events.Aggregate(s, (state, e) => state.Apply(e));
        if (events.Count > 0 && RunsElsewhere(s, after, x.At) is { } moved)
        {
            events.Add(moved);
        }

        return events.Count > 0 ? Emit([.. events]) : Ignored("as before");
    }

    private static PlaceMoved? RunsElsewhere(InstanceStatus s, InstanceStatus after, DateTimeOffset at)
    {
        if (after.Place is not { } place || (after.Sightings.TryGetValue(place, out var there) && there.IsActive))
        {
            return null;
        }

        var others = after.Sightings.Where(o => o.Key != place && o.Value.IsActive).Select(o => o.Key).ToList();
        return others.Count == 0 ? null : new PlaceMoved(s.Id, place, others[0], $"it runs on {others[0]}, and {place} does not run it", at);
    }

    /// <summary>
    /// Where it may have gone nobody knows, and whether it runs there: a host that does not answer may have it. So nothing is started, not even where it is found shut off; a person is told.
    /// </summary>
    private static Verdict Gone(InstanceStatus s, TellGone t) => IsGoneDue(s, t.At)
        ? Emit(new InstanceGone(s.Id, s.Place!.Value, [.. s.ShutOffElsewhere], t.At))
        : Ignored("is not gone, or not for long, or that was told");

    /// <summary>It is gone from its place, nobody reports it running, and that was not told yet.</summary>
    public static bool IsLost(InstanceStatus s) =>
        s is { Phase: InstancePhase.Resting, GoneSince: not null, Policy.HaEnabled: true } && !s.Sightings.Values.Any(o => o.IsActive);

    /// <summary>… and for so long that no migration is the reason.</summary>
    public static bool IsGoneDue(InstanceStatus s, DateTimeOffset now) => IsLost(s) && now - s.GoneSince >= GoneIsTold;

    /// <summary>The sighting as an event, if it says anything new.</summary>
    private static List<IInstanceEvent> Told(InstanceStatus s, RecordSight x)
    {
        var known = s.Sightings.TryGetValue(x.Hypervisor, out var before);
        var (state, stopped) = x.Present ? (x.State, x.UserStopped) : (InstanceState.ShutOff, false);
        // A boot ends what ran and leaves its definition: what is missing was taken away before, in whichever boot, unless it never had a definition there (virsh migrate without --persistent) and
        // whoever tells it saw it there shortly before.
        // What only this journal wrote down there no list has had yet.
        var taken = known && !x.Present && before!.Transient && (!before.Present || (x.Transient && before.BootId.Length > 0 && before.BootId != x.BootId));
        var transient = x.Present ? x.Transient : taken;
        var gone = known && !x.Present && before!.BootId.Length > 0 && !taken;
        var wanted = x.Hypervisor != (s.Place ?? x.Hypervisor) ? s.Wanted : WantedAfter(s.Wanted, x, gone);
        var revives = x.Present && state != InstanceState.ShutOff && !(s.MayRun.TryGetValue(x.Hypervisor, out var member) && member.IsActive);
        // What the inventory remembers has no boot: it is where an instance begins that no agent has reported yet, and nothing else.
        var remembered = x.BootId.Length == 0 && s.Place is not null;
        return remembered || (!known && !x.Present) || (known && !revives && before == new Sighting(state, stopped, x.Epoch, x.BootId, x.Present, transient) && wanted == s.Wanted)
            ? []
            : [new InstanceSighted(s.Id, x.Hypervisor, x.Present, state, stopped, x.Epoch, x.BootId, wanted, x.At, transient)];
    }

    /// <summary>Last reported in any state but shut off by its user. What a boot ended was not its user.</summary>
    private static bool WantedAfter(bool wanted, RecordSight x, bool gone) =>
        !x.Present ? wanted && !gone
        // The inventory knows it, and not what it did: that is no report.
        : x is { BootId.Length: 0, State: InstanceState.Unknown } ? wanted
        : x.State != InstanceState.ShutOff || (wanted && !x.UserStopped);

    private static Verdict Looked(InstanceStatus s, RecordLook look)
    {
        if (look.Incident is not null)
        {
            return Ignored("of an incident that is over");
        }

        var (events, after, running) = Fold(s, look);
        var here = after.Place;
        if (running.Count == 1 && here is { } place && running[0] != place && !(s.Duplicate.Contains(place) && !look.PlaceIsLongMute && look.Found.All(f => f.Hypervisor != place || f.Sight is null)))
        {
            // Asked at the same time: one runs it, and its place does not, or can't be asked (then both stay in the may-run set). Of a place that is known to run it as well silence is no word, for a
            // while: its own incident comes first; where there is none, what is known to run must be looked after.
            events.Add(new PlaceMoved(s.Id, place, running[0], $"it runs on {running[0]}, and {place} does not report it running", look.At));
        }

        return events.Count > 0 ? Emit([.. events]) : Ignored("as before");
    }

    private static (List<IInstanceEvent> Events, InstanceStatus After, List<HypervisorId> Running) Fold(InstanceStatus s, RecordLook look)
    {
        var events = new List<IInstanceEvent>();
        var after = s;
        foreach (var sight in look.Found.Select(f => f.Sight).OfType<RecordSight>())
        {
            var told = Told(after, sight);
            events.AddRange(told);
            after = told.Aggregate(after, (state, e) => state.Apply(e));
        }

        var running = look.Found.Where(f => f.Sight is { } sight && IsThere(sight)).Select(f => f.Hypervisor).Order().ToList();
        if (running.Count > 1 && !running.SequenceEqual(s.Duplicate))
        {
            events.Add(new DuplicateSeen(s.Id, [.. running], look.At));
        }
        else if (running.Count <= 1 && s.Duplicate.Length > 0 && s.Duplicate.All(d => look.Found.Any(f => f.Hypervisor == d && f.Sight is not null)))
        {
            events.Add(new DuplicateEnded(s.Id, after.Place ?? s.Duplicate[0], look.At));
        }

        return (events, after, running);
    }

    private static Verdict SeenWhileOwed(InstanceStatus s, RecordSight x)
    {
        var events = Told(s, x);
        var after = events.Aggregate((InstanceStatus?)s, (state, e) => state!.Apply(e))!;
        if (IsThere(x) && RunsAgain(s, x))
        {
            events.AddRange(Runs(after, x.Hypervisor, x.At));
        }
        else if (!after.Wanted)
        {
            events.Add(Over(s, InstanceEnd.Left, WhyNotWanted(after), x.At));
        }

        return events.Count > 0 ? Emit([.. events]) : Ignored("as before");
    }

    private static string WhyNotWanted(InstanceStatus s) => s.IsGone ? $"{s.Place} does not have it any more" : "it was shut off by its user";

    private static bool SameBootAnswers(InstanceStatus s, RecordLook look) =>
        look.Found.Any(f => f.Hypervisor == s.Recovery!.Failed && f.Sight is { State: InstanceState.ShutOff } sight && s.Sightings.TryGetValue(f.Hypervisor, out var known) && known.BootId == sight.BootId);

    /// <summary>
    /// It holds its disks: one that an I/O error paused is as little to be started elsewhere as one that runs. What is neither may be being started, and that may fail: it blocks a start,
    /// and ends nothing.
    /// </summary>
    private static bool IsThere(RecordSight x) => x.Present && x.State.IsRunningOrPaused();

    /// <summary>A report of the hypervisor that failed may be older than the failure: it counts only from a new boot. What it runs under the old one a look tells.</summary>
    private static bool RunsAgain(InstanceStatus s, RecordSight x) =>
        x.BootId.Length > 0 && (x.Hypervisor != s.Recovery!.Failed || (s.Sightings.TryGetValue(x.Hypervisor, out var before) && before.BootId.Length > 0 && before.BootId != x.BootId));

    private static Verdict LookedWhileOwed(InstanceStatus s, RecordLook look)
    {
        if (look.Incident != s.Recovery!.Incident)
        {
            return Ignored("asked before this incident");
        }

        var (events, after, _) = Fold(s, look);
        var there = look.Found.Where(f => f.Sight is { } sight && IsThere(sight)).Select(f => f.Hypervisor).Order().ToList();
        if (there.Count > 0)
        {
            events.AddRange(Runs(after, after.Place is { } place && there.Contains(place) ? place : there[0], look.At));
        }
        else if (!after.Wanted)
        {
            events.Add(Over(s, InstanceEnd.Left, WhyNotWanted(after), look.At));
        }
        else if (s.Recovery.Kind == RecoveryKind.EndWithoutStart && SameBootAnswers(s, look))
        {
            // Nobody fenced it and it has not booted: whatever ended the instance there, it was not this failure.
            events.Add(Over(s, InstanceEnd.Left, $"{s.Recovery.Failed} answers in the same boot and does not run it", look.At));
        }

        return events.Count > 0 ? Emit([.. events]) : Ignored("as before");
    }

    /// <summary>Somebody else's start ended what the incident asked for.</summary>
    private static IEnumerable<IInstanceEvent> Runs(InstanceStatus s, HypervisorId where, DateTimeOffset at)
    {
        if (s.Place != where)
        {
            yield return new PlaceMoved(s.Id, s.Place, where, $"it runs on {where}, and nobody here started it there", at, IsNews: false);
        }

        yield return Over(s, InstanceEnd.Left, $"it runs on {where}, and this incident did not start it", at);
    }

    private static Verdict SeenWhileStarting(InstanceStatus s, RecordSight x)
    {
        var events = Told(s, x);
        if (IsOurs(s, x))
        {
            events.Add(Started(s, "its agent's list has it", x.At));
        }

        return events.Count > 0 ? Emit([.. events]) : Ignored("as before");
    }

    private static Verdict LookedWhileStarting(InstanceStatus s, RecordLook look)
    {
        if (look.Incident != s.Recovery!.Incident)
        {
            return Ignored("asked before this incident");
        }

        var (events, _, _) = Fold(s, look);
        if (look.Found.FirstOrDefault(f => f.Hypervisor == s.Attempt!.Destination)?.Sight is { } there)
        {
            if (IsOurs(s, there))
            {
                events.Add(Started(s, "its agent's list has it", look.At));
            }
            else if (s.Phase == InstancePhase.Cancelling && there is { Present: true, State: InstanceState.Running })
            {
                events.AddRange(Runs(s, there.Hypervisor, look.At));
            }
        }

        return events.Count > 0 ? Emit([.. events]) : Ignored("as before");
    }

    /// <summary>The destination runs it under the epoch of the open attempt, which nobody else ever got. What is only being started may still fail.</summary>
    private static bool IsOurs(InstanceStatus s, RecordSight x) =>
        x.Hypervisor == s.Attempt!.Destination && IsThere(x) && x.Epoch >= s.Attempt.Epoch;
}
