using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>
/// Every line that a webhook wants, up to where it says it is, was heard by its receiver or told as skipped; they were heard in the order of the log, a repeat right after
/// its first; and nothing else was.
/// </summary>
internal static class CalledRule
{
    /// <remarks>After a restored database only what was called since then: the ids of lost lines are given again. A line from before the backup may have been called before the restore.</remarks>
    public static IEnumerable<string> Look(SimulatedSite site) => site.Webhooks.Rows.SelectMany(row => Look(site, row.Webhook, row.Progress));

    private static IEnumerable<string> Look(SimulatedSite site, Webhook webhook, WebhookProgress progress)
    {
        var heard = site.World.Receivers.Heard.Skip(site.HeardBeforeRestore).Where(c => c.Webhook == webhook.Id).Select(c => c.EventId).ToImmutableArray();
        if (!heard.SequenceEqual(heard.Order())) yield return $"{webhook.Id} heard events in the order {string.Join(' ', heard)}";
        // What it was for at the time of each line is not known any more.
        if (site.WebhooksChanged) yield break;
        var log = site.EventLog.Entries;
        var skipped = log.Where(e => e.Type == LogTypes.WebhookSkipped && e.Data[WebhookTypes.AboutKey] == webhook.Id.Value)
            .Select(e => (From: Number(e, "first"), To: Number(e, "last"))).ToImmutableArray();
        for (var i = site.LinesRestored; i < log.Length; i++)
        {
            var id = i + 1L;
            var wanted = webhook.Wants(log[i]);
            if (!wanted && heard.Contains(id)) yield return $"{webhook.Id} heard event {id}, which it is not for";
            // A skipped line that is itself about a webhook is not told.
            if (wanted && id <= progress.Position && !heard.Contains(id) && !skipped.Any(s => id >= s.From && id <= s.To) && !log[i].Data.ContainsKey(WebhookTypes.AboutKey))
                yield return $"{webhook.Id} is past event {id}, which it never heard";
        }
    }

    private static long Number(LogEntry entry, string key) => long.Parse(entry.Data[key], CultureInfo.InvariantCulture);
}
