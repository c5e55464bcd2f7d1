using System.Collections.Immutable;
using HaActors.Actors.Hosting;
using HaActors.Domain.Gate;

namespace HaActors.Scenarios.Language;

/// <summary>A setting of the master that is a time, with the range that the master itself takes.</summary>
/// <param name="OrZero">Zero, which switches it off, is allowed below the least, too.</param>
internal sealed record TimeSetting(string Name, TimeSpan Least, TimeSpan Most, Func<HaSettings, TimeSpan, HaSettings> Set, bool OrZero = false)
{
    public static ImmutableArray<TimeSetting> All { get; } =
    [
        new("tick", Seconds(1), Hours(1), (s, t) => s with { TickInterval = t }),
        new("probe-timeout", Seconds(0.1), Seconds(60), (s, t) => s with { ProbeTimeout = t }),
        new("confirm-interval", Seconds(1), Hours(1), (s, t) => s with { ConfirmInterval = t }, OrZero: true),
        new("min-silence", TimeSpan.Zero, Seconds(600), (s, t) => s with { MinSilence = t }),
        new("quiet-period", TimeSpan.Zero, Hours(1), Gate((g, t) => g with { QuietPeriod = t })),
        new("cold-start-grace", TimeSpan.Zero, Hours(24), Gate((g, t) => g with { ColdStartGrace = t })),
        new("degraded-grace", TimeSpan.Zero, Hours(24), Gate((g, t) => g with { DegradedGrace = t })),
        new("storm-cooldown", TimeSpan.Zero, Hours(24), Gate((g, t) => g with { StormCooldown = t })),
        new("fence-window", Seconds(1), Hours(24), Gate((g, t) => g with { MaxFencesWindow = t })),
        new("fence-deadline", Seconds(10), Seconds(600), (s, t) => s with { FenceDeadline = t }),
        new("check-interval", Seconds(60), Hours(168), (s, t) => s with { CheckInterval = t }),
        new("webhook-max-age", Seconds(60), Hours(168), (s, t) => s with { WebhookMaxAge = t }),
    ];

    public static string Names => string.Join(", ", All.Select(s => s.Name));

    public bool Takes(TimeSpan time) => (time >= Least && time <= Most) || (OrZero && time == TimeSpan.Zero);

    public string Range => $"{(OrZero ? "0s, or " : "")}{Quantities.Short(Least)} to {Quantities.Short(Most)}";

    /// <summary>What two of them say against each other, or null.</summary>
    public static string? Contradiction(HaSettings settings) =>
        settings.ProbeTimeout >= settings.TickInterval ? $"probe-timeout ({Quantities.Short(settings.ProbeTimeout)}) must be below tick ({Quantities.Short(settings.TickInterval)})"
        : settings.ConfirmInterval > settings.TickInterval ? $"confirm-interval ({Quantities.Short(settings.ConfirmInterval)}) must not be above tick ({Quantities.Short(settings.TickInterval)})"
        : null;

    private static Func<HaSettings, TimeSpan, HaSettings> Gate(Func<GatePolicy, TimeSpan, GatePolicy> set) => (s, t) => s with { Gate = set(s.Gate, t) };

    private static TimeSpan Seconds(double n) => TimeSpan.FromSeconds(n);

    private static TimeSpan Hours(double n) => TimeSpan.FromHours(n);
}
