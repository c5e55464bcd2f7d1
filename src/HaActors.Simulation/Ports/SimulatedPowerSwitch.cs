using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using HaActors.Simulation.World;

namespace HaActors.Simulation.Ports;

/// <summary>Speaks to the world's BMCs from where one master stands. What has left is done, although its master is gone.</summary>
/// <param name="callTimeout">15 s unless told: then the outcome is unknown.</param>
public sealed class SimulatedPowerSwitch(SimulatedWorld world, string master, TimeSpan? callTimeout = null) : IPowerSwitch
{
    /// <summary>So long the tool itself waits for a BMC that says nothing.</summary>
    private static readonly TimeSpan ToolPatience = TimeSpan.FromSeconds(6);
    private readonly TimeSpan _callTimeout = callTimeout ?? TimeSpan.FromSeconds(15);

    private enum Command { Status, Off, On, Identity }

    public Task<PowerReading> ReadAsync(FenceDevice device, CancellationToken stopping) => CallAsync(device, Command.Status, stopping);

    public Task<PowerReading> TurnOffAsync(FenceDevice device, Func<bool> mayStillLeave, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(mayStillLeave);
        stopping.ThrowIfCancellationRequested();
        return mayStillLeave() ? CallAsync(device, Command.Off, stopping) : Task.FromResult(new PowerReading(PowerOutcome.NotSent, Monotonic(), "it was allowed too long ago, or is not allowed any more"));
    }

    public Task<PowerReading> TurnOnAsync(FenceDevice device, CancellationToken stopping) => CallAsync(device, Command.On, stopping);

    public async Task<DeviceIdentity> IdentityAsync(FenceDevice device, CancellationToken stopping)
    {
        var reading = await CallAsync(device, Command.Identity, stopping).ConfigureAwait(false);
        return reading.Outcome != PowerOutcome.Accepted ? new DeviceIdentity.Trouble(reading.Outcome, reading.Detail)
            // Its identity is what it carries inside, whatever address its cable has.
            : reading.Detail.Length > 0 ? new DeviceIdentity.Known(reading.Detail) : new DeviceIdentity.None("a power strip has no identity of its own");
    }

    private async Task<PowerReading> CallAsync(FenceDevice device, Command command, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(device);
        stopping.ThrowIfCancellationRequested();
        var begun = Monotonic();
        if (command is Command.Off or Command.On) world.Do(() => world.Tell($"{(command == Command.Off ? "off" : "on")} {world.MeantBy(device)} sent by {master}{(device is IpmiDevice ? "" : $" to {device.Name}")}"));
        try
        {
            var (outcome, detail) = await AnswerAsync(device, command).WaitAsync(_callTimeout, world.Time, stopping).ConfigureAwait(false);
            return new PowerReading(outcome, begun, detail);
        }
        catch (TimeoutException)
        {
            return new PowerReading(PowerOutcome.TimedOut, begun, $"no end within {_callTimeout.TotalSeconds:0.#} s");
        }
    }

    private async Task<(PowerOutcome Outcome, string Detail)> AnswerAsync(FenceDevice device, Command command)
    {
        await DelayAsync(world.Draw(world.Timings.Bmc)).ConfigureAwait(false);
        var (done, late) = world.Do(() => Carry(device, command));
        if (done is not { } answer) return await new TaskCompletionSource<(PowerOutcome, string)>().Task.ConfigureAwait(false);
        await DelayAsync(answer.Outcome == PowerOutcome.Unreachable ? ToolPatience : late).ConfigureAwait(false);
        return answer;
    }

    /// <summary>The call reaches its BMC. No answer at all: null.</summary>
    private ((PowerOutcome Outcome, string Detail)? Answer, TimeSpan Late) Carry(FenceDevice device, Command command)
    {
        (PowerOutcome, string) unreachable = (PowerOutcome.Unreachable, "no answer");
        if (world.DeviceAt(master, device) is not (var bmc, var host)) return (unreachable, TimeSpan.Zero);
        var late = bmc.Mode == BmcMode.Late ? bmc.Late : TimeSpan.Zero;
        if (bmc.Mode == BmcMode.Hang) return (null, late);
        if (!bmc.Lets(device)) return ((PowerOutcome.AuthenticationFailed, "the BMC refuses the user or the password"), late);
        if (command == Command.Status) return (Status(bmc, host), late);
        if (command == Command.Identity) return ((PowerOutcome.Accepted, bmc.Identity ?? ""), late);
        switch (bmc.Mode)
        {
            case BmcMode.FailSet:
                return ((PowerOutcome.Refused, "Set Chassis Power Control failed"), late);
            case BmcMode.DieMidSession:
                bmc.IsDead = true;
                world.Tell($"BMC of {host.Id} died");
                return (null, late);
            case BmcMode.Lie or BmcMode.LieStatus:
                return ((PowerOutcome.Accepted, "Chassis Power Control: Down/Off"), late);
            default:
                Switch(bmc, host, command);
                return (bmc.Mode == BmcMode.DieSet ? null : (PowerOutcome.Accepted, command == Command.Off ? "Chassis Power Control: Down/Off" : "Chassis Power Control: Up/On"), late);
        }
    }

    private static (PowerOutcome Outcome, string Detail) Status(PowerDevice bmc, Host host) => bmc.Mode switch
    {
        BmcMode.FailGet => (PowerOutcome.Refused, "Get Chassis Power Status failed"),
        BmcMode.LieStatus => (PowerOutcome.Off, "Chassis Power is off"),
        _ when bmc.FalseOffs > 0 && bmc.FalseOffs-- > 0 => (PowerOutcome.Off, "Chassis Power is off"),
        _ => (bmc is Outlet outlet ? !outlet.IsOn : host.Power == HostPower.Off) ? (PowerOutcome.Off, "Chassis Power is off") : (PowerOutcome.On, "Chassis Power is on"),
    };

    private void Switch(PowerDevice device, Host host, Command command)
    {
        if (device is Outlet outlet)
        {
            world.After(world.Draw(world.Timings.PowerOff), () => world.SwitchOutlet(host, outlet, command == Command.On));
            return;
        }

        if (command == Command.On)
        {
            if (!host.IsUnfed) world.On(host);
            return;
        }

        var boot = host.Boots;
        world.After(world.Draw(world.Timings.PowerOff), () =>
        {
            if (host.Boots == boot) world.Off(host);
        });
    }

    private TimeSpan Monotonic() => world.Time.GetElapsedTime(0);

    private Task DelayAsync(TimeSpan delay) => delay > TimeSpan.Zero ? Task.Delay(delay, world.Time, CancellationToken.None) : Task.CompletedTask;
}
