using System.Globalization;
using HaActors.Adapters;
using HaActors.Adapters.Ipmi;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace HaActors.Tests.Adapters.Ipmi;

/// <summary>How the tool is called and ended, seen by scripts that stand in for it.</summary>
public sealed class IpmitoolProcessTests : IDisposable
{
    private const string Password = "pw with 'quotes\" $x";
    private static readonly IpmiDevice Device = new("bmc1.example", 6230, "admin", new Secret(Password), 3);

    private readonly string _folder = Directory.CreateTempSubdirectory("haactors-tool-").FullName;
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_password_is_in_the_environment_and_nowhere_on_the_command_line()
    {
        var tool = await ScriptAsync("""
            tr '\0' '\n' </proc/$$/cmdline >cmdline
            tr '\0' '\n' </proc/$$/environ >environment
            echo "Chassis Power is on"
            """);

        var reading = await tool.ReadAsync(Device, default);

        Assert.Equal((PowerOutcome.On, "Chassis Power is on"), (reading.Outcome, reading.Detail));
        Assert.Equal(
            ["-v", "-I", "lanplus", "-H", "bmc1.example", "-p", "6230", "-U", "admin", "-C", "3", "-N", "1", "-R", "2", "-E", "chassis", "power", "status"],
            Lines("cmdline").SkipWhile(line => line != "-v"));
        Assert.Equal(["IPMI_PASSWORD=" + Password, "LC_ALL=C", "PATH="], Lines("environment").Select(line => line.StartsWith("PATH=", StringComparison.Ordinal) ? "PATH=" : line).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_hanging_tool_is_killed_with_its_children_and_reaped()
    {
        var tool = await ScriptAsync("echo $$ >parent; sleep 1000 & echo $! >child; echo done >ready; wait");

        var reading = tool.TurnOffAsync(Device, () => true, default);
        await Until.TrueAsync(() => File.Exists(Path.Combine(_folder, "ready")));
        Assert.False(reading.IsCompleted);
        _time.Advance(new IpmiOptions().CallTimeout);

        Assert.Equal((PowerOutcome.TimedOut, "no end within 15 s, the tool was killed"), ((await reading).Outcome, (await reading).Detail));
        Assert.False(Directory.Exists($"/proc/{Pid("parent")}"));
        await Until.TrueAsync(() => SimulatedBmc.IsGone(Pid("child")));
    }

    [Fact]
    public async Task A_stopped_caller_leaves_no_tool_behind()
    {
        var tool = await ScriptAsync("echo $$ >parent; echo done >ready; exec sleep 1000");
        using var stop = new CancellationTokenSource();

        var reading = tool.ReadAsync(Device, stop.Token);
        await Until.TrueAsync(() => File.Exists(Path.Combine(_folder, "ready")));
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.False(Directory.Exists($"/proc/{Pid("parent")}"));
    }

    [Fact]
    public async Task A_missing_tool_is_named_with_what_to_do()
    {
        var tool = new IpmitoolSwitch(new IpmiOptions { Tool = Path.Combine(_folder, "none") }, _time);

        var reading = await tool.ReadAsync(Device, default);

        Assert.Equal(PowerOutcome.ToolMissing, reading.Outcome);
        Assert.Contains("HaActors:Ipmi:Tool", reading.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_question_whether_it_may_leave_comes_before_any_process()
    {
        var tool = await ScriptAsync("echo started >started");

        var reading = await tool.TurnOffAsync(Device, () => false, default);

        Assert.Equal(PowerOutcome.NotSent, reading.Outcome);
        Assert.False(File.Exists(Path.Combine(_folder, "started")));
    }

    [Fact]
    public async Task A_reading_is_as_old_as_its_question()
    {
        var now = TimeSpan.FromSeconds(100);
        var tool = new IpmitoolSwitch(new IpmiOptions { Tool = await WriteAsync("echo Chassis Power is off") }, _time, () => now);

        var reading = tool.ReadAsync(Device, default);
        now = TimeSpan.FromSeconds(200);

        Assert.Equal(TimeSpan.FromSeconds(100), (await reading).Begun);
    }

    [Fact]
    public async Task A_flood_of_output_neither_blocks_nor_fills_the_memory()
    {
        var tool = await ScriptAsync("head -c 20000000 /dev/zero | tr '\\0' 'x'; echo; echo Chassis Power is off");

        var reading = await tool.ReadAsync(Device, default);

        Assert.Equal(PowerOutcome.Unreachable, reading.Outcome);
        Assert.InRange(reading.Detail.Length, 1, 500);
    }

    [Fact]
    public async Task A_tool_that_shows_the_password_does_not_show_it_to_us()
    {
        var reading = await (await ScriptAsync("echo \"password $IPMI_PASSWORD\" >&2; exit 1")).ReadAsync(Device, default);

        Assert.Equal("password (secret)", reading.Detail);
    }

    [Theory]
    [InlineData("-H", "admin", 623, 3, PowerOutcome.Unreachable)]
    [InlineData("bmc 1", "admin", 623, 3, PowerOutcome.Unreachable)]
    [InlineData("", "admin", 623, 3, PowerOutcome.Unreachable)]
    [InlineData("bmc1", "admin", 0, 3, PowerOutcome.Unreachable)]
    [InlineData("bmc1", "admin", 623, 99, PowerOutcome.Refused)]
    [InlineData("bmc1", "-f/etc/passwd", 623, 3, PowerOutcome.AuthenticationFailed)]
    [InlineData("bmc1", "a-name-of-17-byte", 623, 3, PowerOutcome.AuthenticationFailed)]
    public async Task What_could_be_read_as_something_else_is_never_passed_on(string host, string user, int port, int suite, PowerOutcome outcome)
    {
        var tool = await ScriptAsync("echo started >started; echo Chassis Power is off");

        var reading = await tool.ReadAsync(new IpmiDevice(host, port, user, new Secret("x"), suite), default);

        Assert.Equal(outcome, reading.Outcome);
        Assert.False(File.Exists(Path.Combine(_folder, "started")));
    }

    private async Task<IpmitoolSwitch> ScriptAsync(string body) => new(new IpmiOptions { Tool = await WriteAsync(body) }, _time);

    private async Task<string> WriteAsync(string body)
    {
        var path = Path.Combine(_folder, "tool");
        await ExecutableFile.WriteAsync(path, $"#!/bin/sh\ncd {_folder}\n{body}\n");
        return path;
    }

    private string[] Lines(string file) => File.ReadAllLines(Path.Combine(_folder, file));

    private int Pid(string file) => int.Parse(Lines(file)[0], CultureInfo.InvariantCulture);
}
