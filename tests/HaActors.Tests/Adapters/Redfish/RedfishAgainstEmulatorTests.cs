using HaActors.Adapters;
using HaActors.Adapters.Redfish;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.RedfishEmulator;
using Xunit;

namespace HaActors.Tests.Adapters.Redfish;

/// <summary>The adapter against the project's own BMC, over TLS with a pinned certificate.</summary>
public sealed class RedfishAgainstEmulatorTests : IAsyncLifetime
{
    private const string Password = "s3cret-pw";
    private const string Uuid = "4c4c4544-0043-4810-8052-b4c04f4e5931";

    private readonly string _folder = Directory.CreateTempSubdirectory("haactors-redfish-").FullName;
    private readonly Mains _mains = new();
    private readonly RedfishSwitch _switch = new(new FencingOptions { CallTimeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
    private readonly RedfishSwitch _impatient = new(new FencingOptions { CallTimeout = TimeSpan.FromSeconds(2) }, TimeProvider.System);
    private Emulator _bmc = null!;

    public async Task InitializeAsync() => _bmc = await StartAsync(Options);

    public async Task DisposeAsync()
    {
        await _bmc.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private EmulatorOptions Options => new("127.0.0.1:0", _folder, "admin", Password, Uuid);

    private RedfishDevice Device => new(_bmc.Url, "admin", new Secret(Password), CertificateSha256: _bmc.Fingerprint);

    [Fact]
    public async Task On_is_read_off_is_taken_and_off_is_read_and_on_again()
    {
        Assert.Equal(PowerOutcome.On, (await _switch.ReadAsync(Device, default)).Outcome);

        Assert.Equal(PowerOutcome.Accepted, (await _switch.TurnOffAsync(Device, () => true, default)).Outcome);
        Assert.False(_mains.IsOn);
        Assert.Equal((PowerOutcome.Off, "PowerState Off"), (await Read()));

        Assert.Equal(PowerOutcome.Accepted, (await _switch.TurnOnAsync(Device, default)).Outcome);
        Assert.True(_mains.IsOn);
        Assert.Equal(["Reset ForceOff [ok]", "Reset On [ok]"], Log("Reset "));
    }

    [Fact]
    public async Task A_command_that_was_taken_and_not_done_is_no_off()
    {
        Mood("lie");

        Assert.Equal(PowerOutcome.Accepted, (await _switch.TurnOffAsync(Device, () => true, default)).Outcome);
        Assert.Equal(PowerOutcome.On, (await _switch.ReadAsync(Device, default)).Outcome);
    }

    [Theory]
    [InlineData("poweringoff", PowerOutcome.On)]
    [InlineData("unknown", PowerOutcome.Unreachable)]
    [InlineData("failget", PowerOutcome.Unreachable)]
    public async Task Only_Off_is_off(string mood, PowerOutcome outcome)
    {
        Mood(mood);
        await _switch.TurnOffAsync(Device, () => true, default);

        Assert.Equal(outcome, (await _switch.ReadAsync(Device, default)).Outcome);
    }

    [Fact]
    public async Task An_off_that_is_refused_because_it_is_off_is_answered_by_its_status()
    {
        Mood("conflict");
        _mains.Set(false);

        Assert.Equal((PowerOutcome.Off, "answered 409: The system is off already.; PowerState Off"), Told(await _switch.TurnOffAsync(Device, () => true, default)));
    }

    [Fact]
    public async Task A_conflict_that_is_not_off_is_a_refusal()
    {
        Mood("conflict");

        Assert.Equal((PowerOutcome.Refused, "answered 409: The system is on already."), Told(await _switch.TurnOnAsync(Device, default)));
    }

    [Fact]
    public async Task An_order_that_fails_inside_the_bmc_may_have_been_carried_out()
    {
        Mood("failset");

        Assert.Equal((PowerOutcome.TimedOut, "answered 503: The service is not able to do that now.; the order may have been carried out"), Told(await _switch.TurnOffAsync(Device, () => true, default)));
    }

    [Fact]
    public async Task An_off_that_may_no_longer_leave_is_never_sent()
    {
        Assert.Equal(PowerOutcome.NotSent, (await _switch.TurnOffAsync(Device, () => false, default)).Outcome);

        Assert.True(_mains.IsOn);
        Assert.Empty(Log("Reset "));
    }

    [Fact]
    public async Task A_wrong_password_is_told_from_a_dead_device_and_never_shown()
    {
        var reading = await _switch.ReadAsync(Device with { Password = new Secret("wrong-one") }, default);

        Assert.Equal((PowerOutcome.AuthenticationFailed, "answered 401: The user or the password is wrong."), Told(reading));
        // Once: a second try would bring the lock-out nearer.
        Assert.Single(Log(""));
    }

    [Theory]
    [InlineData("hang")]
    [InlineData("slow 60")]
    public async Task A_hung_device_is_given_up_at_the_deadline(string mood)
    {
        Mood(mood);

        Assert.Equal((PowerOutcome.TimedOut, "no whole answer within 2 s"), Told(await _impatient.ReadAsync(Device, default)));
    }

    [Fact]
    public async Task A_lost_answer_to_off_says_that_it_may_have_been_done()
    {
        Mood("dieset");

        Assert.Equal(PowerOutcome.TimedOut, (await _impatient.TurnOffAsync(Device, () => true, default)).Outcome);
        Assert.False(_mains.IsOn);
    }

    [Fact]
    public async Task A_dead_device_is_unreachable()
    {
        var device = Device;
        await _bmc.DisposeAsync();

        Assert.Equal((PowerOutcome.Unreachable, "connection refused"), Told(await _switch.ReadAsync(device, default)));
    }

    [Fact]
    public async Task Another_certificate_than_the_pinned_one_hears_no_password()
    {
        var reading = await _switch.ReadAsync(Device with { CertificateSha256 = new string('a', 64) }, default);

        Assert.Equal((PowerOutcome.Refused, $"its certificate has the SHA-256 fingerprint {_bmc.Fingerprint}, and another one is registered"), Told(reading));
        Assert.Empty(Log(""));
    }

    [Fact]
    public async Task A_certificate_that_nobody_signed_is_refused_and_its_fingerprint_told()
    {
        var reading = await _switch.ReadAsync(Device with { CertificateSha256 = null }, default);

        Assert.Equal(PowerOutcome.Refused, reading.Outcome);
        Assert.Contains(_bmc.Fingerprint!, reading.Detail, StringComparison.Ordinal);
        Assert.Empty(Log(""));
    }

    [Fact]
    public async Task Its_identity_is_the_uuid_of_its_computer_system()
    {
        Assert.Equal(new DeviceIdentity.Known(Uuid), await _switch.IdentityAsync(Device, default));

        await File.WriteAllTextAsync(Path.Combine(_folder, "uuid"), "00000000-0000-0000-0000-000000000000\n");
        Assert.IsType<DeviceIdentity.None>(await _switch.IdentityAsync(Device, default));

        Mood("hang");
        Assert.Equal(PowerOutcome.TimedOut, Assert.IsType<DeviceIdentity.Trouble>(await _impatient.IdentityAsync(Device, default)).Outcome);
    }

    [Fact]
    public async Task Of_several_systems_one_must_be_named()
    {
        await _bmc.DisposeAsync();
        _bmc = await StartAsync(Options with { Systems = ["left", "right"] });

        Assert.Equal((PowerOutcome.Refused, "it has 2 computer systems; set systemId to the one of this hypervisor: left, right"), await Read());
        Assert.Equal(PowerOutcome.On, (await _switch.ReadAsync(Device with { SystemId = "left" }, default)).Outcome);
        Assert.Equal((PowerOutcome.Refused, "answered 404: There is no resource /redfish/v1/Systems/middle."), Told(await _switch.ReadAsync(Device with { SystemId = "middle" }, default)));
    }

    [Fact]
    public async Task Where_basic_authentication_is_switched_off_a_session_is_opened_and_ended()
    {
        await _bmc.DisposeAsync();
        _bmc = await StartAsync(Options with { Basic = false });

        Assert.Equal(PowerOutcome.Accepted, (await _switch.TurnOffAsync(Device, () => true, default)).Outcome);
        Assert.Equal((PowerOutcome.Off, "PowerState Off"), await Read());
        Assert.Equal(0, _bmc.OpenSessions);
        Assert.Equal(PowerOutcome.AuthenticationFailed, (await _switch.ReadAsync(Device with { Password = new Secret("wrong-one") }, default)).Outcome);
    }

    private Task<Emulator> StartAsync(EmulatorOptions options) => Emulator.StartAsync(options, _mains);

    private async Task<(PowerOutcome, string)> Read() => Told(await _switch.ReadAsync(Device, default));

    private static (PowerOutcome, string) Told(PowerReading reading) => (reading.Outcome, reading.Detail);

    private void Mood(string mood) => File.WriteAllText(Path.Combine(_folder, "mode"), mood + "\n");

    /// <summary>What the BMC was asked, without the times.</summary>
    private string[] Log(string begin)
    {
        var file = Path.Combine(_folder, "commands.log");
        return File.Exists(file) ? [.. File.ReadAllLines(file).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Where(line => line.StartsWith(begin, StringComparison.Ordinal))] : [];
    }

    private sealed class Mains : IMains
    {
        private volatile bool _on = true;

        public bool IsOn => _on;

        public void Set(bool on) => _on = on;
    }
}
