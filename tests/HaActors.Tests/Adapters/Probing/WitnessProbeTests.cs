using System.Net;
using System.Net.Sockets;
using HaActors.Adapters;
using HaActors.Adapters.Probing;
using HaActors.Domain.Gate;
using HaActors.Domain.Probing;
using Xunit;

namespace HaActors.Tests.Adapters.Probing;

/// <summary>The real probe on loopback.</summary>
public sealed class WitnessProbeTests
{
    private static readonly ProbeOptions Options = new() { ProbeTimeout = TimeSpan.FromSeconds(20) };

    [Fact]
    public async Task A_port_that_takes_a_connection_answers()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();

        var reading = await new WitnessProbe(Options, TimeProvider.System).AskAsync(new Witness("127.0.0.1", ((IPEndPoint)server.LocalEndpoint).Port), default);

        Assert.Equal(new WitnessReading(true, null), reading);
    }

    [Fact]
    public async Task A_refused_connection_is_no_answer_and_says_so()
    {
        var reading = await new WitnessProbe(Options, TimeProvider.System).AskAsync(new Witness("127.0.0.1", FreePort()), default);

        Assert.Equal(new WitnessReading(false, "connection refused"), reading);
    }

    [Fact]
    public async Task A_listener_that_takes_nobody_costs_the_deadline_and_no_more()
    {
        // The queue of a listener that never accepts fills up, and the next one gets no answer.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var waiting = new List<Socket>();
        try
        {
            for (var n = 0; n < 8; n++)
            {
                var one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                waiting.Add(one);
                try
                {
                    one.Connect(full.LocalEndPoint!);
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
                {
                    // Under way, or waiting for ever: that is what is wanted.
                }
            }

            var probe = new WitnessProbe(new ProbeOptions { ProbeTimeout = TimeSpan.FromMilliseconds(500) }, TimeProvider.System);
            var reading = await probe.AskAsync(new Witness("127.0.0.1", ((IPEndPoint)full.LocalEndPoint!).Port), default);

            Assert.Equal(new WitnessReading(false, "no connection within 0.5 s"), reading);
        }
        finally
        {
            waiting.ForEach(s => s.Dispose());
        }
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_no_answer()
    {
        var reading = await new WitnessProbe(Options, TimeProvider.System).AskAsync(new Witness("no-such-host.invalid", 443), default);

        Assert.False(reading.Answered);
        Assert.False(string.IsNullOrWhiteSpace(reading.Detail));
    }

    [Theory]
    [InlineData(PingFinding.Ok, true, null)]
    [InlineData(PingFinding.Lost, false, "ping lost")]
    [InlineData(PingFinding.Unavailable, false, "this master may not ping")]
    public async Task Without_a_port_it_is_pinged(PingFinding finding, bool answered, string? detail)
    {
        var probe = new WitnessProbe(new ProbeOptions { ProbeTimeout = TimeSpan.FromMilliseconds(200) }, TimeProvider.System, new OneEcho(finding, detail));

        Assert.Equal(new WitnessReading(answered, detail), await probe.AskAsync(new Witness("gw1", null), default));
    }

    [Fact]
    public async Task A_master_that_stops_does_not_wait_for_it()
    {
        using var stopping = new CancellationTokenSource();
        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new WitnessProbe(Options, TimeProvider.System).AskAsync(new Witness("127.0.0.1", 9), stopping.Token));
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed class OneEcho(PingFinding finding, string? detail) : IEcho
    {
        public Task<PingReport> AskAsync(string address, TimeSpan atMost, CancellationToken stop) => Task.FromResult(new PingReport(finding, detail));
    }
}
