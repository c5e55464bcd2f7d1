using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain.EventLog;

namespace HaActors.Domain.Notifications;

/// <summary>What becomes of a webhook by what came of a call: how far it is, when it is tried again, and what the event log is told.</summary>
/// <param name="Pause">Zero: go on at once.</param>
public sealed record WebhookStep(WebhookProgress Progress, ImmutableArray<LogEntry> Told, TimeSpan Pause = default);

/// <summary>
/// Lines go out one after the other, in the order of the log, each until it is taken. So one that can't be delivered holds up those behind it:
/// for <c>maxAge</c> if nobody answers, for <see cref="RefusalsMost"/> tries if the receiver refuses this very line.
/// </summary>
public static class WebhookRules
{
    /// <summary>Failed calls in a row after which the log is told. The first ones are the receiver's restart or a lost packet.</summary>
    public const int TellAfter = 3;

    /// <summary>Tries of a line that is refused for what it is; about a minute.</summary>
    public const int RefusalsMost = 5;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>2 s, doubled with each failure in a row, at most 5 min.</summary>
    /// <param name="failures">1 or more.</param>
    public static TimeSpan Pause(int failures) =>
        failures >= 9 ? Longest : TimeSpan.FromTicks(Math.Min(Longest.Ticks, Shortest.Ticks << Math.Max(0, failures - 1)));

    /// <summary>Lines up to this one are not wanted.</summary>
    public static WebhookStep Passed(WebhookProgress progress, long id) => new(progress with { Position = Math.Max(progress.Position, id) }, []);

    public static WebhookStep Taken(WebhookProgress progress, Webhook webhook, LoggedEvent line, DateTimeOffset now)
    {
        var after = new WebhookProgress(Math.Max(progress.Position, line.Id), line.Id, now);
        return new(after, progress.Told
            ? [About(webhook, now, LogTypes.WebhookRecovered, $"Webhook {webhook.Id} takes calls again, after {progress.Failures} that failed; what waited is sent now.",
                ("failures", progress.Failures), ("failingMs", Ms(progress.FailingSince, now)))]
            : []);
    }

    public static WebhookStep Failed(WebhookProgress progress, Webhook webhook, LoggedEvent line, CallAnswer answer, DateTimeOffset now)
    {
        var failures = progress.Failures + 1;
        var refusals = answer.Outcome == CallOutcome.Refused ? progress.Refusals + 1 : progress.Refusals;
        var failing = progress with
        {
            Failures = failures,
            Refusals = refusals,
            FailingSince = progress.FailingSince ?? now,
            Problem = answer.Detail,
            NextTryAt = now + Pause(failures),
            Told = progress.Told || failures >= TellAfter,
        };
        var told = ImmutableArray.CreateBuilder<LogEntry>();
        if (failing.Told && !progress.Told)
        {
            told.Add(About(webhook, now, LogTypes.WebhookFailing,
                $"Webhook {webhook.Id} fails: {webhook.Url.Host}: {answer.Detail}. Nobody is told this way until it takes a call again; it is tried at least every 5 min.",
                ("failures", failures), ("detail", answer.Detail), ("status", answer.Status)));
        }

        if (refusals < RefusalsMost)
            return new(failing, told.ToImmutable(), Pause(failures));

        told.AddRange(Skipped(webhook, [line], now, $"it was refused {refusals} times: {answer.Detail}"));
        return new(failing with { Position = Math.Max(progress.Position, line.Id), Refusals = 0 }, told.ToImmutable(), Pause(failures));
    }

    /// <summary>Lines that are too old to wake somebody.</summary>
    /// <param name="overdue">Wanted ones, oldest first, at least one.</param>
    public static WebhookStep Overdue(WebhookProgress progress, Webhook webhook, ImmutableArray<LoggedEvent> overdue, TimeSpan maxAge, DateTimeOffset now) =>
        new(progress with { Position = Math.Max(progress.Position, overdue[^1].Id), Refusals = 0 },
            Skipped(webhook, overdue, now, $"it could not be called for {Words(maxAge)}"));

    /// <summary>A skipped line that is itself about a webhook is not worth a new one: two webhooks that are away would tell of each other for ever.</summary>
    private static ImmutableArray<LogEntry> Skipped(Webhook webhook, ImmutableArray<LoggedEvent> lines, DateTimeOffset now, string why)
    {
        if (lines.All(l => l.Entry.Data.ContainsKey(WebhookTypes.AboutKey)))
            return [];
        var which = lines.Length == 1 ? $"event {lines[0].Id} ({lines[0].Entry.Type})" : $"{lines.Length} events ({lines[0].Id} to {lines[^1].Id})";
        return
        [
            About(webhook, now, LogTypes.WebhookSkipped, $"Webhook {webhook.Id} was never told of {which}: {why}. It stays in the event log.",
                ("count", lines.Length), ("first", lines[0].Id), ("last", lines[^1].Id), ("reason", why)),
        ];
    }

    private static string Words(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{(span.TotalHours >= 1 ? span.TotalHours : span.TotalMinutes):0.#} {(span.TotalHours >= 1 ? "h" : "min")}");

    private static LogEntry About(Webhook webhook, DateTimeOffset now, string type, string message, params (string Key, object? Value)[] data) =>
        new(now, type, null, null, null, null, message, LogData.Of([(WebhookTypes.AboutKey, webhook.Id.Value), .. data]));

    private static long? Ms(DateTimeOffset? since, DateTimeOffset now) => since is { } from ? (long)(now - from).TotalMilliseconds : null;
}
