using HaActors.Adapters;
using HaActors.Adapters.Ipmi;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using Xunit;

namespace HaActors.Tests.Adapters.Ipmi;

/// <summary>Real <c>ipmitool</c> against real <c>ipmi_sim</c> over RMCP+.</summary>
public sealed class IpmitoolAgainstBmcTests : IAsyncLifetime
{
    private readonly IpmitoolSwitch _switch = new(new IpmiOptions(), TimeProvider.System);
    private SimulatedBmc _bmc = null!;

    public async Task InitializeAsync() => _bmc = await SimulatedBmc.StartAsync();

    public async Task DisposeAsync() => await _bmc.DisposeAsync();

    [Fact]
    public async Task On_is_read_off_is_taken_and_off_is_read()
    {
        Assert.Equal((PowerOutcome.On, "Chassis Power is on"), await ReadAsync());
        Assert.Equal((PowerOutcome.Accepted, "Chassis Power Control: Down/Off"), await OffAsync());
        Assert.False(_bmc.IsOn);
        Assert.Equal((PowerOutcome.Off, "Chassis Power is off"), await ReadAsync());

        Assert.Equal(PowerOutcome.Accepted, (await _switch.TurnOnAsync(_bmc.Device, default)).Outcome);
        Assert.True(_bmc.IsOn);
        Assert.All(_bmc.Asked.Where(line => line.StartsWith("set", StringComparison.Ordinal)), line => Assert.Matches("^set power [01]$", line));
    }

    [Fact]
    public async Task Without_a_cipher_suite_the_tool_asks_for_one_and_still_reads()
    {
        var reading = await _switch.ReadAsync(_bmc.Device with { CipherSuite = null }, default);

        Assert.Equal(PowerOutcome.On, reading.Outcome);
    }

    [Fact]
    public async Task A_wrong_password_is_told_from_a_dead_device_and_never_shown()
    {
        var reading = await _switch.ReadAsync(_bmc.Device with { Password = new Secret("wr0ng-pw") }, default);

        Assert.Equal(PowerOutcome.AuthenticationFailed, reading.Outcome);
        Assert.Contains("RAKP 2 HMAC is invalid", reading.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng-pw", reading.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_user_is_told_from_a_dead_device()
    {
        var reading = await _switch.ReadAsync(_bmc.Device with { Username = "nobody" }, default);

        Assert.Equal(PowerOutcome.AuthenticationFailed, reading.Outcome);
        Assert.Contains("unauthorized name", reading.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cipher_suite_that_the_device_does_not_know_is_a_refusal()
    {
        var reading = await _switch.ReadAsync(_bmc.Device with { CipherSuite = 17 }, default);

        Assert.Equal(PowerOutcome.Refused, reading.Outcome);
        Assert.Contains("authentication algorithm", reading.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_device_is_unreachable()
    {
        await _bmc.DieAsync();

        Assert.Equal(PowerOutcome.Unreachable, (await ReadAsync()).Outcome);
    }

    [Fact]
    public async Task A_hung_device_is_unreachable()
    {
        _bmc.Hang();

        Assert.Equal(PowerOutcome.Unreachable, (await OffAsync()).Outcome);
        Assert.True(_bmc.IsOn);
    }

    [Fact]
    public async Task A_device_that_refuses_is_quoted()
    {
        _bmc.Mood("refuse");
        Assert.Equal((PowerOutcome.Refused, "Set Chassis Power Control to Down/Off failed: Unspecified error"), await OffAsync());

        _bmc.Mood("unreadable");
        Assert.Equal((PowerOutcome.Refused, "Get Chassis Power Status failed: Unspecified error"), await ReadAsync());
    }

    [Fact]
    public async Task A_command_that_was_taken_and_not_done_is_no_off()
    {
        _bmc.Mood("lie");

        Assert.Equal(PowerOutcome.Accepted, (await OffAsync()).Outcome);
        Assert.Equal(PowerOutcome.On, (await ReadAsync()).Outcome);
    }

    [Fact]
    public async Task A_slow_power_off_reads_on_until_it_is_off()
    {
        _bmc.Mood("late 1");

        Assert.Equal(PowerOutcome.Accepted, (await OffAsync()).Outcome);
        var readings = new[] { (await ReadAsync()).Outcome, (await ReadAsync()).Outcome, (await ReadAsync()).Outcome };
        Assert.Equal(PowerOutcome.On, readings[0]);
        Assert.Equal(PowerOutcome.Off, readings[^1]);
    }

    [Fact]
    public async Task A_lost_answer_to_off_says_that_it_may_have_been_done()
    {
        _bmc.Mood("mute");
        Assert.Equal(PowerOutcome.TimedOut, (await OffAsync()).Outcome);

        _bmc.Mood("ok");
        _bmc.Resume();
        Assert.Equal(PowerOutcome.Off, (await ReadAsync()).Outcome);
    }

    [Fact]
    public async Task An_off_that_may_no_longer_leave_is_never_sent()
    {
        var reading = await _switch.TurnOffAsync(_bmc.Device, () => false, default);

        Assert.Equal(PowerOutcome.NotSent, reading.Outcome);
        Assert.DoesNotContain(_bmc.Asked, line => line.StartsWith("set", StringComparison.Ordinal));
        Assert.True(_bmc.IsOn);
    }

    [Fact]
    public async Task Its_identity_is_the_guid_that_it_tells()
    {
        await using var other = await SimulatedBmc.StartAsync("a123456789abcdefa123456700000002");

        var first = Assert.IsType<DeviceIdentity.Known>(await _switch.IdentityAsync(_bmc.Device, default));
        Assert.Equal(first, await _switch.IdentityAsync(_bmc.Device, default));
        Assert.Equal("a1234567-89ab-cdef-a123-456700000001", first.Id);
        Assert.NotEqual(first, await _switch.IdentityAsync(other.Device, default));
        Assert.DoesNotContain(_bmc.Asked, line => line.StartsWith("set", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_empty_guid_is_no_identity_and_a_dead_device_has_not_lost_its_own()
    {
        await using var empty = await SimulatedBmc.StartAsync("00000000000000000000000000000000");

        Assert.IsType<DeviceIdentity.None>(await _switch.IdentityAsync(empty.Device, default));
        Assert.Equal(PowerOutcome.AuthenticationFailed, Assert.IsType<DeviceIdentity.Trouble>(await _switch.IdentityAsync(_bmc.Device with { Password = new Secret("wr0ng-pw") }, default)).Outcome);
        await _bmc.DieAsync();
        Assert.Equal(PowerOutcome.Unreachable, Assert.IsType<DeviceIdentity.Trouble>(await _switch.IdentityAsync(_bmc.Device, default)).Outcome);
    }

    private async Task<(PowerOutcome Outcome, string Detail)> ReadAsync()
    {
        var reading = await _switch.ReadAsync(_bmc.Device, default);
        return (reading.Outcome, reading.Detail);
    }

    private async Task<(PowerOutcome Outcome, string Detail)> OffAsync()
    {
        var reading = await _switch.TurnOffAsync(_bmc.Device, () => true, default);
        return (reading.Outcome, reading.Detail);
    }
}
