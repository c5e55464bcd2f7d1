using HaActors.Adapters.Probing;
using HaActors.Domain.Probing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace HaActors.Tests.Adapters.Probing;

public sealed class PingRoundTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task The_first_answer_ends_the_round() =>
        Assert.Equal((PingFinding.Ok, 1), await RoundAsync(new EchoDouble(PingFinding.Ok)));

    [Fact]
    public async Task One_answer_of_three_is_enough() =>
        Assert.Equal((PingFinding.Ok, 3), await RoundAsync(new EchoDouble(PingFinding.Lost, PingFinding.Lost, PingFinding.Ok)));

    [Fact]
    public async Task Three_requests_without_an_answer_are_lost() =>
        Assert.Equal((PingFinding.Lost, 3), await RoundAsync(new EchoDouble(PingFinding.Lost, PingFinding.Lost, PingFinding.Lost)));

    [Fact]
    public async Task A_master_that_cannot_send_has_no_evidence_and_tries_no_more() =>
        Assert.Equal((PingFinding.Unavailable, 1), await RoundAsync(new EchoDouble(PingFinding.Unavailable)));

    [Fact]
    public async Task The_real_ping_does_what_the_check_at_start_says()
    {
        var report = await new SystemEcho().AskAsync("127.0.0.1", TimeSpan.FromSeconds(20), default);

        if (PingCapability.Check() is { } missing)
        {
            Assert.NotEqual(PingFinding.Ok, report.Finding);
            Assert.Contains("CAP_NET_RAW", missing, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(PingFinding.Ok, report.Finding);
        }
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_lost_and_says_so()
    {
        var report = await new SystemEcho().AskAsync("no-such-host.invalid", TimeSpan.FromSeconds(1), default);

        Assert.Equal(PingFinding.Lost, report.Finding);
        Assert.Contains("name unknown", report.Detail, StringComparison.Ordinal);
    }

    private async Task<(PingFinding Finding, int Sent)> RoundAsync(EchoDouble echo)
    {
        var asking = new PingRound(echo, _time).AskAsync("hv1", TimeSpan.FromSeconds(5), new TaskCompletionSource().Task, default);
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return asking.IsCompleted;
        });
        return ((await asking).Finding, echo.Sent);
    }
}

/// <summary>Answers in the given order, the last one for ever; without any, requests stay open until they are stopped.</summary>
internal sealed class EchoDouble(params PingFinding[] answers) : IEcho
{
    private int _sent;

    internal int Sent => Volatile.Read(ref _sent);

    public async Task<PingReport> AskAsync(string address, TimeSpan atMost, CancellationToken stop)
    {
        var n = Math.Min(Interlocked.Increment(ref _sent), answers.Length);
        if (n > 0) return new(answers[n - 1], answers[n - 1] == PingFinding.Ok ? null : "ping lost");
        await Task.Delay(Timeout.Infinite, stop);
        throw new InvalidOperationException("Not reached.");
    }
}
