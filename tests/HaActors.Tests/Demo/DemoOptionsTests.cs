using HaActors.Demo;
using HaActors.Simulation.Live;
using Spectre.Console;
using Xunit;

namespace HaActors.Tests.Demo;

public sealed class DemoOptionsTests
{
    [Fact]
    public void Without_options_hv2_hangs_after_15_seconds_and_nothing_ends_it()
    {
        var options = DemoOptions.Parse([]);

        Assert.Equal([new PlannedAct("hv2", TimeSpan.FromSeconds(15), Death.Hang)], options.Plan);
        Assert.Null(options.Duration);
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1)), (options.Tick, options.ProbeTimeout));
    }

    [Fact]
    public void Kills_and_revivals_are_planned_in_the_order_of_their_times()
    {
        var options = DemoOptions.Parse(["--duration=1.5m", "--revive", "hv3@1m", "--kill", "hv3@5s:power", "--kill", "hv1@500ms:cable"]);

        Assert.Equal(TimeSpan.FromSeconds(90), options.Duration);
        Assert.Equal([("hv1", Death.Cable), ("hv3", Death.Power), ("hv3", (Death?)null)], options.Plan.Select(a => (a.Hypervisor, a.How)));
    }

    [Fact]
    public void None_lets_nobody_die() => Assert.Empty(DemoOptions.Parse(["--kill", "none"]).Plan);

    [Theory]
    [InlineData("--duration", "soon")]
    [InlineData("--duration", "90")]
    [InlineData("--duration")]
    [InlineData("--kill", "hv6@15s")]
    [InlineData("--kill", "hv2")]
    [InlineData("--kill", "hv2@15s:fire")]
    [InlineData("--revive", "hv2@15s:power")]
    [InlineData("--tick", "0s")]
    [InlineData("--port", "70000")]
    [InlineData("--colour")]
    public async Task A_wrong_option_is_one_line_and_exit_code_2(params string[] args)
    {
        using var errors = new StringWriter();

        var code = await DemoCommand.RunAsync(args, AnsiConsole.Console, errors);

        Assert.Equal(DemoCommand.WrongOption, code);
        Assert.Single(errors.ToString().TrimEnd().Split('\n'));
        Assert.Contains(args[0], errors.ToString(), StringComparison.Ordinal);
    }
}
