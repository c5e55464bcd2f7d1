using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using HaActors.Api;
using HaActors.Master;
using HaActors.Tests.Adapters;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HaActors.Tests.Api;

/// <summary>Registering who is called, over HTTP, and a whole master that calls.</summary>
public sealed class WebhookApiTests
{
    private const string Secret = "a secret of 22 letters";

    [Fact]
    public async Task A_webhook_is_created_read_replaced_patched_and_deleted_and_its_secret_is_never_shown()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync();
        var (created, body) = await master.SendAsync("POST", "/api/v1/webhooks", $$"""{"id":"pager","url":"https://pager.example/in","locations":["dc1"],"secret":"{{Secret}}"}""");
        Assert.Equal((HttpStatusCode.Created, "/api/v1/webhooks/pager"), (created.StatusCode, created.Headers.Location?.OriginalString));
        Assert.True(body.GetProperty("hasSecret").GetBoolean());
        Assert.Equal(("ok", true), (body.GetProperty("state").GetString(), body.GetProperty("enabled").GetBoolean()));
        Assert.Contains("instance_waiting:person", body.GetProperty("types").EnumerateArray().Select(t => t.GetString()));

        var patched = await master.Client.PatchWebhookAsync("pager", new { types = new[] { "fence_failed", "fence_failed" }, enabled = false });
        Assert.Equal(["fence_failed"], patched.Types);
        Assert.Equal(("disabled", "https://pager.example/in"), (patched.State, patched.Url));
        Assert.Equal(["dc1"], patched.Locations);
        var reset = await master.Client.PatchWebhookAsync("pager", new Dictionary<string, object?> { ["types"] = null, ["locations"] = null });
        Assert.True(reset.Types.Count > 5);
        Assert.Empty(reset.Locations);

        var replaced = await master.Client.ReplaceWebhookAsync("pager", new() { Url = "http://other.example/", Types = ["*"] });
        Assert.Equal(("ok", "http://other.example/", true), (replaced.State, replaced.Url, replaced.HasSecret));
        Assert.DoesNotContain(Secret, await master.Http.GetStringAsync("/api/v1/webhooks"));
        Assert.Single(await master.Client.WebhooksAsync());

        await master.Client.DeleteWebhookAsync("pager");
        Assert.Equal("not-found", (await Assert.ThrowsAsync<HaActorsException>(() => master.Client.WebhookAsync("pager"))).Code);
        await master.TellChangesAsync();
        Assert.DoesNotContain(Secret, await master.Http.GetStringAsync("/api/v1/events"));
    }

    [Theory]
    [InlineData("""{"id":"p","secret":"a secret of 22 letters"}""", 400, "missing-member", "url")]
    [InlineData("""{"id":"p","url":"pager.example","secret":"a secret of 22 letters"}""", 400, "invalid-webhook", "absolute")]
    [InlineData("""{"id":"p","url":"file:///etc/passwd","secret":"a secret of 22 letters"}""", 400, "invalid-webhook", "http or https")]
    [InlineData("""{"id":"p","url":"https://a:b@pager.example","secret":"a secret of 22 letters"}""", 400, "invalid-webhook", "no user")]
    [InlineData("""{"id":"p","url":"https://pager.example"}""", 400, "invalid-webhook", "16 to 256")]
    [InlineData("""{"id":"p","url":"https://pager.example","secret":"short"}""", 400, "invalid-webhook", "16 to 256")]
    [InlineData("""{"id":"p","url":"https://pager.example","secret":"a secret of 22 letters","types":[]}""", 400, "invalid-webhook", "never be called")]
    [InlineData("""{"id":"p","url":"https://pager.example","secret":"a secret of 22 letters","types":["fence_failled"]}""", 400, "invalid-webhook", "fence_failled")]
    [InlineData("""{"id":"p","url":"https://pager.example","secret":"a secret of 22 letters","types":"*"}""", 400, "wrong-type", "a list of strings")]
    [InlineData("""{"id":"p","url":"https://pager.example","secret":"a secret of 22 letters","types":[1]}""", 400, "wrong-type", "a list of strings")]
    [InlineData("""{"id":"p","url":"https://pager.example","secret":"a secret of 22 letters","types":{"0":"*"}}""", 400, "wrong-type", "a list of strings")]
    [InlineData("""{"id":"p","url":"https://pager.example","secret":"a secret of 22 letters","locations":["dc9"]}""", 400, "unknown-location", "dc9")]
    [InlineData("""{"id":"p","url":"https://pager.example","secret":"a secret of 22 letters","failures":0}""", 400, "read-only-member", "failures")]
    [InlineData("""{"id":"a b","url":"https://pager.example","secret":"a secret of 22 letters"}""", 400, "invalid-id", "a b")]
    public async Task Each_mistake_is_named(string sent, int status, string code, string names)
    {
        await using var master = await MasterUnderTest.StartAsync();
        var (response, body) = await master.SendAsync("POST", "/api/v1/webhooks", sent);
        Assert.Equal((status, code), ((int)response.StatusCode, body.GetProperty("code").GetString()));
        Assert.Contains(names, body.GetProperty("detail").GetString());
        Assert.Empty(await master.Client.WebhooksAsync());
    }

    [Fact]
    public async Task A_change_of_one_that_is_not_there_or_without_its_secret_or_of_its_id_is_refused()
    {
        await using var master = await MasterUnderTest.StartAsync();
        foreach (var (method, path) in new[] { ("PUT", "p"), ("PATCH", "p"), ("DELETE", "p"), ("POST", "p/test") })
            Assert.Equal(HttpStatusCode.NotFound, (await master.SendAsync(method, $"/api/v1/webhooks/{path}", """{"url":"https://pager.example"}""".Replace("url", path == "p" ? "url" : "reason"))).Response.StatusCode);
        await master.Client.CreateWebhookAsync(new() { Id = "p", Url = "https://pager.example", Secret = Secret });
        Assert.Equal("invalid-webhook", (await master.SendAsync("PATCH", "/api/v1/webhooks/p", """{"secret":null}""")).Body.GetProperty("code").GetString());
        Assert.Equal("id-changed", (await master.SendAsync("PATCH", "/api/v1/webhooks/p", """{"id":"q"}""")).Body.GetProperty("code").GetString());
        Assert.Equal("duplicate-id", (await master.SendAsync("POST", "/api/v1/webhooks", $$"""{"id":"p","url":"https://pager.example","secret":"{{Secret}}"}""")).Body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_test_calls_the_receiver_and_tells_what_it_said()
    {
        var bodies = new ConcurrentQueue<string>();
        var status = 200;
        await using var receiver = await LoopbackServer.StartAsync(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            bodies.Enqueue(await reader.ReadToEndAsync());
            http.Response.StatusCode = status;
            await http.Response.WriteAsync("heard you");
        });
        await using var master = await MasterUnderTest.StartAsync();
        await master.Client.CreateWebhookAsync(new() { Id = "pager", Url = receiver.Url.AbsoluteUri, Enabled = false, Secret = Secret });

        var taken = await master.Client.TestWebhookAsync("pager", "first try");
        Assert.Equal((true, 200, "answered 200: heard you"), (taken.Taken, taken.Status!.Value, taken.Detail));
        using var sent = JsonDocument.Parse(Assert.Single(bodies));
        Assert.Equal(("webhook_tested", 0, "haactors"), (sent.RootElement.GetProperty("type").GetString(), sent.RootElement.GetProperty("id").GetInt64(), sent.RootElement.GetProperty("installation").GetString()));

        status = 503;
        Assert.False((await master.Client.TestWebhookAsync("pager")).Taken);
        await master.Client.PatchWebhookAsync("pager", new { url = RawServer.Nobody() });
        var nobody = await master.Client.TestWebhookAsync("pager");
        Assert.Equal((false, null, "connection refused"), (nobody.Taken, nobody.Status, nobody.Detail));

        await master.TellChangesAsync();
        var told = (await master.Client.EventsAsync(new(Types: ["webhook_tested"]))).Items;
        Assert.Equal(["ann tested webhook pager (first try): taken, answered 200: heard you.", "ann tested webhook pager: failed, answered 503: heard you.", "ann tested webhook pager: failed, connection refused."], told.Select(e => e.Message));
    }

    /// <summary>The whole way, real at each step: a change, its line in the log, the call; a restart of the master; and on with the next line, none twice.</summary>
    [Fact]
    public async Task A_master_calls_and_after_its_restart_goes_on_where_it_was()
    {
        var heard = new ConcurrentQueue<(long Id, string Message)>();
        await using var receiver = await LoopbackServer.StartAsync(async http =>
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body);
            heard.Enqueue((body.RootElement.GetProperty("id").GetInt64(), body.RootElement.GetProperty("message").GetString()!));
        });
        using var folder = new TempFolder();
        for (var life = 1; life <= 2; life++)
        {
            var app = await MasterHost.BuildAsync(
                ["--Urls", "http://127.0.0.1:0", "--HaActors:DataDirectory", folder.Path, "--HaActors:Auth:AdminToken", MasterUnderTest.Token, "--HaActors:Cluster:Port", "0"]);
            await app.StartAsync();
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
            var client = new HaActorsClient(http, MasterUnderTest.Token, "ann");
            if (life == 1)
                await client.CreateWebhookAsync(new() { Id = "all", Url = receiver.Url.AbsoluteUri, Types = ["*"], Secret = Secret });
            await client.CreateLocationAsync(new() { Id = $"dc{life}" });
            // Until it is stored that it was heard: what is not stored would rightly be told again.
            for (var left = 600; (await client.WebhookAsync("all")).LastEventId is not { } last || last != heard.LastOrDefault().Id || heard.Count < life; left--)
            {
                Assert.True(left > 0, "It was never called.");
                await Task.Delay(100);
            }

            await app.StopAsync();
            await app.DisposeAsync();
        }

        Assert.Equal(["ann: location dc1 created.", "ann: location dc2 created."], heard.Select(h => h.Message));
        Assert.True(heard.First().Id < heard.Last().Id);
    }
}
