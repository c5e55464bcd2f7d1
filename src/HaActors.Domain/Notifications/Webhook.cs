using System.Collections.Immutable;
using System.Text.Json.Serialization;
using HaActors.Domain.EventLog;

namespace HaActors.Domain.Notifications;

/// <summary>Id of a webhook, chosen by an operator, e.g. <c>pager</c>.</summary>
[JsonConverter(typeof(StringIdConverter<WebhookId>))]
public readonly record struct WebhookId(string Value) : IStringId<WebhookId>, IComparable<WebhookId>
{
    public static WebhookId Of(string value) => new(value);

    public int CompareTo(WebhookId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>Somebody outside who is called when something happens.</summary>
/// <param name="Url">May hold a token in its path, so neither a log nor an event shows more of it than its host.</param>
/// <param name="Enabled">False: nothing is sent, and nothing is kept for later.</param>
/// <param name="Types">As <see cref="WebhookTypes"/> has them; null: <see cref="WebhookTypes.Default"/>, also when that grows.</param>
/// <param name="Locations">Events of these only; empty: of all. What concerns no location (a disarm) is for everybody.</param>
/// <param name="Secret">Signs each call.</param>
public sealed record Webhook(WebhookId Id, Uri Url, bool Enabled, ImmutableArray<string>? Types, ImmutableArray<LocationId> Locations, Secret Secret)
{
    public ImmutableArray<string> EffectiveTypes => Types ?? WebhookTypes.Default;

    /// <summary>Is this webhook called for this line? Never for a line about itself: a receiver that is away would feed its own queue.</summary>
    public bool Wants(LogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Data.TryGetValue(WebhookTypes.AboutKey, out var about) && about == Id.Value)
            return false;
        if (!Locations.IsEmpty && entry.Location is { } location && !Locations.Contains(location))
            return false;
        return EffectiveTypes.Any(type => WebhookTypes.Covers(type, entry));
    }
}

/// <summary>How a webhook says which events it is for.</summary>
public static class WebhookTypes
{
    /// <summary>Every event.</summary>
    public const string All = "*";

    /// <summary>Key in an event's data: the webhook that it is about.</summary>
    public const string AboutKey = "webhook";

    /// <summary>What should wake somebody.</summary>
    public static ImmutableArray<string> Default { get; } =
    [
        LogTypes.HypervisorFenced, LogTypes.FenceFailed, LogTypes.FenceWithheld, LogTypes.FenceContradicted, LogTypes.FenceProofLost, LogTypes.PowerReturned, LogTypes.StormBegan,
        Waiting(InstanceWait.Person), Waiting(InstanceWait.Guard), LogTypes.WaitOverdue, LogTypes.InstanceEvacuationFailed, LogTypes.InstanceDuplicateDetected, LogTypes.InstanceGone, LogTypes.FenceCheckFailed, LogTypes.FencePathLost, LogTypes.JournalWentBack,
        LogTypes.WebhookFailing, LogTypes.WebhookSkipped,
    ];

    /// <summary>The waits of an instance one by one: <c>instance_waiting:person</c> beside <c>instance_waiting</c>, which is all of them.</summary>
    public static ImmutableArray<string> Waits { get; } = [.. Enum.GetValues<InstanceWait>().Select(Waiting)];

    public static bool Covers(string type, LogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return type == All || type == entry.Type
            || (entry.Type == LogTypes.InstanceWaiting && entry.Data.TryGetValue("wait", out var wait) && type == $"{LogTypes.InstanceWaiting}:{wait}");
    }

    private static string Waiting(InstanceWait wait) => $"{LogTypes.InstanceWaiting}:{wait.ToString().ToLowerInvariant()}";
}

/// <summary>What came of one call.</summary>
/// <param name="Status">HTTP status; null: there was no answer.</param>
/// <param name="Detail">One clause for an operator.</param>
public sealed record CallAnswer(CallOutcome Outcome, int? Status, string Detail);

public enum CallOutcome
{
    /// <summary>2xx: the receiver has it.</summary>
    Taken,

    /// <summary>400, 413, 415 or 422: it does not want this very event; the next one it may take.</summary>
    Refused,

    /// <summary>Anything else, also silence. It may have arrived all the same.</summary>
    Failed,
}

/// <summary>How far a webhook has come.</summary>
/// <param name="Position">Id of the last line of the event log that is settled: taken, not wanted, or skipped. It only grows.</param>
/// <param name="TakenId">The last line that the receiver took.</param>
/// <param name="Failures">Calls that failed in a row.</param>
/// <param name="Refusals">How many of them refused the line that is next.</param>
/// <param name="FailingSince">The first of them.</param>
/// <param name="Told"><c>webhook_failing</c> was told of them.</param>
/// <param name="Problem">What the last of them said.</param>
public sealed record WebhookProgress(
    long Position, long? TakenId = null, DateTimeOffset? TakenAt = null, int Failures = 0, int Refusals = 0, DateTimeOffset? FailingSince = null, bool Told = false,
    string? Problem = null, DateTimeOffset? NextTryAt = null);
