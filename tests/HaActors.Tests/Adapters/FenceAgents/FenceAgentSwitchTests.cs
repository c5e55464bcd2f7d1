using System.Collections.Immutable;
using HaActors.Adapters;
using HaActors.Adapters.FenceAgents;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Tests.Adapters.Ipmi;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace HaActors.Tests.Adapters.FenceAgents;

/// <summary>How a fence agent is called and understood, seen by scripts that stand in for one; and a real one of Debian's against a real BMC.</summary>
public sealed class FenceAgentSwitchTests : IDisposable
{
    private const string Password = "pw 'with' $x";

    private readonly string _folder = Directory.CreateTempSubdirectory("haactors-agents-").FullName;
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Options_and_password_go_over_standard_input_and_nothing_is_on_the_command_line()
    {
        await ScriptAsync("tr '\\0' '\\n' </proc/$$/cmdline >cmdline; tr '\\0' '\\n' </proc/$$/environ >environment; cat >input; echo Status: ON");

        Assert.Equal((PowerOutcome.On, "Status: ON"), await ReadAsync(Device(("ip", "10.0.0.5"), ("plug", "3"), ("identity_file", " spaced "))));
        Assert.Equal([Path.Combine(_folder, "fence_own")], Lines("cmdline")[1..]);
        Assert.Equal(["identity_file=\" spaced \"", "ip=10.0.0.5", "plug=3", "password=" + Password, "action=status"], Lines("input"));
        Assert.DoesNotContain(Lines("environment"), line => line.Contains(Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_secret_goes_under_the_name_that_the_agent_knows()
    {
        await ScriptAsync("cat >input; echo Status: ON");

        await ReadAsync(Device(("ip", "10.0.0.5")) with { PasswordOption = "community" });

        Assert.Equal(["ip=10.0.0.5", "community=" + Password, "action=status"], Lines("input"));
    }

    [Theory]
    [InlineData("echo Status: OFF; exit 2", PowerOutcome.Off)]
    [InlineData("echo Status: ON", PowerOutcome.On)]
    [InlineData("exit 2", PowerOutcome.Unreachable)]
    [InlineData("echo 'error: no such option' >&2; exit 2", PowerOutcome.Unreachable)]
    [InlineData("echo Status: OFF", PowerOutcome.Unreachable)]
    [InlineData("echo Status: ON; exit 2", PowerOutcome.Unreachable)]
    [InlineData("echo Status: OFF; echo Status: ON; exit 2", PowerOutcome.Unreachable)]
    [InlineData("echo Status: ERROR; exit 1", PowerOutcome.Unreachable)]
    [InlineData("true", PowerOutcome.Unreachable)]
    [InlineData("echo Unable to connect/login to fencing device >&2; exit 3", PowerOutcome.Unreachable)]
    [InlineData("echo Permission denied, please try again. >&2; exit 3", PowerOutcome.AuthenticationFailed)]
    [InlineData("exit 4", PowerOutcome.Unreachable)]
    [InlineData("echo Failed: Unable to obtain correct plug status or plug is not available >&2; exit 8", PowerOutcome.Refused)]
    [InlineData("exit 10", PowerOutcome.AuthenticationFailed)]
    public async Task Exit_code_and_text_of_a_status_must_agree(string body, PowerOutcome outcome)
    {
        await ScriptAsync("cat >input; " + body);

        Assert.Equal(outcome, (await ReadAsync(Device(("ip", "10.0.0.5")))).Item1);
    }

    [Theory]
    [InlineData("echo Success: Powered OFF", PowerOutcome.Accepted)]
    [InlineData("echo Success: Already OFF", PowerOutcome.Accepted)]
    [InlineData("echo Failed: Timed out waiting to power OFF >&2; exit 7", PowerOutcome.TimedOut)]
    [InlineData("echo Connection lost >&2; exit 4", PowerOutcome.TimedOut)]
    [InlineData("exit 1", PowerOutcome.TimedOut)]
    [InlineData("exit 3", PowerOutcome.Unreachable)]
    [InlineData("exit 11", PowerOutcome.AuthenticationFailed)]
    public async Task The_end_of_an_off_proves_nothing(string body, PowerOutcome outcome)
    {
        await ScriptAsync("cat >input; " + body);

        Assert.Equal(outcome, (await Switch().TurnOffAsync(Device(("ip", "10.0.0.5")), () => true, default)).Outcome);
        Assert.Equal("action=off", Lines("input")[^1]);
    }

    [Fact]
    public async Task An_off_that_may_no_longer_leave_is_never_sent()
    {
        await ScriptAsync("cat >input");

        Assert.Equal(PowerOutcome.NotSent, (await Switch().TurnOffAsync(Device(("ip", "10.0.0.5")), () => false, default)).Outcome);
        Assert.False(File.Exists(Path.Combine(_folder, "input")));
    }

    [Fact]
    public async Task An_agent_that_ends_without_reading_is_heard_all_the_same()
    {
        await ScriptAsync("exec <&-; echo Status: OFF; exit 2");

        Assert.Equal(PowerOutcome.Off, (await ReadAsync(Device(("ip", "10.0.0.5")))).Item1);
    }

    [Fact]
    public async Task A_hanging_agent_is_killed_with_its_children()
    {
        await ScriptAsync("cat >input; sleep 1000 & echo $! >child; echo done >ready; wait");

        var reading = Switch().ReadAsync(Device(("ip", "10.0.0.5")), default);
        await Until.TrueAsync(() => File.Exists(Path.Combine(_folder, "ready")));
        _time.Advance(new FencingOptions().CallTimeout);

        Assert.Equal(PowerOutcome.TimedOut, (await reading).Outcome);
        await Until.TrueAsync(() => SimulatedBmc.IsGone(int.Parse(Lines("child")[0], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_missing_agent_is_named_with_what_to_do()
    {
        var (outcome, detail) = await ReadAsync(Device(("ip", "10.0.0.5")) with { Agent = "fence_none" });

        Assert.Equal(PowerOutcome.ToolMissing, outcome);
        Assert.Contains("HaActors:Fencing:AgentDirectories", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Debians_own_agent_switches_a_real_bmc()
    {
        await using var bmc = await SimulatedBmc.StartAsync();
        var agents = new FenceAgentSwitch(new FencingOptions { CallTimeout = TimeSpan.FromSeconds(60) }, TimeProvider.System);
        var device = new FenceAgentDevice("fence_ipmilan", Options(("ip", bmc.Device.Host), ("ipport", $"{bmc.Device.Port}"), ("username", "admin"), ("lanplus", "1"), ("cipher", "3")),
            new Secret(SimulatedBmc.Password));

        Assert.Equal((PowerOutcome.On, "Status: ON"), Told(await agents.ReadAsync(device, default)));
        Assert.Equal(PowerOutcome.Accepted, (await agents.TurnOffAsync(device, () => true, default)).Outcome);
        Assert.False(bmc.IsOn);
        Assert.Equal((PowerOutcome.Off, "Status: OFF"), Told(await agents.ReadAsync(device, default)));
        Assert.Equal(PowerOutcome.Accepted, (await agents.TurnOnAsync(device, default)).Outcome);
        Assert.True(bmc.IsOn);
        var (outcome, detail) = Told(await agents.ReadAsync(device with { Password = new Secret("wrong-one") }, default));
        Assert.NotEqual(PowerOutcome.Off, outcome);
        Assert.NotEqual(PowerOutcome.On, outcome);
        Assert.DoesNotContain("wrong-one", detail, StringComparison.Ordinal);
    }

    private static ImmutableSortedDictionary<string, string> Options(params (string Name, string Value)[] options) =>
        options.ToImmutableSortedDictionary(o => o.Name, o => o.Value, StringComparer.Ordinal);

    private static FenceAgentDevice Device(params (string Name, string Value)[] options) => new("fence_own", Options(options), new Secret(Password));

    private FenceAgentSwitch Switch() => new(new FencingOptions { AgentDirectories = [_folder] }, _time);

    private async Task<(PowerOutcome, string)> ReadAsync(FenceAgentDevice device) => Told(await Switch().ReadAsync(device, default));

    private static (PowerOutcome, string) Told(PowerReading reading) => (reading.Outcome, reading.Detail);

    private Task ScriptAsync(string body) => ExecutableFile.WriteAsync(Path.Combine(_folder, "fence_own"), $"#!/bin/sh\ncd {_folder}\n{body}\n");

    private string[] Lines(string file) => File.ReadAllLines(Path.Combine(_folder, file));
}
