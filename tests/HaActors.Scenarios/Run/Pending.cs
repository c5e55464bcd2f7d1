namespace HaActors.Scenarios.Run;

/// <summary>What a scenario has prepared and what has not come yet. What is left at the end of a night never happened, so the night does not prove what it says.</summary>
internal sealed class Pending
{
    private readonly List<(object What, string Says)> _all = [];

    public IEnumerable<string> All => _all.Select(p => p.Says);

    /// <summary>Of the act that is being done.</summary>
    public int Line { get; set; }

    /// <param name="what">By which it is removed.</param>
    /// <param name="says">As its author reads it should it never come.</param>
    public void Add(object what, string says) => _all.Add((what, says));

    public void Remove(object what) => _all.RemoveAll(p => ReferenceEquals(p.What, what));
}
