using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run;
using HaActors.Scenarios.Run.Checking;
using Xunit;

namespace HaActors.Scenarios;

/// <summary>A file that is wrong, or that would prove nothing, is told so: where, what is wrong and what would be right.</summary>
public sealed class LanguageTests
{
    private const string Fleet = "fleet; hypervisors hv1 hv2; datastore san on hv1 hv2; instances vm1 on hv1; night";

    [Theory]
    // what would prove nothing
    [InlineData(Fleet + "; at 20m cut hv1; run until 15m; no log", 6, "20m is after the end of the night, 15m")]
    [InlineData(Fleet + "; at 1m when \"x\" cut hv1; run until 30m settled; no log", 6, "no 'when' happens in its last 40m")]
    [InlineData(Fleet + "; run until 15m; run until 20m; no log", 7, "line 6 says already when the night ends")]
    [InlineData(Fleet + "; at 5m cut hv1; no log", 7, "the night has no end: say 'run until 10m'")]
    [InlineData(Fleet + "; run until 15m; no log; 60s hypervisor_up", 8, "nothing stands below 'no log'")]
    [InlineData(Fleet + "; kill master after each stored event from 5m until 4m start it 5s later; run until 9m; no log", 6, "nothing is stored from 5m until 4m")]
    [InlineData(Fleet + "; when \"\" cut hv1; run until 9m; no log", 6, "'when' needs some text")]
    // the order of things
    [InlineData("night; run until 15m", 1, "there is no 'fleet' above")]
    [InlineData(Fleet + "; fleet; run until 15m", 6, "a second 'fleet'")]
    [InlineData("fleet; night; run until 15m; no log", 4, "there is no hypervisor in the fleet: say 'hypervisors hv1 hv2 hv3'")]
    [InlineData(Fleet + "; every day", 6, "'every day' is not understood here")]
    [InlineData(Fleet + "; run until 9m; log; log", 8, "'log' is no line of a log")]
    [InlineData(Fleet + "; kill master after each stored event from 5m until 8m start it 5m later; run until 9m; no log", 6, "would be away at the end of the night")]
    // words
    [InlineData(Fleet + "; at 5m explode hv1", 6, "'explode hv1' is no phrase of the language; the README lists them")]
    [InlineData(Fleet + "; at 5m cut hv1 now", 6, "near it: cut {hv}")]
    [InlineData(Fleet + "; at 5m fence hv1 by anna because \"it hangs", 6, "the quotation mark before 'it hangs' is never closed")]
    [InlineData(Fleet + "; at soon cut hv1", 6, "'soon' is no time such as 65s")]
    [InlineData(Fleet + "; at 99999999999999999999h cut hv1", 6, "at most 168h")]
    // names that nobody has
    [InlineData(Fleet + "; at 5m cut hv3", 6, "'hv3' is no hypervisor of this fleet; there are: hv1, hv2")]
    [InlineData(Fleet + "; at 5m pause vm2", 6, "'vm2' is no instance of this fleet; there is: vm1")]
    [InlineData(Fleet + "; at 5m strip strip-a off the network", 6, "'strip-a' is no power strip of this fleet; a line 'devices hv1 level 1 outlet strip-a' has them: there is none")]
    [InlineData(Fleet + "; at 5m witness gw1 away", 6, "'gw1' is no witness of this fleet")]
    [InlineData(Fleet + "; at 5m end storm-override dc2 by anna", 6, "'dc2' is no location of this fleet; there is: dc1")]
    [InlineData(Fleet + "; at 5m cancel hv3-1 by anna because x", 6, "'hv3-1' is no incident of this fleet; the first of hv1 is hv1-1")]
    [InlineData(Fleet + "; at 5m cancel vm1 by anna because x", 6, "'vm1' is no incident")]
    [InlineData(Fleet + "; at 5m kill master at next hv-fenced start it 5s later", 6, "'hv-fenced' is no event that is stored; there are: gate-armed.1")]
    [InlineData(Fleet + "; at 5m location ha yes", 6, "'yes' is no switch; there are: on, off")]
    [InlineData(Fleet + "; at 5m location threshold 0", 6, "'0' is no number from 1 to 20")]
    [InlineData(Fleet + "; at 5m lose answers of next 0 run on hv1", 6, "'0' is no number from 1 to 1000")]
    // the fleet
    [InlineData("fleet; hypervisors hv1 hv1", 2, "the hypervisor 'hv1' is named already")]
    [InlineData("fleet; hypervisors hv1; hypervisors hv1", 3, "the hypervisor 'hv1' is named already")]
    [InlineData("fleet; hypervisors hv1..hv300", 2, "more than 240 hypervisors")]
    [InlineData("fleet; hypervisors hv9..hv1", 2, "'hv9..hv1' is no range: one name")]
    [InlineData("fleet; hypervisors hv1..hv10000", 2, "'hv1..hv10000' is no range")]
    [InlineData("fleet; hypervisors hv1 memory 64GB", 2, "'64GB' is no size such as 512MiB or 4GiB")]
    [InlineData("fleet; hypervisors hv1; setting tick 30s; setting tick 20s", 4, "'setting tick' is said already")]
    [InlineData("fleet; hypervisors hv1; datastore san on hv1; datastore san on hv1", 4, "the datastore 'san' is in such a line already")]
    [InlineData("fleet; hypervisors hv1; datastore san on", 3, "on no hypervisor?")]
    [InlineData("fleet; hypervisors hv1; instances vm1 on hv1", 3, "hv1 reaches no datastore; say above: datastore san on hv1")]
    [InlineData("fleet; hypervisors hv1; datastore san on hv1; instances vm1 vm1 on hv1", 4, "the instance 'vm1' is named already")]
    [InlineData("fleet; hypervisors hv1; datastore san on hv1; instances vm1 on hv1 attempts 21", 4, "'21' is no number from 1 to 20")]
    [InlineData("fleet; hypervisors hv1; datastore san on hv1; instances vm1 on hv1 memory 9999999999GiB", 4, "'9999999999GiB' is no size such as")]
    [InlineData("fleet; hypervisors hv1 without bmc; devices hv1 level 1 bmc", 3, "hv1 has no BMC")]
    [InlineData("fleet; hypervisors hv1; devices hv1 level 1 bmc level 2 bmc", 3, "'bmc' is named twice")]
    [InlineData("fleet; hypervisors hv1; webhook pager; webhook pager", 4, "the webhook 'pager' is in such a line already")]
    [InlineData("fleet; hypervisors hv1; webhook pager types hypervisor_dead", 3, "'hypervisor_dead' is no type of event for a webhook; there are: *, hypervisor_up")]
    [InlineData("fleet; hypervisors hv1; witnesses gw1:x", 3, "'gw1:x' is no witness")]
    [InlineData("fleet; hypervisors hv1; location threshold 99", 3, "'99' is no number from 1 to 20")]
    [InlineData("fleet; hypervisors hv1; location observe", 3, "the option 'observe' has no value")]
    [InlineData("fleet; hypervisors hv1; setting storm-percent 400", 3, "'400' is no number from 1 to 100")]
    [InlineData("fleet; hypervisors hv1; setting tick 0s", 3, "tick is 0s; it must be 1s to 1h, as for the master")]
    [InlineData("fleet; hypervisors hv1; setting confirm-interval 500ms", 3, "confirm-interval is 500ms; it must be 0s, or 1s to 1h")]
    [InlineData("fleet; hypervisors hv1; setting tick 5s; night; run until 9m; no log", 6, "probe-timeout (5s) must be below tick (5s)")]
    [InlineData("fleet; hypervisors hv1; setting patience 5s", 3, "'setting patience 5s' is no setting; these are: seed N")]
    public void What_is_wrong_is_told_with_its_line_and_what_would_be_right(string file, int line, string says)
    {
        var e = Assert.Throws<ScenarioException>(() => ScenarioParser.Parse("night", file.Split("; "), "nights/night.scenario"));

        Assert.StartsWith($"nights/night.scenario:{line}: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("at 5m start master", 6, "'start master' can't be done at 300.000s: it runs already")]
    [InlineData("at 5m restore the database", 6, "there is no backup; say 'back up the database' at an earlier time")]
    [InlineData("at 5m migrate vm1 from hv2 to hv1", 6, "vm1 does not run on hv2")]
    [InlineData("at 5m migrate vm1 from hv1 to hv1", 6, "it runs there already; name two hypervisors")]
    [InlineData("when \"hv1 cable cut\" start master; at 5m cut hv1", 6, "it runs already")]
    public void What_can_not_be_done_as_things_are_is_told_with_its_line(string acts, int line, string says)
    {
        var scenario = ScenarioParser.Parse("night", $"{Fleet}; {acts}; run until 9m; no log".Split("; "));

        var e = Assert.Throws<ScenarioException>(() => ScenarioRunner.Run(scenario));

        Assert.StartsWith($"night:{line}: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("when \"hv1 cable cut\" power off hv2", "line 6: 'power off hv2' never happened: no line of the log contains \"hv1 cable cut\"")]
    [InlineData("at 3m when \"hypervisor_up\" cut hv1", "contains \"hypervisor_up\" from 3m on")]
    [InlineData("at 4m cut hv1; when \"hv1 cable cut\" after 10m plug hv1", "line 7: 'plug hv1' never happened: its line came at 240.000s, and 10m after it is after the end")]
    [InlineData("at 4m lose answer of next run", "no run came after the line that loses or delays it")]
    [InlineData("kill master after each stored event from 100.5s until 100.6s start it 5s later", "no event was stored from 100.5s until 100.6s, so the master was killed after none")]
    [InlineData("at 4m lose requests of next 3 stop on hv2", "no stop on hv2 came after the line")]
    [InlineData("at 4m kill master at next hv-fenced.1 start it 5s later", "line 6: the master was never killed, for no hv-fenced.1 was stored")]
    [InlineData("at 4m pause master 5s at next hv-fenced.1", "line 6: the master never stood still, for no hv-fenced.1 was stored")]
    public void What_never_happened_is_told_at_the_end(string acts, string says)
    {
        var lines = $"{Fleet}; {acts}; run until 9m".Split("; ");

        var broken = ScenarioRunner.Run(ScenarioParser.Parse("night", lines)).Broken;

        Assert.Contains(says, Assert.Single(broken, b => b.Rule == Rules.NeverHappened).Text, StringComparison.Ordinal);
        Assert.Empty(ScenarioRunner.Run(ScenarioParser.Parse("night", [.. lines, "no log"])).Broken);
    }

    [Fact]
    public void What_is_taken_reads_back_as_it_was_written()
    {
        var scenario = ScenarioParser.Parse("night", $"{Fleet}; at 5m fence hv1 by anna because \"it hangs\"; run until 9m; log;   1.000s  something".Split("; "));

        Assert.Equal("fence hv1 by anna because \"it hangs\"", Assert.Single(scenario.Acts).Phrase);
        Assert.True(scenario.IsAccepted);
        Assert.Equal(7, scenario.Head.Length);
    }
}
