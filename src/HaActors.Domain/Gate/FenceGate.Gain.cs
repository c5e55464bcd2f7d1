using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain.EventLog;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Placement;

namespace HaActors.Domain.Gate;

/// <summary>What there is to gain by a fence: an instance that has a destination now, and that its own host may not start a second time.</summary>
public static partial class FenceGate
{
    private static GateDecision.Withheld? SomethingToGain(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order)
        {
            return null;
        }

        if (c.ToGain == 0)
        {
            return No(GateChecks.AnythingToGain, $"Fence of {c.Id} withheld: no HA-enabled instance ran there, so cutting its power would gain nothing.", "when an instance that ran there is opted in");
        }

        var healthy = Healthy(c, e);
        if (HasDestination(c, healthy))
        {
            return null;
        }

        var able = healthy.Where(m => m.CanReceive).ToList();
        var heard = Heard(c);

        // Nothing of it starts elsewhere now, so an off would only end what still runs there unheard. Where the power is off already nothing does, and the proof is worth having, if somebody else
        // answers to compare with: a swapped BMC reads off, too. Who only observes would neither cut nor move.
        var comparable = !c.Policy.ObserveOnly && e.Location.Any(m => m.Id != c.Id && m.Phase == HypervisorPhase.Healthy);
        if (comparable && c.ReadsOff == true)
        {
            return null;
        }

        var (reason, when) = able.Count == 0
            ? ($"no healthy hypervisor of {c.Location} could take its {Amounts.Of(c.ToGain, "instance")}. Bring one back, or add one", $"when a hypervisor of {c.Location} is healthy{(healthy.Exists(m => m.QuarantinedUntil is not null) ? " and out of quarantine" : "")}")
            : c.Needs.Any(n => able.Exists(m => m.Reaches(n)))
            ? ($"no healthy hypervisor of {c.Location} {(heard == 1 ? "has" : "that reaches their disks has")} room for {AnyOf(heard)} now, so cutting its power would gain nothing. Make room ({RoomNeeded(c, able)}), bring another one back, or add one", $"when a healthy hypervisor of {c.Location} has room")
            : ($"no healthy hypervisor of {c.Location} reaches all disks of {AnyOf(heard)}, so cutting its power would gain nothing. Mount the datastores there, or bring one back that has them", $"when a healthy hypervisor of {c.Location} reaches all disks of an instance of it");
        var waitsForReading = comparable && c.ReadsOff is null;
        // An actor that never says it must not keep the others' no from being told.
        var waitsForWord = !c.Unheard.IsEmpty && c.FailingSince is { } since && now - since < LongUnheard;
        return No(
            GateChecks.AnythingToGain,
            $"Fence of {c.Id} {(waitsForReading || waitsForWord ? "waits" : "withheld")}: {reason}{(able.Count == 0 ? "" : OrOrderIt(c))}.{OfTheOthers(c)}{InQuarantine(healthy)}{(waitsForReading ? " Its power is read first: if it is off, nothing can be lost by proving it." : "")}",
            when, transient: e.Sweeps == 0 || waitsForReading || waitsForWord);
    }

    private static GateDecision.Permitted Permit(FenceCandidate c, GateEvidence e)
    {
        if (c.Order)
        {
            return new GateDecision.Permitted();
        }

        var healthy = Healthy(c, e);
        return PlaceFor(c, healthy) is { } place ? new GateDecision.Permitted(place) : new GateDecision.Permitted(OnlyIfOff: !HasDestination(c, healthy));
    }

    /// <summary>An instance that has not said by then whether it is guarded will hardly say it soon.</summary>
    private static readonly TimeSpan LongUnheard = TimeSpan.FromMinutes(5);

    /// <summary>How many of those that ran there said that its boot can't start them.</summary>
    private static int Heard(FenceCandidate c) => c.ToGain - c.Unguarded.Length - c.Unheard.Length;

    /// <summary>Of those that nothing guards the next check tells, and what nobody counted holds nothing up.</summary>
    private static bool HasDestination(FenceCandidate c, List<FleetMember> healthy) =>
        healthy.Exists(m => m.CanReceive) && (c.Needs.IsDefault || Heard(c) == 0 || PlaceFor(c, healthy) is not null);

    private static List<FleetMember> Healthy(FenceCandidate c, GateEvidence e) =>
        [.. e.Location.Where(m => m.Id != c.Id && m is { HaEnabled: true, Maintenance: false, Phase: HypervisorPhase.Healthy })];

    /// <summary>Where one of its instances could start now, what is promised to others left out; null: nowhere, or nobody counted that.</summary>
    private static PromisedRoom? PlaceFor(FenceCandidate c, IEnumerable<FleetMember> members) => c.Needs.IsDefault ? null
        : members.Where(m => m.CanReceive).SelectMany(m => c.Needs.Where(n => m.Reaches(n) && m.HasRoomFor(n)).Select(n => new PromisedRoom(m.Id, n))).FirstOrDefault();

    private static string AnyOf(int instances) => instances == 1 ? "its instance" : $"any of its {instances} instances";

    /// <summary>No number of what is free: it changes all the time, and this is told once.</summary>
    private static string RoomNeeded(FenceCandidate c, List<FleetMember> able)
    {
        var reached = c.Needs.Where(n => able.Exists(m => m.Reaches(n))).OrderBy(n => n.MemoryMiB).ToArray();
        var least = reached.FirstOrDefault(n => able.Exists(m => IsLargeEnough(m, n)));
        return least is null
            ? "none of them is large enough"
            : Text($"{(Heard(c) == 1 ? "it needs" : "the smallest needs")} {least.MemoryMiB + Placer.GuestOverheadMiB} MiB and {least.Vcpus} vCPU on {string.Join(" or ", able.Where(m => IsLargeEnough(m, least)).Select(m => m.Id).Order().Take(5))}");
    }

    /// <summary>With no guest on it.</summary>
    private static bool IsLargeEnough(FleetMember m, InstanceNeed n) =>
        m.Reaches(n) && m.Load is { } load && Placer.Lacks(load with { Guests = 0, UsedMemoryMiB = 0, UsedVcpus = 0 }, n.MemoryMiB, n.Vcpus) is null;

    private static string OrOrderIt(FenceCandidate c) => c.Policy.ObserveOnly ? ""
        : c.Device is null ? "; it has no fence device, so cut its power by hand and confirm it"
        : c.DeviceProblem is { } problem ? $"; no order would help, for {c.Device} is no fence path now: {problem}"
        : "; or order its fence";

    private static string OfTheOthers(FenceCandidate c) => string.Concat(
        c.Unguarded.IsEmpty ? "" : $" And {Instances(c.Unguarded)} it may start by itself when it boots: if you know that it can't, say so (retry with cannotStartOn).",
        c.Unheard.IsEmpty ? "" : $" And whether it may start {Instances(c.Unheard)} by itself when it boots was not answered in time.");

    private static string InQuarantine(IEnumerable<FleetMember> healthy) => string.Concat(healthy.Where(m => m.QuarantinedUntil is not null).OrderBy(m => m.Id)
        .Select(m => string.Create(CultureInfo.InvariantCulture, $" {m.Id} is healthy, and in quarantine until {m.QuarantinedUntil:HH:mm:ss} UTC: release it if it may take them.")));

    /// <summary>What only observes has told no agent anything, so there it says nothing of what would have been done.</summary>
    private static GateDecision.Withheld? SomethingIsGuarded(FenceCandidate c, GateEvidence e, GatePolicy p, DateTimeOffset now)
    {
        if (c.Order || c.Policy.ObserveOnly || Heard(c) > 0)
        {
            return null;
        }

        return c.Unheard.IsEmpty
            ? No(
                GateChecks.Guard,
                $"Fence of {c.Id} withheld: its agent never confirmed that HA looks after {Instances(c.Unguarded)}, so {c.Id} may start {(c.Unguarded.Length == 1 ? "it" : "them")} by itself when it boots; nothing could be started elsewhere, and cutting its power would gain nothing. Bring {c.Id} back; or, if you know that it can't start {(c.Unguarded.Length == 1 ? "it" : "them")}, say so (retry with cannotStartOn); or order its fence.",
                $"when {c.Id} is back, or you say that it can't start {(c.Unguarded.Length == 1 ? "it" : "one of them")}")
            : No(
                GateChecks.Guard,
                $"Fence of {c.Id} waits: whether it may start {Instances(c.Unheard)} by itself when it boots was not answered in time{(c.Unguarded.IsEmpty ? "" : $", and {Instances(c.Unguarded)} it may")}.",
                "when that is answered", transient: true);
    }

    private static string Instances(ImmutableArray<InstanceId> ids) =>
        ids.Length <= 5 ? string.Join(", ", ids) : $"{string.Join(", ", ids.Take(5))} and {ids.Length - 5} more";
}
