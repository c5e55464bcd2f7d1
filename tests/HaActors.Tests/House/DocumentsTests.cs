using System.Text.RegularExpressions;
using HaActors.Domain.EventLog;
using HaActors.Domain.Fencing;
using Xunit;

namespace HaActors.Tests.House;

/// <summary>What the documents name exists, and what exists is named where an operator looks for it.</summary>
public sealed partial class DocumentsTests
{
    private static readonly string FailureModes = File.ReadAllText(Path.Combine(Checkout.Root, "FAILURE-MODES.md"));
    private static readonly string Readme = File.ReadAllText(Path.Combine(Checkout.Root, "README.md"));

    [Fact]
    public void Each_test_that_FAILURE_MODES_names_exists()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(f => Method().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var named = TestName().Matches(FailureModes).Select(m => m.Groups[1].Value).Distinct(StringComparer.Ordinal).ToArray();
        Assert.True(named.Length > 100, $"only {named.Length} names of tests were found: the document is written otherwise than this test reads it");
        Assert.Empty(named.Where(n => !tests.Contains(n)).ToArray());
    }

    [Fact]
    public void Each_night_that_FAILURE_MODES_names_exists()
    {
        var nights = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "tests", "HaActors.Scenarios", "Scenarios"), "*.scenario", SearchOption.AllDirectories)
            .Select(f => Path.GetFileNameWithoutExtension(f)).ToArray();
        var named = NamedNights().Distinct(StringComparer.Ordinal).ToArray();
        Assert.True(named.Length > 100, $"only {named.Length} nights were found: the document is written otherwise than this test reads it");
        Assert.Empty(named.Where(n => !nights.Any(exists => n.EndsWith('…') ? exists.StartsWith(n[..^1], StringComparison.Ordinal)
            : n.StartsWith('…') ? exists.EndsWith(n[1..], StringComparison.Ordinal) : exists == n)).ToArray());
    }

    [Fact]
    public void Each_case_of_the_lab_that_FAILURE_MODES_names_exists()
    {
        var cases = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "tests", "lab", "cases")).Select(f => Path.GetFileName(f)[..2]).ToHashSet(StringComparer.Ordinal);
        var named = LabCases().Matches(FailureModes).SelectMany(m => TwoDigits().Matches(m.Value)).Select(m => m.Value).ToArray();
        Assert.NotEmpty(named);
        Assert.Empty(named.Where(n => !cases.Contains(n)).ToArray());
    }

    [Fact]
    public void No_row_of_FAILURE_MODES_stands_twice_and_each_has_the_columns_of_its_table()
    {
        var lines = FailureModes.Split('\n');
        Assert.Empty(lines.Where(l => l.StartsWith("| ", StringComparison.Ordinal) && !IsHead(l)).GroupBy(l => l.Split('|')[1]).Where(g => g.Count() > 1).Select(g => g.Key).ToArray());
        for (var i = 1; i < lines.Length; i++)
        {
            var inOneTable = lines[i].StartsWith('|') && lines[i - 1].StartsWith('|');
            Assert.True(!inOneTable || lines[i - 1].Count(c => c == '|') == lines[i].Count(c => c == '|'), lines[i]);
        }
    }

    [Fact]
    public void README_names_each_type_of_the_event_log_and_each_cause()
    {
        var types = typeof(LogTypes).GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);
        var causes = Enum.GetValues<FenceFailure>().Select(c => HypervisorLog.Name(c));
        Assert.Empty(types.Concat(causes).Where(n => !Readme.Contains($"`{n}`", StringComparison.Ordinal)).ToArray());
    }

    private static bool IsHead(string line) => line.StartsWith("| rule |", StringComparison.Ordinal) || line.StartsWith("| what fails |", StringComparison.Ordinal) || line.StartsWith("| family |", StringComparison.Ordinal);

    /// <summary>After the word in the last cell of a row; in a table whose last column is nights, the whole cell. A name may be cut with … at either end, and stand behind its folder.</summary>
    private static IEnumerable<string> NamedNights()
    {
        var whole = false;
        foreach (var line in FailureModes.Split('\n').Where(l => l.StartsWith('|')))
        {
            var last = line.TrimEnd().TrimEnd('|').Split('|')[^1].Trim();
            if (line.StartsWith("|---", StringComparison.Ordinal)) continue;
            if (IsHead(line))
            {
                whole = last == "night";
                continue;
            }

            foreach (var list in whole ? [last] : AfterTheWord().Matches(last).Select(m => m.Groups[1].Value))
            {
                foreach (var name in NightName().Matches(list).Select(m => m.Value))
                {
                    yield return name[(name.LastIndexOf('/') + 1)..];
                }
            }
        }
    }

    [GeneratedRegex(@"(?:void|Task) ([A-Z]\w*)\(")]
    private static partial Regex Method();

    [GeneratedRegex(@"`([A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\bnights? ((?:(?!lab\b)[a-z0-9/…-]+(?:, )?)+)")]
    private static partial Regex AfterTheWord();

    [GeneratedRegex(@"[a-z0-9/…-]+")]
    private static partial Regex NightName();

    [GeneratedRegex(@"\blab \d\d(?: \([^)]*\))?(?:, \d\d(?: \([^)]*\))?)*")]
    private static partial Regex LabCases();

    [GeneratedRegex(@"\b\d\d\b")]
    private static partial Regex TwoDigits();
}
