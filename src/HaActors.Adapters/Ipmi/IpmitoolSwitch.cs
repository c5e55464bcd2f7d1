using System.Text;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Adapters.Ipmi;

/// <summary>A BMC through <c>ipmitool -I lanplus</c>, one process a call. The only commands that it knows are <c>chassis power status</c>, <c>off</c> and <c>on</c>.</summary>
/// <param name="monotonic">The clock of <see cref="PowerReading.Begun"/>: must be the one that the readings are compared on. Null: <paramref name="time"/>'s timestamp.</param>
public sealed class IpmitoolSwitch(IpmiOptions options, TimeProvider time, Func<TimeSpan>? monotonic = null) : IPowerSwitch
{
    private const int LongestUsername = 16;
    private const int LongestPassword = 20;

    private readonly Func<TimeSpan> _now = monotonic ?? (() => time.GetElapsedTime(0));

    public Task<PowerReading> ReadAsync(FenceDevice device, CancellationToken stopping) => CallAsync(device, IpmitoolVerb.Status, null, stopping);

    public Task<PowerReading> TurnOffAsync(FenceDevice device, Func<bool> mayStillLeave, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(mayStillLeave);
        return CallAsync(device, IpmitoolVerb.Off, mayStillLeave, stopping);
    }

    public Task<PowerReading> TurnOnAsync(FenceDevice device, CancellationToken stopping) => CallAsync(device, IpmitoolVerb.On, null, stopping);

    public async Task<DeviceIdentity> IdentityAsync(FenceDevice device, CancellationToken stopping)
    {
        var reading = await CallAsync(device, IpmitoolVerb.Identity, null, stopping).ConfigureAwait(false);
        if (reading.Outcome != PowerOutcome.Accepted) return new DeviceIdentity.Trouble(reading.Outcome, reading.Detail);
        return IpmitoolAnswer.GuidOf(reading.Detail) is { } guid ? new DeviceIdentity.Known(guid) : new DeviceIdentity.None(reading.Detail.Length > 0 ? $"the BMC tells no GUID: {reading.Detail}" : "the BMC knows no GUID");
    }

    private async Task<PowerReading> CallAsync(FenceDevice device, IpmitoolVerb verb, Func<bool>? mayStillLeave, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(device);
        stopping.ThrowIfCancellationRequested();
        var begun = _now();
        if (device is not IpmiDevice bmc) return new(PowerOutcome.Refused, begun, $"{device.Name} is no BMC that speaks IPMI");
        if (Unusable(bmc) is { } wrong) return wrong with { Begun = begun };

        var ended = await ToolRun.RunAsync(IpmitoolCommand.For(options.Tool, bmc, verb), options.CallTimeout, time, mayStillLeave, stopping).ConfigureAwait(false);
        var (outcome, detail) = IpmitoolAnswer.Read(verb, ended, options);
        return new PowerReading(outcome, begun, Without(bmc.Password.Reveal(), detail));
    }

    /// <summary>Settings that the tool would refuse, or read as something else than they are.</summary>
    private static PowerReading? Unusable(IpmiDevice device)
    {
        if (device.Host.StartsWith('-') || Uri.CheckHostName(device.Host) == UriHostNameType.Unknown)
            return new(PowerOutcome.Unreachable, default, "the BMC's host is neither a host name nor an IP address");
        if (device.Port is < 1 or > 65535)
            return new(PowerOutcome.Unreachable, default, $"the BMC's port is {device.Port}: from 1 to 65535 is possible");
        if (device.CipherSuite is < 0 or > 17)
            return new(PowerOutcome.Refused, default, $"the BMC's cipher suite is {device.CipherSuite}: from 0 to 17 is possible");
        if (device.Username.StartsWith('-') || device.Username.Any(char.IsControl) || Encoding.UTF8.GetByteCount(device.Username) > LongestUsername)
            return new(PowerOutcome.AuthenticationFailed, default, $"the BMC's user name must have at most {LongestUsername} bytes, no control characters and no leading '-'");
        return device.Password.Reveal().Contains('\0') || Encoding.UTF8.GetByteCount(device.Password.Reveal()) > LongestPassword
            ? new(PowerOutcome.AuthenticationFailed, default, $"the BMC's password is longer than the {LongestPassword} bytes that IPMI knows")
            : null;
    }

    /// <summary>No BMC and no version of the tool is known to echo it; should one do so, it ends here.</summary>
    private static string Without(string password, string detail) =>
        password.Length == 0 ? detail : detail.Replace(password, "(secret)", StringComparison.Ordinal);
}
