using System.Globalization;
using HaActors.Actors.Protocol;
using HaActors.Domain;

namespace HaActors.Actors.Instances;

/// <summary>Sentences that more than one actor says.</summary>
internal static class ExplainWords
{
    /// <summary>What one instance waits for, who must act, since when, and when it is tried again.</summary>
    public static string Waits(InstanceWaits w) => string.Create(
        CultureInfo.InvariantCulture,
        $"Instance {w.InstanceId} waits ({w.Wait.ToString().ToLowerInvariant()}){(w.Since is { } since ? $" since {Time(since)}" : "")}: {w.Reason.TrimEnd('.')}. Must act: {WaitWords.WhoActs(w.Wait)}{(w.NextAt is { } next ? $"; tried again at {Time(next)}" : w.Wait == InstanceWait.Fence ? "" : "; not tried again by itself")}.");

    public static string Time(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime:HH:mm:ss} UTC");
}
