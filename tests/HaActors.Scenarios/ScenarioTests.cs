using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run;
using Xunit;

namespace HaActors.Scenarios;

public sealed class ScenarioTests
{
    public static TheoryData<string> Files => new(Library.Files().Select(Library.NameOf));

    [Theory]
    [MemberData(nameof(Files))]
    public void The_night_goes_as_written_and_three_times_the_same(string file)
    {
        var scenario = ScenarioParser.Read(Path.Combine(Library.Folder, file));

        Assert.True(scenario.IsAccepted, $"{file} has no log: accept one, and read it.");
        var first = ScenarioRunner.Run(scenario);

        Assert.True(first.Broken.IsEmpty, $"Rules were broken:\n{string.Join('\n', first.Broken)}");
        var difference = Difference.Of(scenario.Expected, first.Log);
        Assert.True(difference.IsEmpty, $"{file} (- expected, + came):\n{string.Join('\n', difference)}");
        for (var again = 2; again <= 3; again++)
            Assert.Equal(first.Log.AsEnumerable(), ScenarioRunner.Run(scenario).Log);
    }

    [Theory]
    [InlineData("fencing/cable-pulled.scenario")]
    [InlineData("fencing/power-lost.scenario")]
    [InlineData("fencing/bmc-lies.scenario")]
    [InlineData("agents/unknown-answer-of-run.scenario")]
    [InlineData("instances/no-room-then-room.scenario")]
    [InlineData("probing/host-hung.scenario")]
    [InlineData("masters/journal-away.scenario")]
    public void The_first_message_of_each_kind_may_be_lost_and_the_night_ends_the_same(string file)
    {
        var differences = Ends.Differences(ScenarioParser.Read(Path.Combine(Library.Folder, file)));

        Assert.True(differences.IsEmpty, $"{file} (- all messages, + each lost once):\n{string.Join('\n', differences)}");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_first_message_of_each_kind_may_be_lost_and_no_rule_is_broken(string file)
    {
        var broken = Ends.Differences(ScenarioParser.Read(Path.Combine(Library.Folder, file))).Where(l => l.StartsWith("BROKEN ", StringComparison.Ordinal)).ToList();

        Assert.True(broken.Count == 0, $"{file}:\n{string.Join('\n', broken)}");
    }
}
