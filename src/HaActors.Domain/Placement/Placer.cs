using HaActors.Domain.Hypervisors;

namespace HaActors.Domain.Placement;

/// <summary>Where is room? Pure; spreads evenly, and says of each candidate in a clause why not.</summary>
public static class Placer
{
    /// <summary>Why a destination that said no is passed over; whoever asked it knows its words.</summary>
    public const string AnsweredNo = "did not start it before";

    /// <summary>Starts under way on one destination at once.</summary>
    public const int StartsPerDestination = 2;

    /// <summary>Starts under way in the fleet at once.</summary>
    public const int StartsPerFleet = 10;

    /// <summary>Memory that QEMU takes for itself, for each guest, MiB.</summary>
    public const long GuestOverheadMiB = 256;

    /// <summary>Virtual processors for each logical processor of a host.</summary>
    public const double VcpuOvercommit = 4.0;

    /// <summary>Memory that stays with the host: 2 GiB or 5 %, whichever is more.</summary>
    public static long HostReserveMiB(long memoryMiB) => Math.Max(2048, memoryMiB / 20);

    /// <param name="shared">Whether a datastore is proved to be shared by two hypervisors.</param>
    public static Choice Choose(Wish wish, IReadOnlyCollection<Candidate> candidates, Func<DatastoreId, HypervisorId, HypervisorId, bool> shared)
    {
        var place = wish.InPlace ? candidates.FirstOrDefault(c => c.Id == wish.Failed) : null;
        var homeNo = place is null ? null : NotAtHome(wish, place);
        var home = homeNo is null ? place : null;
        if (home is not null && !(home.Quarantined && wish.Moves))
        {
            return AtHome(home);
        }

        if (!wish.Moves)
        {
            // What waits for an evacuation is ended by its incident; what waits for its home says so.
            return !wish.InPlace ? new Choice.Later($"evacuation is off for {wish.Failed}") : new Choice.Nowhere($"{(homeNo is null ? "" : $"{wish.Failed}: {homeNo}; ")}evacuation is off for {wish.Failed}, so it starts there or nowhere", false);
        }

        // A home in quarantine is the last resort: better there than nowhere.
        return Elsewhere(wish, candidates, shared, homeNo) is var choice && choice is Choice.Nowhere && home is not null ? AtHome(home) : choice;
    }

    /// <summary>What a host lacks for one more guest, in a clause; null if nothing.</summary>
    public static string? Lacks(HostLoad load, long memoryMiB, int vcpus)
    {
        ArgumentNullException.ThrowIfNull(load);
        var free = load.MemoryMiB - HostReserveMiB(load.MemoryMiB) - load.UsedMemoryMiB - (load.Guests * GuestOverheadMiB);
        var need = memoryMiB + GuestOverheadMiB;
        var idle = (int)(load.Vcpus * VcpuOvercommit) - load.UsedVcpus;
        return free < need ? $"{Math.Max(0, free)} MiB of memory free, {need} needed"
            : idle < vcpus ? $"{Math.Max(0, idle)} vCPU free, {vcpus} needed"
            : null;
    }

    private static Choice AtHome(Candidate home) =>
        home.Starts < StartsPerDestination ? new Choice.Chosen(home.Id) : new Choice.Later($"{home.Starts} starts are under way on {home.Id}");

    /// <summary>Why it does not start again where it was; null if it may.</summary>
    private static string? NotAtHome(Wish wish, Candidate c) =>
        c.Maintenance ? "in maintenance"
        : c.ShuttingDown ? "is being shut down"
        : wish.NotThere.Contains(c.Id) ? AnsweredNo
        : c.Load is null ? "its agent does not answer"
        : null;

    private static Choice Elsewhere(Wish wish, IReadOnlyCollection<Candidate> candidates, Func<DatastoreId, HypervisorId, HypervisorId, bool> shared, string? homeNo)
    {
        var fitting = new List<Candidate>();
        var reasons = new List<string>();
        if (homeNo is not null)
        {
            reasons.Add($"{wish.Failed}: {homeNo}");
        }

        var outOfReach = 0;
        var able = 0;
        foreach (var c in candidates.Where(c => c.Id != wish.Failed).OrderBy(c => c.Id))
        {
            var no = NotAble(wish, c);
            able += no is null ? 1 : 0;
            if (no is null && Unreached(wish, c, shared) is { } disk)
            {
                outOfReach++;
                no = disk;
            }

            no ??= Lacks(c.Load!, wish.MemoryMiB, wish.Vcpus);
            if (no is null)
            {
                fitting.Add(c);
            }
            else if (c.Location == wish.Location)
            {
                reasons.Add($"{c.Id}: {no}");
            }
        }

        if (fitting.Where(c => c.Starts < StartsPerDestination).OrderBy(c => c.Load!.Protected ? 0 : 1).ThenBy(c => After(wish, c)).ThenBy(c => c.Load!.Guests).ThenBy(c => c.Id).FirstOrDefault() is { } best)
        {
            return new Choice.Chosen(best.Id);
        }

        return fitting.Count > 0
            ? new Choice.Later($"{StartsPerDestination} starts are under way on each destination that has room")
            : new Choice.Nowhere(reasons.Count == 0 ? $"no other hypervisor in {wish.Location}" : string.Join("; ", reasons), able > 0 && outOfReach == able);
    }

    private static string? NotAble(Wish wish, Candidate c) =>
        c.Location != wish.Location ? $"in location {c.Location}"
        : !c.HaEnabled ? "HA is off there"
        : c.Maintenance ? "in maintenance"
        : c.ShuttingDown ? "is being shut down"
        : c.Quarantined ? "in quarantine: it went down again and again"
        : c.Phase != HypervisorPhase.Healthy ? $"is {c.Phase}"
        : wish.NotThere.Contains(c.Id) ? AnsweredNo
        : c.Load is null ? "its agent does not answer"
        : null;

    private static string? Unreached(Wish wish, Candidate c, Func<DatastoreId, HypervisorId, HypervisorId, bool> shared)
    {
        foreach (var disk in wish.Disks)
        {
            if (disk.Datastore is not { } datastore)
            {
                return $"disk {disk.Target} ({disk.Source}) lies on no datastore that an agent knows";
            }

            if (!shared(datastore, wish.Failed, c.Id))
            {
                return $"disk {disk.Target} lies on datastore {datastore}, which is out of reach there, or not proved to be shared with {wish.Failed}";
            }
        }

        return null;
    }

    /// <summary>Share of its memory that is used once the instance is there.</summary>
    private static double After(Wish wish, Candidate c) =>
        (c.Load!.UsedMemoryMiB + wish.MemoryMiB + ((c.Load.Guests + 1) * GuestOverheadMiB)) / (double)Math.Max(1, c.Load.MemoryMiB);
}
