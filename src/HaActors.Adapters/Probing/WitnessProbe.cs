using System.Net;
using System.Net.Sockets;
using HaActors.Adapters.Http;
using HaActors.Domain.Gate;
using HaActors.Domain.Ports;
using HaActors.Domain.Probing;

namespace HaActors.Adapters.Probing;

/// <summary>Pings a witness, or opens a TCP connection to it and closes it again, under the deadline of a probe.</summary>
/// <remarks>A refused connection is no answer: a firewall on this very machine can refuse one.</remarks>
public sealed class WitnessProbe : IWitnessProbe
{
    private readonly TimeSpan _deadline;
    private readonly TimeProvider _time;
    private readonly PingRound _ping;

    public WitnessProbe(ProbeOptions options, TimeProvider time) : this(options, time, new SystemEcho())
    {
    }

    internal WitnessProbe(ProbeOptions options, TimeProvider time, IEcho echo)
    {
        ArgumentNullException.ThrowIfNull(options);
        _deadline = options.ProbeTimeout;
        _time = time;
        _ping = new PingRound(echo, time);
    }

    public async Task<WitnessReading> AskAsync(Witness witness, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(witness);
        stopping.ThrowIfCancellationRequested();
        using var deadline = new CancellationTokenSource(_deadline, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        var reading = witness.Port is { } port
            ? await ConnectAsync(witness.Host, port, end.Token).ConfigureAwait(false)
            : await PingAsync(witness.Host, end.Token).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        return reading;
    }

    private async Task<WitnessReading> PingAsync(string host, CancellationToken end)
    {
        var report = await _ping.AskAsync(host, _deadline, new TaskCompletionSource().Task, end).ConfigureAwait(false);
        return report.Finding == PingFinding.Ok ? new(true, null) : new(false, report.Detail ?? "ping lost");
    }

    private async Task<WitnessReading> ConnectAsync(string host, int port, CancellationToken end)
    {
        try
        {
            using var connection = await Connecting.OpenAsync(new DnsEndPoint(host, port), end).ConfigureAwait(false);
            return new(true, null);
        }
        catch (OperationCanceledException)
        {
            return new(false, $"no connection within {Clauses.Seconds(_deadline)}");
        }
        catch (SocketException failure)
        {
            return new(false, Clauses.Of(failure.SocketErrorCode));
        }
    }
}
