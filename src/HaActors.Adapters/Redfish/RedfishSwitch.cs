using System.Net.Sockets;
using System.Security.Authentication;
using HaActors.Adapters.Fencing;
using HaActors.Adapters.Http;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;

namespace HaActors.Adapters.Redfish;

/// <summary>A BMC over Redfish: the PowerState of one ComputerSystem, and its Reset with <c>ForceOff</c> or <c>On</c>, never another type.</summary>
/// <param name="monotonic">As <see cref="DeviceSwitch{TDevice}"/> has it.</param>
public sealed class RedfishSwitch(FencingOptions options, TimeProvider time, Func<TimeSpan>? monotonic = null) : DeviceSwitch<RedfishDevice>(time, monotonic)
{
    private readonly TimeProvider _time = time;

    private protected override Secret SecretOf(RedfishDevice device) => device.Password;

    private protected override async Task<FenceAnswer> AskAsync(RedfishDevice device, FenceVerb verb, Func<bool>? mayStillLeave, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(options.CallTimeout, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        using var connection = new RedfishConnection(device, options.CallTimeout);
        var call = new RedfishCall(device, connection, mayStillLeave);
        try
        {
            var answer = await call.RunAsync(verb, end.Token).ConfigureAwait(false);
            await EndSessionAsync(connection, end.Token).ConfigureAwait(false);
            return answer;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            // Also of the time that a connection may take, which is shorter.
            return connection.Stood
                ? new(PowerOutcome.TimedOut, $"no whole answer within {Clauses.Seconds(options.CallTimeout)}")
                : new(PowerOutcome.Unreachable, "no connection in time");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException or InvalidOperationException)
        {
            if (connection.CertificateProblem is { } certificate) return new(PowerOutcome.Refused, certificate);
            if (failure.InnerException is AuthenticationException) return new(PowerOutcome.Refused, Clauses.Of(failure));
            return new(call.HasLeft ? PowerOutcome.TimedOut : PowerOutcome.Unreachable, Clauses.Of(failure));
        }
    }

    /// <summary>What was found out stands, whether the session could be ended or not.</summary>
    private static async Task EndSessionAsync(RedfishConnection connection, CancellationToken token)
    {
        try
        {
            await connection.LogOutAsync(token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
            // The BMC ends it by itself.
        }
    }
}
