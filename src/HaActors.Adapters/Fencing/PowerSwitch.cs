using HaActors.Adapters.Executables;
using HaActors.Adapters.FenceAgents;
using HaActors.Adapters.Ipmi;
using HaActors.Adapters.Redfish;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Adapters.Fencing;

/// <summary>All kinds of fence device behind one port.</summary>
/// <param name="monotonic">The clock of <see cref="PowerReading.Begun"/>: must be the one that the readings are compared on. Null: <paramref name="time"/>'s timestamp.</param>
public sealed class PowerSwitch(IpmiOptions ipmi, FencingOptions fencing, TimeProvider time, Func<TimeSpan>? monotonic = null) : IPowerSwitch
{
    private readonly IpmitoolSwitch _ipmi = new(ipmi, time, monotonic);
    private readonly RedfishSwitch _redfish = new(fencing, time, monotonic);
    private readonly FenceAgentSwitch _agents = new(fencing, time, monotonic);
    private readonly ExecutableSwitch _executables = new(fencing, time, monotonic);

    public Task<PowerReading> ReadAsync(FenceDevice device, CancellationToken stopping) => For(device).ReadAsync(device, stopping);

    public Task<PowerReading> TurnOffAsync(FenceDevice device, Func<bool> mayStillLeave, CancellationToken stopping) => For(device).TurnOffAsync(device, mayStillLeave, stopping);

    public Task<PowerReading> TurnOnAsync(FenceDevice device, CancellationToken stopping) => For(device).TurnOnAsync(device, stopping);

    public Task<DeviceIdentity> IdentityAsync(FenceDevice device, CancellationToken stopping) => For(device).IdentityAsync(device, stopping);

    private IPowerSwitch For(FenceDevice device) => device switch
    {
        IpmiDevice => _ipmi,
        RedfishDevice => _redfish,
        FenceAgentDevice => _agents,
        ExecutableDevice => _executables,
        _ => throw new ArgumentOutOfRangeException(nameof(device), device?.GetType().Name, "a kind of fence device that has no adapter"),
    };
}
