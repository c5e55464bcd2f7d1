using System.Collections.Immutable;
using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Nights;

/// <summary>A night as the lines of a scenario file: what is drawn, what is shrunk and what is printed is what the runner reads.</summary>
/// <param name="Fleet">Lines of the fleet, each of one hypervisor, one datastore, one instance or one setting.</param>
/// <param name="Acts">Lines <c>at TIME phrase</c>, by time.</param>
internal sealed record NightText(string Name, ImmutableArray<string> Fleet, ImmutableArray<string> Acts, string Until)
{
    public ImmutableArray<string> Lines => ["fleet", .. Fleet.Select(l => $"  {l}"), "", "night", .. Acts.Select(l => $"  {l}"), $"  run until {Until} settled", "", "no log"];

    public Scenario Read() => ScenarioParser.Parse(Name, Lines);

    /// <summary>Without one hypervisor and everything that names it.</summary>
    public NightText WithoutHypervisor(string id)
    {
        var fleet = Fleet.Where(l => !((l.StartsWith("hypervisors ", StringComparison.Ordinal) || l.StartsWith("devices ", StringComparison.Ordinal)) && Names(l, id)) && !(l.StartsWith("instances ", StringComparison.Ordinal) && Names(l, id)))
            .Select(l => string.Join(' ', l.Split(' ').Where(w => w != id))).Where(l => !l.EndsWith(" on", StringComparison.Ordinal)).ToImmutableArray();
        var gone = Fleet.Where(l => l.StartsWith("instances ", StringComparison.Ordinal) && Names(l, id)).Select(l => l.Split(' ')[1]).Append(id).ToList();
        return this with { Fleet = fleet, Acts = [.. Acts.Where(a => !gone.Exists(g => Names(a, g)))] };
    }

    public NightText WithoutInstance(string name) => this with
    {
        Fleet = [.. Fleet.Where(l => !(l.StartsWith("instances ", StringComparison.Ordinal) && Names(l, name)))],
        Acts = [.. Acts.Where(a => !Names(a, name))],
    };

    public ImmutableArray<string> Hypervisors => [.. Fleet.Where(l => l.StartsWith("hypervisors ", StringComparison.Ordinal)).Select(l => l.Split(' ')[1])];

    public ImmutableArray<string> Instances => [.. Fleet.Where(l => l.StartsWith("instances ", StringComparison.Ordinal)).Select(l => l.Split(' ')[1])];

    private static bool Names(string line, string word) => line.Split(' ').Contains(word);
}
