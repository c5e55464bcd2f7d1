using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Simulation.Live;

/// <summary>The world's power switch, with the age of its readings on the clock of the actors that judge it.</summary>
internal sealed class LivePower(IPowerSwitch world, Func<TimeSpan> monotonic) : IPowerSwitch
{
    public Task<PowerReading> ReadAsync(FenceDevice device, CancellationToken stopping) => OnTheirClockAsync(() => world.ReadAsync(device, stopping));

    public Task<PowerReading> TurnOffAsync(FenceDevice device, Func<bool> mayStillLeave, CancellationToken stopping) =>
        OnTheirClockAsync(() => world.TurnOffAsync(device, mayStillLeave, stopping));

    public Task<PowerReading> TurnOnAsync(FenceDevice device, CancellationToken stopping) => OnTheirClockAsync(() => world.TurnOnAsync(device, stopping));

    public Task<DeviceIdentity> IdentityAsync(FenceDevice device, CancellationToken stopping) => world.IdentityAsync(device, stopping);

    private async Task<PowerReading> OnTheirClockAsync(Func<Task<PowerReading>> call)
    {
        var begun = monotonic();
        return await call().ConfigureAwait(false) with { Begun = begun };
    }
}
