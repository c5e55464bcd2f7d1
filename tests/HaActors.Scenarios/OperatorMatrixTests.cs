using Xunit;

namespace HaActors.Scenarios;

/// <summary>The table in the actors' README is what really happens, pair by pair.</summary>
public sealed class OperatorMatrixTests
{
    private const string Begin = "<!-- every state × every act: written and compared by OperatorMatrixTests -->";
    private const string End = "<!-- end -->";

    /// <summary>With HAACTORS_WRITE_MATRIX=1 the table is written anew: read each cell that changed before you commit it.</summary>
    [Fact]
    public void Every_state_takes_every_act_as_the_table_in_the_README_says()
    {
        var path = Path.Combine(Root(), "src", "HaActors.Actors", "README.md");
        var text = File.ReadAllText(path);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= Begin.Length && to > from, $"{path} has no table between '{Begin}' and '{End}'.");
        var table = string.Join("\n", OperatorMatrix.Table());
        if (Environment.GetEnvironmentVariable("HAACTORS_WRITE_MATRIX") == "1") File.WriteAllText(path, $"{text[..from]}\n\n{table}\n\n{text[to..]}");
        else Assert.Equal(text[from..to].Trim(), table);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HaActors.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The checkout with HaActors.sln is not above the test's folder.");
    }
}
