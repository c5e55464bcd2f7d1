using HaActors.Scenarios.Nights;
using Xunit;

namespace HaActors.Scenarios;

/// <summary>What is typed wrong is named, with what is allowed.</summary>
public sealed class CommandTests
{
    [Theory]
    [InlineData("", "which files? name some, or a folder")]
    [InlineData("--verbose a.scenario", "'--verbose' is no option; these are: --accept, --why, --quiet, --drop-messages")]
    [InlineData("-q a.scenario", "'-q' is no option")]
    [InlineData("--drop-messages --accept a.scenario", "it does not go with --accept or --why")]
    public void Of_files(string words, string says)
    {
        Assert.Null(FileCommand.Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), out var problem));
        Assert.Contains(says, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_empty_is_named()
    {
        Assert.Null(FileCommand.Parse(["a.scenario", ""], out var problem));
        Assert.Equal("a name of a file is empty", problem);
    }

    [Theory]
    [InlineData("", "which seeds? say --seeds 1-2000")]
    [InlineData("--seeds", "'' is no range of seeds")]
    [InlineData("--seeds 9-1", "'9-1' is no range of seeds: say --seeds 1-2000, or --seeds 7 for one night")]
    [InlineData("--seeds 1-2-3", "'1-2-3' is no range of seeds")]
    [InlineData("--seeds 1-9 --seeds 1-9", "'--seeds' is given twice")]
    [InlineData("--seeds 1-9 --jobs 0", "'0' is no number of jobs: 1 to 64")]
    [InlineData("--seeds 1-9 --most x", "'x' is no number of failures")]
    [InlineData("--seeds 1-9 --broken nothing", "'nothing' is no broken variant: all, skip-the-proof")]
    [InlineData("--seeds 1-9 --broken all --out x", "--out goes with nights of the product as it is")]
    [InlineData("--seeds 1-9 --out", "--out needs a directory")]
    [InlineData("--seed 1-9", "'--seed' is no option of nights: --seeds, --jobs")]
    public void Of_nights(string words, string says)
    {
        Assert.Null(NightCommand.Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), out var problem));
        Assert.Contains(says, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_typed_right_is_taken()
    {
        Assert.Equal(new NightCommand(3, 9, 2, 7, null, "found"), NightCommand.Parse(["--seeds", "3-9", "--jobs", "2", "--most", "7", "--out", "found"], out _));
        Assert.Equal(new NightCommand(7, 7, Environment.ProcessorCount, 5, "all", null), NightCommand.Parse(["--seeds", "7", "--broken", "all"], out _));
        var files = FileCommand.Parse(["--quiet", "a.scenario", Library.Folder], out _);
        Assert.NotNull(files);
        Assert.True(files is { Quiet: true, Accept: false, Why: false, DropMessages: false });
        Assert.Equal(Library.Files().Prepend("a.scenario"), files.Files);
    }
}
