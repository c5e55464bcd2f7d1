using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain;
using HaActors.Scenarios.Run;

namespace HaActors.Scenarios.Language;

/// <summary>One phrase of the language and what it does.</summary>
/// <param name="Pattern">Words, with <c>{hv}</c>, <c>{vm}</c>, <c>{ds}</c>, <c>{wh}</c>, <c>{time}</c>, <c>{size}</c>, <c>{n}</c>, <c>{word}</c> and <c>{text}</c> where the scenario fills in.</param>
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

    /// <summary>What is wrong with the words that fill it, or null.</summary>
    public string? Problem(ImmutableArray<string> words, FleetPlan fleet) =>
        _parts.Where(p => p[0] == '{').Zip(words, (kind, word) => kind switch
        {
            "{hv}" when fleet.Hypervisors.All(h => h.Id.Value != word) => $"'{word}' is no hypervisor of this fleet",
            "{vm}" when fleet.Instances.All(i => i.Name != word) => $"'{word}' is no instance of this fleet",
            "{ds}" when fleet.Datastores.All(d => d.Name != word) => $"'{word}' is no datastore of this fleet",
            "{wh}" when fleet.Webhooks.All(h => h.Id.Value != word) => $"'{word}' is no webhook of this fleet",
            "{time}" when !Quantities.TryTime(word, out _) => $"'{word}' is no time such as 65s or 2m30s",
            "{size}" when !Quantities.TrySize(word, out _) => $"'{word}' is no size such as 512MiB or 4GiB",
            "{n}" when !int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _) => $"'{word}' is no number",
            _ => null,
        }).FirstOrDefault(p => p is not null);
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
