using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace HaActors.Storage;

/// <summary>Times and small maps as text, the same on both engines.</summary>
internal static class Times
{
    private const string Format = "yyyy-MM-ddTHH:mm:ss.fffffffZ";

    /// <summary>UTC, fixed width: sorts as text and keeps every tick.</summary>
    internal static string ToText(DateTimeOffset at) => at.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    internal static DateTimeOffset FromText(string text) =>
        new(DateTime.ParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal), TimeSpan.Zero);
}

/// <summary>The <c>data</c> column: one flat JSON object of strings.</summary>
internal static class DataText
{
    internal static string ToText(ImmutableSortedDictionary<string, string> data) => JsonSerializer.Serialize(data);

    internal static ImmutableSortedDictionary<string, string> FromText(string text) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(text)?.ToImmutableSortedDictionary(StringComparer.Ordinal) ?? ImmutableSortedDictionary<string, string>.Empty;
}
