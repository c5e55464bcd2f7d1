using System.Text.RegularExpressions;
using Xunit;

namespace HaActors.Scenarios;

/// <summary>Scenarios/README.md names each scenario and what it proves: a night that nobody finds proves nothing to anybody.</summary>
public sealed partial class IndexTests
{
    [Fact]
    public void Every_scenario_has_one_line_in_the_index()
    {
        var missing = Library.Files().Select(Library.NameOf).Except(Indexed().Select(i => i.File), StringComparer.Ordinal).ToList();

        Assert.True(missing.Count == 0, $"Scenarios/README.md has no line for {string.Join(", ", missing)}. Add: | [name](folder/name.scenario) | what it proves |");
    }

    [Fact]
    public void Every_line_of_the_index_has_its_scenario_once_and_says_what_it_proves()
    {
        var lines = Indexed().ToList();

        Assert.Empty(lines.Select(l => l.File).Except(Library.Files().Select(Library.NameOf), StringComparer.Ordinal));
        Assert.Empty(lines.GroupBy(l => l.File).Where(g => g.Count() > 1).Select(g => g.Key));
        Assert.Empty(lines.Where(l => l.Says.Trim().Length < 10 || l.Name != Path.GetFileNameWithoutExtension(l.File)).Select(l => l.File));
    }

    [Fact]
    public void A_name_is_used_once_in_the_whole_library() =>
        Assert.Empty(Library.Files().GroupBy(f => Path.GetFileName(f)).Where(g => g.Count() > 1).Select(g => g.Key));

    private static IEnumerable<(string Name, string File, string Says)> Indexed() =>
        from line in File.ReadLines(Path.Combine(Library.Folder, "README.md"))
        let match = IndexLine().Match(line)
        where match.Success
        select (match.Groups["name"].Value, match.Groups["file"].Value, match.Groups["says"].Value);

    [GeneratedRegex(@"^\| \[(?<name>[^\]]+)\]\((?<file>[^)]+\.scenario)\) \| (?<says>.+) \|$")]
    private static partial Regex IndexLine();
}
