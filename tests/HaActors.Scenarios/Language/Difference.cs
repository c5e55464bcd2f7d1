using System.Collections.Immutable;

namespace HaActors.Scenarios.Language;

/// <summary>What was expected and what came, as lines that a person compares: <c>-</c> is missing, <c>+</c> was not expected.</summary>
public static class Difference
{
    /// <returns>Nothing if they are the same.</returns>
    public static ImmutableArray<string> Of(ImmutableArray<string> expected, ImmutableArray<string> actual)
    {
        var a = expected.Select(l => l.TrimEnd()).ToArray();
        var b = actual.Select(l => l.TrimEnd()).ToArray();
        if (a.SequenceEqual(b)) return [];

        // Longest common subsequence, from the end; logs are short.
        var common = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--) common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        var lines = ImmutableArray.CreateBuilder<string>();
        for (int i = 0, j = 0; i < a.Length || j < b.Length;)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                lines.Add($"  {a[i]}");
                i++;
                j++;
            }
            else if (i < a.Length && (j == b.Length || common[i + 1, j] >= common[i, j + 1]))
            {
                lines.Add($"- {a[i++]}");
            }
            else
            {
                lines.Add($"+ {b[j++]}");
            }
        }

        return lines.ToImmutable();
    }
}
