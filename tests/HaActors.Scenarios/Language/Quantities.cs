using System.Globalization;
using System.Text.RegularExpressions;

namespace HaActors.Scenarios.Language;

/// <summary>Times (<c>65s</c>, <c>2m30s</c>, <c>75.003s</c>, <c>500ms</c>, <c>1h</c>) and sizes (<c>64GiB</c>, <c>512MiB</c>) as a scenario spells them.</summary>
internal static partial class Quantities
{
    public const string TimesSay = "such as 65s, 2m30s, 500ms or 1h, at most 168h";

    public const string SizesSay = "such as 512MiB or 4GiB";

    /// <summary>No night is longer than a week.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromHours(168);

    public static bool TryTime(string text, out TimeSpan time)
    {
        time = default;
        var match = TimePattern().Match(text);
        if (!match.Success || text.Length == 0) return false;
        var milliseconds = (Part(match, "h") * 3_600_000) + (Part(match, "m") * 60_000) + (Part(match, "s") * 1000) + Part(match, "ms");
        if (milliseconds > MostTime.TotalMilliseconds) return false;
        time = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    public static bool TrySize(string text, out long mib)
    {
        mib = 0;
        var match = SizePattern().Match(text);
        if (!match.Success) return false;
        mib = long.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture) * (match.Groups["unit"].Value == "GiB" ? 1024 : 1);
        return true;
    }

    /// <summary><c>vm1..vm300</c> is three hundred names, any other word is itself.</summary>
    public static IEnumerable<string> Named(string word)
    {
        var match = RangePattern().Match(word);
        if (!match.Success || match.Groups["name"].Value != match.Groups["again"].Value) return [word];
        var (first, last) = (int.Parse(match.Groups["first"].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups["last"].Value, CultureInfo.InvariantCulture));
        return Enumerable.Range(first, Math.Max(0, last - first + 1)).Select(n => string.Create(CultureInfo.InvariantCulture, $"{match.Groups["name"].Value}{n}"));
    }

    /// <summary>As the log writes it: seconds since the start, to the millisecond.</summary>
    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalMilliseconds) / 1000:F3}s");

    /// <summary>As a person writes it: <c>90s</c>, <c>10m</c>, <c>24h</c>.</summary>
    public static string Short(TimeSpan time)
    {
        var (n, unit) = time.TotalHours >= 1 && time.Ticks % TimeSpan.TicksPerHour == 0 ? (time.TotalHours, "h")
            : time.TotalMinutes >= 1 && time.Ticks % TimeSpan.TicksPerMinute == 0 ? (time.TotalMinutes, "m")
            : (time.TotalSeconds, "s");
        return string.Create(CultureInfo.InvariantCulture, $"{n}{unit}");
    }

    private static double Part(Match match, string name) =>
        match.Groups[name] is { Success: true, Value: var value } ? double.Parse(value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(?:(?<h>\d+)h)?(?:(?<m>\d+)m(?!s))?(?:(?<s>\d+(?:\.\d+)?)s)?(?:(?<ms>\d+)ms)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"^(?<name>[a-z-]+)(?<first>\d{1,4})\.\.(?<again>[a-z-]+)(?<last>\d{1,4})$", RegexOptions.ExplicitCapture)]
    private static partial Regex RangePattern();

    [GeneratedRegex(@"^(?<n>\d{1,7})(?<unit>GiB|MiB)$", RegexOptions.ExplicitCapture)]
    private static partial Regex SizePattern();
}
