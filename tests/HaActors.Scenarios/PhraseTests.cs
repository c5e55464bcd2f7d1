using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run;
using HaActors.Scenarios.Run.Checking;
using Xunit;

namespace HaActors.Scenarios;

/// <summary>Each phrase in states in which it may not make sense: it is done, or the file is told which line can't be and why. Nothing of that is a crash.</summary>
public sealed class PhraseTests
{
    private static readonly Dictionary<string, string> Samples = new(StringComparer.Ordinal)
    {
        ["{hv}"] = "hv1",
        ["{bmc}"] = "hv1",
        ["{ipmi}"] = "hv1",
        ["{vm}"] = "vm1",
        ["{ds}"] = "san",
        ["{wh}"] = "pager",
        ["{strip}"] = "strip-a",
        ["{witness}"] = "gw1",
        ["{location}"] = "dc1",
        ["{incident}"] = "hv1-1",
        ["{event}"] = "hv-probe-missed.1",
        ["{type}"] = "*",
        ["{on}"] = "off",
        ["{time}"] = "10s",
        ["{size}"] = "1GiB",
        ["{threshold}"] = "4",
        ["{attempts}"] = "4",
        ["{times}"] = "2",
        ["{status}"] = "500",
        ["{who}"] = "anna",
        ["{version}"] = "1.1.0",
        ["{address}"] = "10.77.1.99",
        ["{text}"] = "\"a reason\"",
    };

    public static TheoryData<string, string> States => new()
    {
        { "all is well", "at 2m probe hv2 by anna because \"a look\"" },
        { "hv1 off, its instance elsewhere", "at 100s power off hv1" },
        { "no master", "at 100s kill master" },
        { "no database", "at 100s journal away 10m" },
        { "hv1 deleted", "at 1s power off hv1; at 4m delete hv1 by anna because \"sold\"" },
        { "hv1 is not heard", "at 100s cut hv1; at 101s bmc hv1 off the network" },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void A_phrase_is_done_or_its_line_is_told(string state, string acts)
    {
        var wrong = new List<string>();
        foreach (var verb in Verbs.All)
        {
            var phrase = string.Join(' ', verb.Pattern.Split(' ').Select(w => w[0] == '{' ? Samples[w] : w));
            string[] lines =
            [
                "fleet", "hypervisors hv1 hv2 hv3", "devices hv1 level 1 bmc level 2 outlet strip-a", "datastore san on hv1 hv2 hv3", "instances vm1 vm2 on hv1", "webhook pager", "witnesses gw1",
                "night", .. acts.Split("; "), $"at 5m {phrase}", $"at 5m1s {phrase}", "run until 7m", "no log",
            ];
            try
            {
                wrong.AddRange(ScenarioRunner.Run(ScenarioParser.Parse("night", lines)).Broken.Where(b => b.Rule == Rules.Crash).Select(b => $"{phrase}: {b.Text.Split('\n')[0]}"));
            }
            catch (ScenarioException e)
            {
                if (!e.Message.Contains($"'{phrase}' can't be done at ", StringComparison.Ordinal)) wrong.Add(e.Message);
            }
        }

        Assert.True(wrong.Count == 0, $"{state}:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void Every_phrase_is_found_by_its_own_pattern_and_by_no_other()
    {
        var twice = Verbs.All.GroupBy(v => string.Join(' ', v.Pattern.Split(' ').Select(w => w[0] == '{' ? "{}" : w)), StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key);

        Assert.Empty(twice);
    }
}
