using System.Collections.Immutable;

namespace HaActors.Domain.Fencing;

/// <summary>Why one device proved nothing in an attempt.</summary>
/// <param name="Device">Its name, as in the inventory.</param>
/// <param name="Detail">What the device or the world said, without secrets.</param>
public sealed record DeviceFailure(string Device, FenceFailure Cause, string Detail);

/// <summary>All that is remembered of one fence device of one hypervisor, by its name.</summary>
public sealed record DeviceMemory
{
    /// <summary>It was asked once who it is, and answered; only then is it a fence path.</summary>
    public bool Identified { get; init; }

    /// <summary>The GUID that it told at the first check, or that an operator accepted; null: it answered that it has none.</summary>
    public string? Identity { get; init; }

    /// <summary>The GUID that it tells instead of <see cref="Identity"/>: it is another device now, and no fence path until an operator says so.</summary>
    public string? OtherIdentity { get; init; }

    /// <summary>Another hypervisor whose device tells the same GUID: one of the two is registered wrongly, so neither is a fence path.</summary>
    public HypervisorId? SharedWith { get; init; }

    /// <summary>Why its last check failed; null if it passed, or if there was none.</summary>
    public (FenceFailure Cause, string Detail)? Trouble { get; init; }

    /// <summary>Who contradicted its reading off (SAFETY 13); empty: nobody, or it is taken back.</summary>
    public ImmutableArray<HypervisorId> ContradictedBy { get; init; } = [];

    public DateTimeOffset? ContradictedAt { get; init; }

    public bool IsContradicted => !ContradictedBy.IsEmpty;

    /// <summary>Why it is no fence path whatever it answers, in a clause; null if nothing is remembered against it.</summary>
    public string? Problem =>
        !Identified ? $"it has not been identified since it was registered{(Trouble is { } t ? $" ({t.Detail})" : "")}"
        : OtherIdentity is { } other ? $"its identity changed to {other}: it is another device than the one that was registered"
        : SharedWith is { } with ? $"a device of {with} tells the same identity, so one of the two is registered wrongly"
        : IsContradicted ? $"it read off and {string.Join(", ", ContradictedBy.Take(5))} contradicted that"
        : null;
}

/// <summary>A device as it is asked about at the gate: where it stands, and what its hypervisor remembers of it.</summary>
/// <param name="Problem">What no other hypervisor can take back: not identified, another identity, a shared one.</param>
/// <param name="ContradictedBy">Who contradicted its last reading off.</param>
/// <param name="ContradictedFor">Since then, on the asker's monotonic clock; null: nobody did.</param>
public sealed record AskedDevice(
    string Device, int Level, string? Identity, string? Problem, ImmutableArray<HypervisorId> ContradictedBy, TimeSpan? ContradictedFor)
{
    public static AskedDevice Of(string device, int level, DeviceMemory? memory, TimeSpan? contradictedFor = null) => new(
        device, level, memory?.Identity, ((memory ?? new DeviceMemory()) with { ContradictedBy = [] }).Problem, memory?.ContradictedBy ?? [], contradictedFor);
}

/// <summary>A device that an attempt does not use, and why.</summary>
public sealed record ExcludedDevice(string Device, string Why);

/// <summary>Which levels of a hypervisor's devices are fence paths now. A level is one only if each of its devices is, for all of them must read off.</summary>
/// <param name="Excluded">Devices that are none, in order of level.</param>
/// <param name="Problem">Null: at least one level is a path. Else every device's reason, in a clause each.</param>
public sealed record FencePaths(ImmutableArray<ExcludedDevice> Excluded, string? Problem)
{
    /// <param name="whyNot">A further reason against a device, which only the fleet as a whole can tell; null if there is none.</param>
    public static FencePaths Of(IEnumerable<AskedDevice> devices, Func<AskedDevice, string?> whyNot)
    {
        var all = devices.OrderBy(d => d.Level).ThenBy(d => d.Device, StringComparer.Ordinal).Select(d => (Asked: d, Why: d.Problem ?? whyNot(d))).ToArray();
        ImmutableArray<ExcludedDevice> excluded = [.. all.Where(d => d.Why is not null).Select(d => new ExcludedDevice(d.Asked.Device, d.Why!))];
        var some = all.GroupBy(d => d.Asked.Level).Any(level => level.All(d => d.Why is null));
        return new(excluded, some ? null : string.Join("; ", excluded.Select(e => all.Length == 1 ? e.Why : $"{e.Device}: {e.Why}")));
    }
}

/// <summary>When the devices of a hypervisor are checked: at the same place of each interval, drawn from its id, so that not all are asked at once and a restart shifts none.</summary>
public static class CheckSchedule
{
    /// <summary>Until the next check.</summary>
    public static TimeSpan Until(HypervisorId id, DateTimeOffset now, TimeSpan interval)
    {
        var place = Spread(id, interval);
        var into = TimeSpan.FromTicks(now.UtcTicks % interval.Ticks);
        return into < place ? place - into : place + interval - into;
    }

    /// <summary>A share of <paramref name="span"/> that is always the same for one hypervisor.</summary>
    public static TimeSpan Spread(HypervisorId id, TimeSpan span)
    {
        // FNV-1a: a string's own hash differs in every process.
        var hash = 2166136261u;
        foreach (var c in id.Value)
        {
            hash = (hash ^ c) * 16777619u;
        }

        // Neighbours (hv1, hv2) are still neighbours until they are stirred.
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
        hash ^= hash >> 16;
        return TimeSpan.FromMilliseconds(Math.Floor(span.TotalMilliseconds * (hash / (uint.MaxValue + 1.0))));
    }
}
