using HaActors.Adapters;
using HaActors.Adapters.Probing;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static HaActors.Tests.Adapters.LoopbackServer;

namespace HaActors.Tests.Adapters.Probing;

public sealed class HypervisorProbeTests
{
    private const string Healthy = """{"status":"healthy","hypervisorUuid":"AAAA-1","bootId":"b1","instances":"v7"}""";
    private static readonly TimeSpan Limit = new ProbeOptions().ProbeTimeout;

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_healthy_host_passes_and_tells_who_it_is()
    {
        await using var server = await StartAsync(Says(200, Healthy));

        var outcome = await ProbeAsync(server.Url, PingFinding.Ok, known: "aaaa-1");

        Assert.Equal(new ProbeOutcome(new("hv1"), PingFinding.Ok, HealthFinding.Ok, "AAAA-1", "b1", "v7", null), outcome);
    }

    [Theory]
    [InlineData(503, """{"status":"unhealthy","reason":"libvirt does not answer"}""", "libvirt does not answer")]
    [InlineData(200, """{"status":"unhealthy","hypervisorUuid":"AAAA-1"}""", "unhealthy")]
    [InlineData(500, Healthy, "500")]
    [InlineData(200, """{"status":"healthy"}""", "without saying which host")]
    [InlineData(200, "<html>welcome</html>", "does an agent listen there?")]
    [InlineData(200, "null", "does an agent listen there?")]
    [InlineData(404, "", "404")]
    public async Task An_answer_that_is_not_healthy_is_a_miss_and_says_why(int status, string body, string why)
    {
        await using var server = await StartAsync(Says(status, body));

        var outcome = await ProbeAsync(server.Url, PingFinding.Ok);

        Assert.Equal(HealthFinding.Unhealthy, outcome.Health);
        Assert.True(outcome.AnyAnswer);
        Assert.Contains(why, outcome.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, Healthy)]
    [InlineData(503, """{"status":"unhealthy","hypervisorUuid":"AAAA-1"}""")]
    public async Task Another_host_at_that_address_is_neither_a_pass_nor_an_answer(int status, string body)
    {
        await using var server = await StartAsync(Says(status, body));

        var outcome = await ProbeAsync(server.Url, PingFinding.Unavailable, known: "BBBB-2");

        Assert.Equal(HealthFinding.WrongHost, outcome.Health);
        Assert.False(outcome.Passed);
        Assert.False(outcome.AnyAnswer);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        var followed = false;
        await using var elsewhere = await StartAsync(async context =>
        {
            followed = true;
            await context.Response.WriteAsync(Healthy);
        });
        await using var server = await StartAsync(context =>
        {
            context.Response.Redirect(new Uri(elsewhere.Url, "/health").ToString());
            return Task.CompletedTask;
        });

        var outcome = await ProbeAsync(server.Url, PingFinding.Ok);

        Assert.Equal(HealthFinding.Unhealthy, outcome.Health);
        Assert.False(followed);
    }

    [Fact]
    public async Task A_body_without_end_is_cut_off()
    {
        await using var server = await StartAsync(async context =>
        {
            var junk = new byte[16 * 1024];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(junk, context.RequestAborted);
        });

        var outcome = await ProbeAsync(server.Url, PingFinding.Ok);

        Assert.Equal(HealthFinding.Unhealthy, outcome.Health);
        Assert.Contains("64 KiB", outcome.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listens_there()
    {
        var outcome = await ProbeAsync(RawServer.Nobody(), PingFinding.Ok);

        Assert.Equal(HealthFinding.NoAnswer, outcome.Health);
        Assert.Equal("health: connection refused", outcome.Detail);
    }

    [Fact]
    public async Task Bytes_that_are_no_http_are_an_answer_all_the_same()
    {
        await using var server = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            await stream.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n\r\n"u8.ToArray(), token);
        });

        var outcome = await ProbeAsync(server.Url, PingFinding.Ok);

        Assert.Equal(HealthFinding.Unhealthy, outcome.Health);
    }

    [Fact]
    public async Task A_silent_host_is_given_the_deadline_and_no_more()
    {
        var asked = new TaskCompletionSource();
        await using var server = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        });

        using var probe = Probe(new EchoDouble());
        var probing = probe.ProbeAsync(Target(server.Url), default);
        await asked.Task;
        Assert.False(probing.IsCompleted);
        _time.Advance(Limit);

        var outcome = await probing;
        Assert.Equal((PingFinding.Lost, HealthFinding.NoAnswer), (outcome.Ping, outcome.Health));
        Assert.Equal("ping lost, health: no answer within 5 s", outcome.Detail);
    }

    [Fact]
    public async Task The_deadline_covers_a_slow_body_too()
    {
        var began = new TaskCompletionSource();
        await using var server = await StartAsync(async context =>
        {
            await context.Response.WriteAsync("""{"status":"healthy",""");
            await context.Response.Body.FlushAsync();
            began.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });

        using var probe = Probe(new EchoDouble(PingFinding.Ok));
        var probing = probe.ProbeAsync(Target(server.Url), default);
        await began.Task;
        _time.Advance(Limit);

        Assert.False((await probing).Passed);
    }

    [Fact]
    public async Task Probes_of_one_host_share_a_connection()
    {
        await using var server = new RawServer(async (stream, _, token) =>
        {
            while (true)
            {
                await RawServer.ReadHeadAsync(stream, token);
                await RawServer.WriteJsonAsync(stream, Healthy, token);
            }
        });
        using var probe = Probe(new EchoDouble(PingFinding.Ok));

        for (var n = 0; n < 3; n++) Assert.True((await probe.ProbeAsync(Target(server.Url), default)).Passed);

        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_kept_connection_that_went_silent_costs_no_miss()
    {
        var askedAgain = new TaskCompletionSource();
        await using var server = new RawServer(async (stream, number, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            await RawServer.WriteJsonAsync(stream, Healthy, token);
            await RawServer.ReadHeadAsync(stream, token);
            if (number == 1) askedAgain.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        using var probe = Probe(new EchoDouble(PingFinding.Ok));
        Assert.True((await probe.ProbeAsync(Target(server.Url), default)).Passed);

        var probing = probe.ProbeAsync(Target(server.Url), default);
        await askedAgain.Task;
        await Until.TrueAsync(() =>
        {
            // The reader may not have begun to wait yet; half of the deadline in steps never reaches the whole of it.
            if (!probing.IsCompleted && _time.GetUtcNow() < _time.Start + (Limit / 2)) _time.Advance(Limit / 2);
            return probing.IsCompleted;
        });

        Assert.True((await probing).Passed);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task A_kept_connection_that_was_closed_costs_no_miss()
    {
        await using var server = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            await RawServer.WriteJsonAsync(stream, Healthy, token);
        });
        using var probe = Probe(new EchoDouble(PingFinding.Ok));

        for (var n = 0; n < 5; n++) Assert.True((await probe.ProbeAsync(Target(server.Url), default)).Passed);
    }

    [Fact]
    public async Task A_healthy_host_with_filtered_ping_passes_with_a_warning_long_before_the_deadline()
    {
        await using var server = await StartAsync(Says(200, Healthy));
        var echo = new EchoDouble();
        using var probe = Probe(echo);

        var probing = probe.ProbeAsync(Target(server.Url), default);
        await Until.TrueAsync(() => echo.Sent == PingRound.Requests); // No time has passed: healthy sent the rest at once.
        _time.Advance(HypervisorProbe.PingGraceAfterHealthy);

        var outcome = await probing;
        Assert.True(outcome.Passed);
        Assert.Equal(PingFinding.Lost, outcome.Ping);
        Assert.Contains("ICMP filtered", outcome.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_own_cancellation_is_the_only_thing_that_it_throws()
    {
        var asked = new TaskCompletionSource();
        await using var server = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        using var probe = Probe(new EchoDouble());
        using var stop = new CancellationTokenSource();

        var probing = probe.ProbeAsync(Target(server.Url), stop.Token);
        await asked.Task;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probing);
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_a_miss_that_says_so()
    {
        var outcome = await ProbeAsync(new Uri("http://no-such-host.invalid:1"), PingFinding.Ok);

        Assert.Equal((HealthFinding.NoAnswer, "health: name unknown"), (outcome.Health, outcome.Detail));
    }

    private async Task<ProbeOutcome> ProbeAsync(Uri url, PingFinding ping, string? known = null)
    {
        using var probe = Probe(new EchoDouble(ping));
        return await probe.ProbeAsync(Target(url, known), default);
    }

    private HypervisorProbe Probe(IEcho echo) => new(new ProbeOptions(), _time, echo);

    private static ProbeTarget Target(Uri url, string? known = null) => new(new("hv1"), "127.0.0.1", new AgentEndpoint(url, Secret.None), known);
}
