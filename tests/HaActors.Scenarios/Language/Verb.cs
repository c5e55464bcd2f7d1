using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain;
using HaActors.Scenarios.Run;

namespace HaActors.Scenarios.Language;

/// <summary>One phrase of the language and what it does.</summary>
/// <param name="Pattern">Words, with the kinds of <see cref="Placeholders"/>, such as <c>{hv}</c> or <c>{time}</c>, where the scenario fills in.</param>
public sealed record Verb(string Pattern, Action<SimulatedSite, Words> Act)
{
    private readonly string[] _parts = Pattern.Split(' ');

    /// <summary>The words that fill the pattern, or null if the phrase is another one.</summary>
    public ImmutableArray<string>? Match(IReadOnlyList<string> phrase)
    {
        if (phrase.Count != _parts.Length) return null;
        var filled = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < _parts.Length; i++)
        {
            if (_parts[i][0] == '{') filled.Add(phrase[i]);
            else if (_parts[i] != phrase[i]) return null;
        }

        return filled.ToImmutable();
    }

    /// <summary>The pattern with these words in their places.</summary>
    public string Phrase(ImmutableArray<string> words)
    {
        var next = 0;
        return string.Join(' ', _parts.Select(p => p[0] == '{' ? Quoted(words[next++]) : p));

        static string Quoted(string word) => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word;
    }

    /// <summary>What is wrong with the words that fill it, or null.</summary>
    public string? Problem(ImmutableArray<string> words, FleetPlan fleet) =>
        _parts.Where(p => p[0] == '{').Zip(words, (kind, word) => Placeholders.Problem(kind, word, fleet)).FirstOrDefault(p => p is not null);
}

/// <summary>The words that fill a verb's pattern, by place.</summary>
public readonly record struct Words(ImmutableArray<string> All)
{
    public string this[int i] => All[i];

    public HypervisorId Hv(int i) => new(All[i]);

    public TimeSpan Time(int i) => Quantities.TryTime(All[i], out var time) ? time : throw new FormatException(All[i]);

    public long Size(int i) => Quantities.TrySize(All[i], out var mib) ? mib : throw new FormatException(All[i]);

    public int Number(int i) => int.Parse(All[i], CultureInfo.InvariantCulture);
}
