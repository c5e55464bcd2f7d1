using HaActors.Domain.Gate;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Hosting;

/// <summary>The domain's numbers, validated by whoever reads them from the configuration.</summary>
/// <param name="TickInterval">One sweep each; default 30 s. Range 1 s to 1 h.</param>
/// <param name="ProbeTimeout">Deadline of a probe; default 5 s, always below the tick.</param>
/// <param name="ProbeParallelism">Probes at once; default 10. Range 1 to 100.</param>
/// <param name="FenceDeadline">One attempt; default 60 s. Range 5 s to 10 min.</param>
public sealed record HaSettings(TimeSpan TickInterval, TimeSpan ProbeTimeout, int ProbeParallelism, GatePolicy Gate, TimeSpan FenceDeadline)
{
    public static HaSettings Default { get; } = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), 10, GatePolicy.Default, TimeSpan.FromSeconds(60));

    /// <summary>A suspect is probed again at this pace; zero (default): ticks only. Range 1 s up to the tick.</summary>
    public TimeSpan ConfirmInterval { get; init; }

    /// <summary>With a confirm interval never less than this from the first miss to Down; default 45 s. Range 0 to 10 min.</summary>
    public TimeSpan MinSilence { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Read the power while a start is to come, this often.</summary>
    public TimeSpan HoldInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Each fence device is checked once in this; default 1 h. Range 1 min to 7 days.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whoever waits says it again after this.</summary>
    public TimeSpan RepeatInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An event that could not be told to a webhook for so long is skipped.</summary>
    public TimeSpan WebhookMaxAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Plug-in id of the read journal that the projection follows.</summary>
    public string ReadJournal { get; init; } = "akka.persistence.query.journal.sql";
}

/// <summary>The outside world, as the actors see it.</summary>
public sealed record HaPorts(IInventory Inventory, IHypervisorProbe Probe, IPowerSwitch Power, IHypervisorAgent Agent, IEventLog EventLog, IWitnessProbe Witness)
{
    public required IWebhookStore Webhooks { get; init; }

    public required IWebhookSender WebhookSender { get; init; }
}
