using System.Globalization;
using System.Text.RegularExpressions;

namespace HaActors.Scenarios.Language;

/// <summary>Times (<c>65s</c>, <c>2m30s</c>, <c>75.003s</c>, <c>500ms</c>, <c>1h</c>) and sizes (<c>64GiB</c>, <c>512MiB</c>) as a scenario spells them.</summary>
internal static partial class Quantities
{
    public static bool TryTime(string text, out TimeSpan time)
    {
        time = default;
        var match = TimePattern().Match(text);
        if (!match.Success || text.Length == 0) return false;
        time = TimeSpan.FromMilliseconds(
            (Part(match, "h") * 3_600_000) + (Part(match, "m") * 60_000) + (Part(match, "s") * 1000) + Part(match, "ms"));
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

    private static double Part(Match match, string name) =>
        match.Groups[name] is { Success: true, Value: var value } ? double.Parse(value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(?:(?<h>\d+)h)?(?:(?<m>\d+)m(?!s))?(?:(?<s>\d+(?:\.\d+)?)s)?(?:(?<ms>\d+)ms)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"^(?<name>[a-z-]+)(?<first>\d{1,4})\.\.(?<again>[a-z-]+)(?<last>\d{1,4})$", RegexOptions.ExplicitCapture)]
    private static partial Regex RangePattern();

    [GeneratedRegex(@"^(?<n>\d+)(?<unit>GiB|MiB)$", RegexOptions.ExplicitCapture)]
    private static partial Regex SizePattern();
}
