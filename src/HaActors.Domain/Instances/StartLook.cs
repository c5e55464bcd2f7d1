using System.Collections.Immutable;

namespace HaActors.Domain.Instances;

/// <summary>The look around the fleet before each start (SAFETY 6).</summary>
public static class StartLook
{
    /// <summary>A look counts this long from the question for it.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(10);

    /// <summary>A proof counts this long from the question for it (SAFETY 15).</summary>
    public static readonly TimeSpan ProofLasts = TimeSpan.FromSeconds(5);

    /// <summary>Why it must not be started now; null if nothing speaks against it.</summary>
    /// <param name="presentAt">Hypervisors that have it in any state but shut off.</param>
    /// <param name="unasked">Hypervisors, not proved off, that could not be asked.</param>
    /// <param name="proved">Members that are proved otherwise (their power is off): what they were last seen doing says nothing.</param>
    public static string? Blocks(InstanceStatus s, HypervisorId destination, ImmutableArray<HypervisorId> presentAt, ImmutableArray<HypervisorId> unasked, IReadOnlySet<HypervisorId> proved)
    {
        if (presentAt.Length > 0)
        {
            return $"it is present on {string.Join(", ", presentAt.Order())}; nothing is started while it may run there";
        }

        var needed = unasked.Where(u => u == destination || (!proved.Contains(u) && (s.MayRun.ContainsKey(u) || s.Place == u || s.Attempt?.Destination == u))).Order().ToList();
        return needed.Count > 0 ? $"{string.Join(", ", needed)} may have it and could not be asked" : null;
    }
}
