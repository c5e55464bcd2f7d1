using System.ComponentModel;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using HaActors.Adapters.Http;
using HaActors.Domain.Probing;

namespace HaActors.Adapters.Probing;

/// <summary>What ping found, with a clause when it found no answer.</summary>
internal readonly record struct PingReport(PingFinding Finding, string? Detail);

/// <summary>Sends one ICMP echo request. Never throws, not even for its token.</summary>
internal interface IEcho
{
    Task<PingReport> AskAsync(string address, TimeSpan atMost, CancellationToken stop);
}

/// <summary>The runtime's own ping: a raw socket if this process may open one, else <c>/bin/ping</c>, one process a request.</summary>
internal sealed class SystemEcho : IEcho
{
    public async Task<PingReport> AskAsync(string address, TimeSpan atMost, CancellationToken stop)
    {
        try
        {
            using var ping = new Ping();
            var ip = IPAddress.TryParse(address, out var literal)
                ? literal
                : (await Dns.GetHostAddressesAsync(address, stop).WaitAsync(stop).ConfigureAwait(false))[0];
            var reply = await ping.SendPingAsync(ip, atMost, buffer: null, options: null, stop).ConfigureAwait(false);
            return reply.Status == IPStatus.Success ? new(PingFinding.Ok, null) : new(PingFinding.Lost, Words(reply.Status));
        }
        catch (OperationCanceledException)
        {
            return new(PingFinding.Lost, "ping lost");
        }
        catch (Exception failure)
        {
            return failure.GetBaseException() switch
            {
                PlatformNotSupportedException or UnauthorizedAccessException => new(PingFinding.Unavailable, "this master can't ping"),
                // The ping program can't be started: said by the operating system, not by the network.
                Win32Exception and not SocketException => new(PingFinding.Unavailable, "this master can't start ping"),
                SocketException { SocketErrorCode: SocketError.AccessDenied } => new(PingFinding.Unavailable, "this master may not ping"),
                SocketException socket => new(PingFinding.Lost, $"ping: {Clauses.Of(socket.SocketErrorCode)}"),
                var other => new(PingFinding.Lost, $"ping: {Clauses.OneLine(other.Message)}"),
            };
        }
    }

    private static string Words(IPStatus status) => status switch
    {
        IPStatus.TimedOut => "ping lost",
        IPStatus.DestinationHostUnreachable => "ping: no route to host",
        _ => $"ping: {status}",
    };
}
