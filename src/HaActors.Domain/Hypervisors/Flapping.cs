using System.Collections.Immutable;

namespace HaActors.Domain.Hypervisors;

/// <summary>
/// A hypervisor that goes down again and again is no place for instances, however healthy it is in between: after three failures within an hour it is in
/// quarantine, no destination, for two hours or until an operator releases it. It is still probed, and still fenced.
/// </summary>
public static class Flapping
{
    /// <summary>Failures within <see cref="Window"/> that make a quarantine.</summary>
    public const int Downs = 3;

    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    public static readonly TimeSpan Quarantine = TimeSpan.FromHours(2);

    /// <summary>Whether a failure now is one of its own: what somebody planned (a fence order, maintenance, a notice of shutdown) is not.</summary>
    public static bool IsItsOwn(HypervisorState s, OperatorAct? by) => by is null && !s.Maintenance && s.Notice is null;

    /// <summary>The last failures, with one at <paramref name="at"/>; never more than <see cref="Downs"/>.</summary>
    public static ImmutableArray<DateTimeOffset> With(ImmutableArray<DateTimeOffset> downs, DateTimeOffset at) =>
        [.. downs.Where(d => (at - d).Duration() <= Window).TakeLast(Downs - 1), at];

    /// <summary>The quarantine that a failure at <paramref name="at"/> begins or prolongs; null if it does not.</summary>
    public static Quarantined? After(HypervisorState s, IncidentId incident, DateTimeOffset at) =>
        IsItsOwn(s, null) && With(s.Downs, at).Length >= Downs
            ? new Quarantined(s.Id, incident, Downs, s.QuarantinedUntil is null, at + Quarantine, at)
            : null;
}
