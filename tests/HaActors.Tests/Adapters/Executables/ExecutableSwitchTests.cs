using System.Collections.Immutable;
using System.Runtime.Versioning;
using HaActors.Adapters;
using HaActors.Adapters.Executables;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Tests.Adapters.Ipmi;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace HaActors.Tests.Adapters.Executables;

/// <summary>A site's own program, played by scripts.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ExecutableSwitchTests : IDisposable
{
    private const string Password = "pw with 'quotes\" $x";

    private readonly string _folder = Directory.CreateTempSubdirectory("haactors-exec-").FullName;
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_is_told_the_action_its_arguments_and_the_password_where_nobody_sees_it()
    {
        var device = await DeviceAsync("""
            tr '\0' '\n' </proc/$$/cmdline >cmdline
            tr '\0' '\n' </proc/$$/environ >environment
            echo on
            """);

        Assert.Equal((PowerOutcome.On, "on"), await ReadAsync(device with { Arguments = ["--plug", "a b"] }));
        Assert.Equal([device.Path, "status", "--plug", "a b"], Lines("cmdline")[1..]);
        Assert.Equal(["HAACTORS_FENCE_PASSWORD=" + Password, "LC_ALL=C", "PATH="], Lines("environment").Select(l => l.StartsWith("PATH=", StringComparison.Ordinal) ? "PATH=" : l).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("echo off", PowerOutcome.Off)]
    [InlineData("echo on", PowerOutcome.On)]
    [InlineData("echo OFF", PowerOutcome.Unreachable)]
    [InlineData("echo off; echo on", PowerOutcome.Unreachable)]
    [InlineData("true", PowerOutcome.Unreachable)]
    [InlineData("echo off; exit 1", PowerOutcome.Unreachable)]
    [InlineData("echo off; exit 2", PowerOutcome.Unreachable)]
    [InlineData("echo wrong password >&2; exit 3", PowerOutcome.AuthenticationFailed)]
    [InlineData("exit 4", PowerOutcome.Unreachable)]
    [InlineData("exit 6", PowerOutcome.Refused)]
    public async Task A_status_is_one_word_and_a_good_end(string body, PowerOutcome outcome) => Assert.Equal(outcome, (await ReadAsync(await DeviceAsync(body))).Item1);

    [Theory]
    [InlineData("exit 0", PowerOutcome.Accepted)]
    [InlineData("exit 1", PowerOutcome.TimedOut)]
    [InlineData("exit 3", PowerOutcome.AuthenticationFailed)]
    [InlineData("exit 6", PowerOutcome.Refused)]
    public async Task The_end_of_an_off_proves_nothing(string body, PowerOutcome outcome)
    {
        var device = await DeviceAsync($"echo $1 >action; {body}");

        Assert.Equal(outcome, (await Switch().TurnOffAsync(device, () => true, default)).Outcome);
        Assert.Equal(["off"], Lines("action"));
    }

    [Fact]
    public async Task An_off_that_may_no_longer_leave_is_never_sent()
    {
        var device = await DeviceAsync("echo $1 >action");

        Assert.Equal(PowerOutcome.NotSent, (await Switch().TurnOffAsync(device, () => false, default)).Outcome);
        Assert.False(File.Exists(Path.Combine(_folder, "action")));
    }

    [Fact]
    public async Task A_hanging_program_is_killed_with_its_children()
    {
        var device = await DeviceAsync("echo $$ >parent; sleep 1000 & echo $! >child; echo done >ready; wait");

        var reading = Switch().TurnOffAsync(device, () => true, default);
        await Until.TrueAsync(() => File.Exists(Path.Combine(_folder, "ready")));
        _time.Advance(new FencingOptions().CallTimeout);

        Assert.Equal((PowerOutcome.TimedOut, "no end within 20 s, the tool was killed"), ((await reading).Outcome, (await reading).Detail));
        await Until.TrueAsync(() => SimulatedBmc.IsGone(int.Parse(Lines("child")[0], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task What_others_can_change_is_not_run()
    {
        var device = await DeviceAsync("echo off");
        File.SetUnixFileMode(device.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite);

        Assert.Equal((PowerOutcome.ToolMissing, $"not run: {device.Path} can be written by everybody: chmod o-w"), await ReadAsync(device));

        File.SetUnixFileMode(device.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);
        Assert.Equal(PowerOutcome.ToolMissing, (await ReadAsync(device)).Item1);

        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(PowerOutcome.Off, (await ReadAsync(device)).Item1);
    }

    [Fact]
    public async Task What_is_missing_or_no_program_is_named()
    {
        Assert.Equal((PowerOutcome.ToolMissing, $"not run: {_folder}/none does not exist"), await ReadAsync(new(Path.Combine(_folder, "none"), [], null)));

        await File.WriteAllTextAsync(Path.Combine(_folder, "text"), "off");
        Assert.Equal((PowerOutcome.ToolMissing, $"not run: {_folder}/text is not executable"), await ReadAsync(new(Path.Combine(_folder, "text"), [], null)));
        Assert.Equal(PowerOutcome.Refused, (await ReadAsync(new("relative", [], null))).Item1);
    }

    [Fact]
    public async Task It_has_no_identity_and_shows_no_password()
    {
        var device = await DeviceAsync("echo \"refused: $HAACTORS_FENCE_PASSWORD\" >&2; exit 6");

        Assert.IsType<DeviceIdentity.None>(await Switch().IdentityAsync(device, default));
        Assert.Equal((PowerOutcome.Refused, "refused: (secret) (exit code 6)"), await ReadAsync(device));
    }

    private ExecutableSwitch Switch() => new(new FencingOptions(), _time);

    private async Task<(PowerOutcome, string)> ReadAsync(ExecutableDevice device)
    {
        var reading = await Switch().ReadAsync(device, default);
        return (reading.Outcome, reading.Detail);
    }

    private async Task<ExecutableDevice> DeviceAsync(string body)
    {
        var path = Path.Combine(_folder, "fence");
        await ExecutableFile.WriteAsync(path, $"#!/bin/sh\ncd {_folder}\n{body}\n");
        return new(path, ImmutableArray<string>.Empty, new Secret(Password));
    }

    private string[] Lines(string file) => File.ReadAllLines(Path.Combine(_folder, file));
}
