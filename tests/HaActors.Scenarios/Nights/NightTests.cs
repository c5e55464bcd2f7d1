using System.Globalization;
using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run;
using HaActors.Scenarios.Run.Checking;
using Xunit;
using Xunit.Abstractions;

namespace HaActors.Scenarios.Nights;

/// <summary>The nights of the test command. <c>HAACTORS_NIGHTS=1-20000</c> plays others.</summary>
public sealed class NightTests(ITestOutputHelper output)
{
    private const string Default = "1-2000";

    /// <summary>Each broken variant is found within so many, unless it names a written night.</summary>
    private const int MostForAVariant = 150;

    public static TheoryData<string> BrokenVariants => new(Variants.All.Select(v => v.Name));

    [Fact]
    public void No_night_breaks_a_rule()
    {
        var seeds = (Environment.GetEnvironmentVariable("HAACTORS_NIGHTS") ?? Default).Split('-').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToList();
        var summary = NightSearch.Run(seeds[0], seeds[^1], Variant.None, Environment.ProcessorCount, 3, Console.Error.WriteLine);
        output.WriteLine(summary.ToString());

        Assert.True(summary.Failed.Count == 0, string.Join('\n', summary.Failed.Select(f => string.Join('\n', NightCommand.Shrunk(f, Variant.None)))));
        Assert.Equal(seeds[^1] - seeds[0] + 1, summary.Seeds);
    }

    [Theory]
    [MemberData(nameof(BrokenVariants))]
    public void A_broken_product_is_found(string name)
    {
        var variant = Variants.All.Single(v => v.Name == name);
        if (variant.Night is { } file)
        {
            var written = ScenarioParser.Read(Path.Combine(Library.Folder, file));
            Assert.Contains(ScenarioRunner.BrokenBy(variant, written), b => b.Rule != Rules.Crash);
            Assert.Empty(ScenarioRunner.BrokenBy(Variant.None, written));
            return;
        }

        var summary = NightSearch.Run(1, MostForAVariant, variant, Environment.ProcessorCount, 1, output.WriteLine);

        Assert.True(summary.Failed.Exists(f => f.Rule != Rules.Crash), $"{name} ({variant.What}) was not found in {summary.Seeds} nights.");
    }

    [Fact]
    public void A_seed_is_the_same_night_whenever_it_is_played()
    {
        foreach (var seed in Enumerable.Range(1, 5))
        {
            var (one, other) = (NightDraw.Draw(seed), NightDraw.Draw(seed));
            Assert.Equal(one.Lines.AsEnumerable(), other.Lines);
            Assert.Equal(NightRunner.Run(one, Variant.None).Steps, NightRunner.Run(other, Variant.None).Steps);
        }
    }
}
