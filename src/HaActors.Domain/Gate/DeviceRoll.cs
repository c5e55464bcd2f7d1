using System.Collections.Immutable;

namespace HaActors.Domain.Gate;

/// <summary>
/// What the fence devices of one location answered when they were asked at one time: one that is silent alone is broken itself; many at once say that the way to
/// them is, usually the management network, and that is one call in the night instead of one for each. Pure.
/// </summary>
/// <param name="Silent">Hypervisors that answer themselves, and of whose devices at least one does not.</param>
/// <param name="Counted">Hypervisors that answer themselves and told of their devices.</param>
public sealed record DeviceRoll(LocationId Location, ImmutableArray<HypervisorId> Silent, int Counted)
{
    /// <summary>One lost answer is no news: this many rolls in a row have to say that the way is lost, or that it is back.</summary>
    public const int Agree = 2;

    /// <summary>At most so many of a location are asked, evenly over it: more would say nothing more, and a big fleet is not asked in one moment.</summary>
    public const int MaxAsked = 20;

    /// <summary>No hypervisor with a fence device is registered there any more.</summary>
    public bool IsEmptied { get; init; }

    /// <summary>At least two, and at least half of them.</summary>
    public bool IsCommon => Silent.Length >= 2 && Silent.Length * 2 >= Counted;

    /// <summary>What the newest roll changes, if those before it said the same.</summary>
    /// <param name="agreed">Rolls in a row, this one included, that said what this one says.</param>
    /// <param name="detail">What a silent device's call came to.</param>
    public IGateEvent? Watch(GateState s, int agreed, string detail, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(s);
        if (agreed < Agree)
        {
            return null;
        }

        if (!s.PathsLost.TryGetValue(Location, out var lost))
        {
            return IsCommon ? new FencePathLost(Location, Silent, Counted, detail, now) : null;
        }

        // When no host answers nobody can tell whose fault a silent device is.
        return (!IsCommon && Counted > Silent.Length) || IsEmptied
            ? new FencePathRegained(Location, Silent, Counted, (long)Math.Max(0, (now - lost.At).TotalMilliseconds), now)
            : null;
    }

    /// <summary>Whom to ask: the one that found its device silent, and others evenly over the location.</summary>
    public static ImmutableArray<HypervisorId> Sample(IEnumerable<HypervisorId> members, HypervisorId? finder)
    {
        var others = members.Where(m => m != finder).Distinct().Order().ToArray();
        var room = MaxAsked - (finder is null ? 0 : 1);
        var asked = others.Length <= room ? others : [.. Enumerable.Range(0, room).Select(i => others[i * others.Length / room])];
        return finder is { } f ? [f, .. asked] : [.. asked];
    }
}
