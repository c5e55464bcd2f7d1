using HaActors.Adapters.Fencing;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;

namespace HaActors.Adapters.Ipmi;

/// <summary>A BMC through <c>ipmitool -I lanplus</c>, one process a call. The only commands that it knows are <c>chassis power status</c>, <c>off</c> and <c>on</c>, and Get System GUID.</summary>
/// <param name="monotonic">As <see cref="DeviceSwitch{TDevice}"/> has it.</param>
public sealed class IpmitoolSwitch(IpmiOptions options, TimeProvider time, Func<TimeSpan>? monotonic = null) : DeviceSwitch<IpmiDevice>(time, monotonic)
{
    private readonly TimeProvider _time = time;

    private protected override async Task<FenceAnswer> AskAsync(IpmiDevice device, FenceVerb verb, Func<bool>? mayStillLeave, CancellationToken stopping)
    {
        var ended = await ToolRun.RunAsync(IpmitoolCommand.For(options.Tool, device, verb), options.CallTimeout, _time, mayStillLeave, stopping).ConfigureAwait(false);
        var (outcome, detail) = IpmitoolAnswer.Read(verb, ended, options);
        if (verb != FenceVerb.Identity || outcome != PowerOutcome.Accepted) return new(outcome, detail);
        return new(outcome, detail.Length > 0 ? $"the BMC tells no GUID: {detail}" : "the BMC knows no GUID", IpmitoolAnswer.GuidOf(detail));
    }

    private protected override Secret SecretOf(IpmiDevice device) => device.Password;

    private protected override FenceAnswer? Unusable(IpmiDevice device)
    {
        if (device.Problem is not { } problem) return null;
        var detail = $"its settings can't be used: {problem}";
        if (device.CipherSuite is < 0 or > 17) return new(PowerOutcome.Refused, detail);
        return problem.StartsWith("username", StringComparison.Ordinal) || problem.StartsWith("password", StringComparison.Ordinal)
            ? new(PowerOutcome.AuthenticationFailed, detail)
            : new(PowerOutcome.Unreachable, detail);
    }
}
