using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using HaActors.Adapters;
using HaActors.Adapters.Notifications;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HaActors.Tests.Adapters.Notifications;

/// <summary>Calls to real receivers on loopback: what they get, and what becomes of what they do.</summary>
public sealed class HttpWebhookSenderTests
{
    private static readonly Secret Key = new("the key of the tests");
    private static readonly LoggedEvent Line = new(17, new LogEntry(
        new DateTimeOffset(2026, 3, 1, 2, 3, 4, 567, TimeSpan.Zero), LogTypes.FenceFailed, new LocationId("dc1"), new HypervisorId("hv1"), null, new IncidentId("hv1-1"),
        "hv1 could not be proved off: „still on“.", LogData.Of(("cause", "still_on"), ("attempt", 3))));

    [Fact]
    public async Task A_call_is_the_event_as_the_API_shows_it_with_the_name_of_the_installation_and_signed()
    {
        var got = new TaskCompletionSource<(HttpRequest Request, byte[] Body)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var headers = new ConcurrentDictionary<string, string>();
        await using var server = await LoopbackServer.StartAsync(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            foreach (var (name, value) in http.Request.Headers) headers[name] = value.ToString();
            got.SetResult((http.Request, body.ToArray()));
            http.Response.StatusCode = 204;
        });

        var answer = await Sender().SendAsync(Hook(new Uri(server.Url, "/haactors?to=night")), Line, default);

        var (_, bytes) = await got.Task;
        Assert.Equal((CallOutcome.Taken, 204), (answer.Outcome, answer.Status!.Value));
        Assert.Equal("17", headers["X-HaActors-Event-Id"]);
        Assert.StartsWith("application/json", headers["Content-Type"]);
        Assert.Equal(WebhookSignature.Of(Key, headers["X-HaActors-Timestamp"], bytes), headers["X-HaActors-Signature"]);
        Assert.NotEqual(WebhookSignature.Of(new Secret("another key, longer"), headers["X-HaActors-Timestamp"], bytes), headers["X-HaActors-Signature"]);
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(headers["X-HaActors-Timestamp"]), 0, 60);

        var asApi = JsonSerializer.Serialize(
            new EventInfo(17, Line.Entry.At, "fence_failed", "dc1", "hv1", null, "hv1-1", Line.Entry.Message, Line.Entry.Data), ApiJson.Options);
        Assert.Equal("""{"installation":"site-a",""" + asApi[1..], Encoding.UTF8.GetString(bytes));
        Assert.DoesNotContain(Key.Reveal(), Encoding.UTF8.GetString(bytes) + string.Join(' ', headers.Values));
    }

    [Fact]
    public void The_signature_is_what_openssl_makes_of_timestamp_dot_body()
    {
        // printf '%s' '1772330584.{"id":17}' | openssl dgst -sha256 -hmac 'the key of the tests'
        Assert.Equal(KnownSignature, WebhookSignature.Of(Key, "1772330584", "{\"id\":17}"u8));
    }

    [Theory]
    [InlineData(200, CallOutcome.Taken)]
    [InlineData(202, CallOutcome.Taken)]
    [InlineData(301, CallOutcome.Failed)]
    [InlineData(400, CallOutcome.Refused)]
    [InlineData(401, CallOutcome.Failed)]
    [InlineData(404, CallOutcome.Failed)]
    [InlineData(410, CallOutcome.Failed)]
    [InlineData(413, CallOutcome.Refused)]
    [InlineData(422, CallOutcome.Refused)]
    [InlineData(429, CallOutcome.Failed)]
    [InlineData(500, CallOutcome.Failed)]
    [InlineData(503, CallOutcome.Failed)]
    public async Task A_status_says_whether_it_has_the_event(int status, CallOutcome outcome)
    {
        await using var server = await LoopbackServer.StartAsync(LoopbackServer.Says(status, "no\nroom", "text/plain"));
        var answer = await Sender().SendAsync(Hook(server.Url), Line, default);
        Assert.Equal((outcome, status), (answer.Outcome, answer.Status!.Value));
        Assert.StartsWith($"answered {status}", answer.Detail);
        Assert.DoesNotContain('\n', answer.Detail);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        var other = 0;
        await using var elsewhere = await LoopbackServer.StartAsync(http =>
        {
            Interlocked.Increment(ref other);
            return Task.CompletedTask;
        });
        await using var server = await LoopbackServer.StartAsync(http =>
        {
            http.Response.Redirect(elsewhere.Url.AbsoluteUri, permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        });
        var answer = await Sender().SendAsync(Hook(server.Url), Line, default);
        Assert.Equal((CallOutcome.Failed, 307, 0), (answer.Outcome, answer.Status!.Value, other));
        Assert.Contains("not followed", answer.Detail);
    }

    [Fact]
    public async Task One_that_fails_and_then_takes_it_gets_the_same_id_twice()
    {
        var ids = new ConcurrentQueue<string>();
        await using var server = await LoopbackServer.StartAsync(http =>
        {
            ids.Enqueue(http.Request.Headers["X-HaActors-Event-Id"].ToString());
            http.Response.StatusCode = ids.Count == 1 ? 500 : 200;
            return Task.CompletedTask;
        });
        Assert.Equal(CallOutcome.Failed, (await Sender().SendAsync(Hook(server.Url), Line, default)).Outcome);
        Assert.Equal(CallOutcome.Taken, (await Sender().SendAsync(Hook(server.Url), Line, default)).Outcome);
        Assert.Equal(["17", "17"], ids);
    }

    [Fact]
    public async Task A_receiver_that_hangs_costs_the_deadline_and_not_more()
    {
        await using var server = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            await Task.Delay(Timeout.Infinite, token);
        });
        var watch = Stopwatch.StartNew();
        var answer = await Sender(seconds: 1).SendAsync(Hook(server.Url), Line, default);
        Assert.Equal((CallOutcome.Failed, null), (answer.Outcome, answer.Status));
        Assert.Contains("no answer within 1 s", answer.Detail);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.9, 20);
    }

    [Fact]
    public async Task An_answer_counts_though_its_body_hangs_or_never_ends()
    {
        await using var hangs = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok"u8.ToArray(), token);
            await Task.Delay(Timeout.Infinite, token);
        });
        Assert.Equal(CallOutcome.Taken, (await Sender(seconds: 1).SendAsync(Hook(hangs.Url), Line, default)).Outcome);

        await using var endless = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            await stream.WriteAsync("HTTP/1.1 500 No\r\n\r\n"u8.ToArray(), token);
            while (true) await stream.WriteAsync(new byte[4096].Select(_ => (byte)'x').ToArray(), token);
        });
        var answer = await Sender().SendAsync(Hook(endless.Url), Line, default);
        Assert.Equal((CallOutcome.Failed, 500), (answer.Outcome, answer.Status!.Value));
        Assert.InRange(answer.Detail.Length, 20, 400);
    }

    [Fact]
    public async Task One_that_closes_or_is_not_there_or_is_no_HTTP_is_named()
    {
        await using var closes = new RawServer(async (stream, _, token) => await RawServer.ReadHeadAsync(stream, token));
        Assert.Equal(CallOutcome.Failed, (await Sender().SendAsync(Hook(closes.Url), Line, default)).Outcome);

        var nobody = await Sender().SendAsync(Hook(RawServer.Nobody()), Line, default);
        Assert.Equal((CallOutcome.Failed, "connection refused"), (nobody.Outcome, nobody.Detail));

        await using var noise = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            await stream.WriteAsync("SSH-2.0-what\r\n"u8.ToArray(), token);
        });
        Assert.Equal(CallOutcome.Failed, (await Sender().SendAsync(Hook(noise.Url), Line, default)).Outcome);
    }

    [Fact]
    public async Task Its_own_cancellation_is_no_answer()
    {
        await using var server = new RawServer((_, _, token) => Task.Delay(Timeout.Infinite, token));
        using var stopping = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Sender(seconds: 30).SendAsync(Hook(server.Url), Line, stopping.Token));
    }

    private const string KnownSignature = "sha256=46a2727e77af35b13bcf41338b0b90e03d29ab4d9022a3a59373eef59c0603f9";

    private static HttpWebhookSender Sender(int seconds = 10) => new(new WebhookOptions { Installation = "site-a", Timeout = TimeSpan.FromSeconds(seconds) }, TimeProvider.System);

    private static Webhook Hook(Uri url) => new(new("pager"), url, true, null, [], Key);
}
