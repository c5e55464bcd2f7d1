using System.Net;
using HaActors.Domain.Hypervisors;
using Xunit;

namespace HaActors.Tests.Api;

/// <summary>Whatever is sent wrongly is refused in one form, by name, and nothing is half-written.</summary>
public sealed class BadInputTests
{
    public static TheoryData<string, string, string?, int, string, string> Wrong => new()
    {
        // method, path, body, status, code, and what the sentence must name
        { "GET", "/api/v1/locations/nowhere", null, 404, "not-found", "nowhere" },
        { "GET", "/api/v1/hypervisors/nobody", null, 404, "not-found", "nobody" },
        { "PATCH", "/api/v1/instances/nothing", "{}", 404, "not-found", "nothing" },
        { "PUT", "/api/v1/groups/g9", """{"locationId":"dc1"}""", 404, "not-found", "g9" },
        { "DELETE", "/api/v1/hypervisors/nobody", null, 404, "not-found", "nobody" },
        { "POST", "/api/v1/hypervisors/nobody/fence", """{"reason":"x"}""", 404, "not-found", "nobody" },
        { "GET", "/api/v1/incidents/hv1-9", null, 404, "not-found", "hv1-9" },
        { "GET", "/api/v1/nothing-here", null, 404, "unknown-route", "/api/v1/nothing-here" },
        { "DELETE", "/api/v1/locations", null, 405, "method-not-allowed", "GET, POST" },
        { "POST", "/api/v1/locations", "{\"id\":\"a\",\n\"name\" \"b\"}", 400, "bad-json", "line 2" },
        { "POST", "/api/v1/locations", "", 400, "bad-json", "empty" },
        { "POST", "/api/v1/locations", "[]", 400, "bad-json", "object" },
        { "POST", "/api/v1/locations", "not json at all", 400, "bad-json", "line 1" },
        { "POST", "/api/v1/locations", """{"id":"a","id":"b"}""", 400, "bad-json", "" },
        { "POST", "/api/v1/locations", """{"id":"\ud800"}""", 400, "bad-json", "Unicode" },
        { "POST", "/api/v1/locations", """{"id":"a","haEnabeld":true}""", 400, "unknown-member", "haEnabeld" },
        { "PATCH", "/api/v1/locations/dc1", """{"failureTreshold":2}""", 400, "unknown-member", "failureTreshold" },
        { "POST", "/api/v1/hypervisors", """{"id":"a","agent":{"urll":"x"}}""", 400, "unknown-member", "agent.urll" },
        { "PATCH", "/api/v1/hypervisors/hv1", """{"state":"Healthy"}""", 400, "read-only-member", "state" },
        { "PATCH", "/api/v1/instances/x", """{"epoch":3}""", 400, "read-only-member", "epoch" },
        { "POST", "/api/v1/locations", """{"name":"no id"}""", 400, "missing-member", "'id'" },
        { "POST", "/api/v1/locations", """{"id":"a b"}""", 400, "invalid-id", "a b" },
        { "POST", "/api/v1/locations", """{"id":"a","name":7}""", 400, "wrong-type", "'name'" },
        { "POST", "/api/v1/locations", """{"id":"a","failureThreshold":-1}""", 400, "invalid-threshold", "-1" },
        { "POST", "/api/v1/locations", """{"id":"a","failureThreshold":21}""", 400, "invalid-threshold", "21" },
        { "POST", "/api/v1/locations", """{"id":"a","failureThreshold":1.5}""", 400, "wrong-type", "1.5" },
        { "POST", "/api/v1/locations", """{"id":"a","failureThreshold":99999999999}""", 400, "wrong-type", "99999999999" },
        { "POST", "/api/v1/locations", """{"id":"a","haEnabled":"true"}""", 400, "wrong-type", "haEnabled" },
        { "PATCH", "/api/v1/locations/dc1", """{"failureThreshold":null}""", 400, "wrong-type", "failureThreshold" },
        { "POST", "/api/v1/locations", """{"id":"dc1"}""", 409, "duplicate-id", "dc1" },
        { "POST", "/api/v1/locations", """{"id":"dc2","name":"DC 1"}""", 409, "duplicate-name", "DC 1" },
        { "PUT", "/api/v1/locations/dc1", """{"id":"dc2"}""", 409, "id-changed", "dc2" },
        { "PATCH", "/api/v1/hypervisors/hv1", """{"id":"hv7"}""", 409, "id-changed", "hv7" },
        { "DELETE", "/api/v1/locations/dc1", null, 409, "in-use", "dc1" },
        { "POST", "/api/v1/groups", """{"id":"g1","locationId":"nowhere"}""", 400, "unknown-location", "nowhere" },
        { "POST", "/api/v1/hypervisors", """{"id":"hv9","locationId":"dc1","address":"hv9.example"}""", 400, "missing-member", "agent.url" },
        { "POST", "/api/v1/hypervisors", """{"id":"hv9","locationId":"dc1","address":"hv9.example","agent":{"url":"not a url"}}""", 400, "invalid-agent", "not a url" },
        { "POST", "/api/v1/hypervisors", """{"id":"hv9","locationId":"dc1","address":"-f","agent":{"url":"http://x:8081"}}""", 400, "invalid-address", "-f" },
        { "POST", "/api/v1/hypervisors", """{"id":"hv9","locationId":"dc1","groupId":"g9","address":"x","agent":{"url":"http://x:8081"}}""", 400, "unknown-group", "g9" },
        { "POST", "/api/v1/hypervisors", """{"id":"hv9","locationId":"dc1","address":"x","agent":{"url":"http://x:8081"},"ipmi":{"host":"b","port":0,"username":"u","password":"p"}}""", 400, "invalid-ipmi", "0" },
        { "POST", "/api/v1/hypervisors", """{"id":"hv9","locationId":"dc1","address":"x","agent":{"url":"http://x:8081"},"ipmi":{"host":"b","port":65536,"username":"u","password":"p"}}""", 400, "invalid-ipmi", "65536" },
        { "POST", "/api/v1/hypervisors", """{"id":"hv9","locationId":"dc1","address":"x","agent":{"url":"http://x:8081"},"ipmi":{"host":"b","username":"u"}}""", 400, "invalid-ipmi", "ipmi.password" },
        { "POST", "/api/v1/hypervisors", """{"id":"hv9","locationId":"dc1","address":"x","agent":{"url":"http://x:8081"},"ipmi":{"host":"hv1-bmc.example","username":"u","password":"p"}}""", 409, "duplicate-bmc", "hv1" },
        { "POST", "/api/v1/hypervisors", """{"id":"hv9","locationId":"dc1","address":"x","agent":{"url":"http://hv1.example:8081"}}""", 409, "duplicate-agent", "hv1" },
        { "POST", "/api/v1/hypervisors/hv1/fence", "{}", 400, "reason-required", "fence" },
        { "POST", "/api/v1/hypervisors/hv1/power-on", """{"reason":" "}""", 400, "reason-required", "power-on" },
        { "POST", "/api/v1/incidents/hv1-1/cancel", null, 400, "reason-required", "cancel" },
        { "POST", "/api/v1/incidents/hv9-1/cancel", """{"reason":"enough"}""", 404, "not-found", "hv9-1" },
        { "POST", "/api/v1/incidents/nonsense/cancel", """{"reason":"enough"}""", 404, "not-found", "nonsense" },
        { "POST", "/api/v1/instances/11111111-2222-3333-4444-999999999999/retry", """{"reason":"enough"}""", 404, "not-found", "999999999999" },
        { "POST", "/api/v1/hypervisors/hv1/confirm-fenced", """{"reason":"seen it"}""", 400, "id-not-confirmed", "hv1" },
        { "POST", "/api/v1/hypervisors/hv1/confirm-fenced", """{"reason":"seen it","hypervisorId":"hv2"}""", 400, "id-not-confirmed", "hv1" },
        { "POST", "/api/v1/hypervisors/hv1/explode", "{}", 404, "unknown-route", "explode" },
        { "GET", "/api/v1/events?limit=0", null, 400, "invalid-query", "limit" },
        { "GET", "/api/v1/events?limit=1001", null, 400, "invalid-query", "1000" },
        { "GET", "/api/v1/events?after=x", null, 400, "invalid-query", "after" },
        { "GET", "/api/v1/events?since=yesterday", null, 400, "invalid-query", "since" },
        { "GET", "/api/v1/events?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", null, 400, "invalid-query", "before" },
        { "GET", "/api/v1/events?type=hypervisor_dwon", null, 400, "invalid-query", "hypervisor_dwon" },
        { "GET", "/api/v1/events?hypervisr=hv1", null, 400, "invalid-query", "hypervisr" },
        { "GET", "/api/v1/events/stream?after=-1", null, 400, "invalid-query", "after" },
    };

    [Fact]
    public async Task Each_mistake_is_refused_in_one_form_and_named()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Show("hv1", HypervisorPhase.Healthy);
        var before = await StateAsync(master);
        foreach (var row in Wrong)
        {
            var (method, path, body, status, code, names) = ((string)row[0], (string)row[1], (string?)row[2], (int)row[3], (string)row[4], (string)row[5]);
            var (response, problem) = await master.SendAsync(method, path, body);
            var what = $"{method} {path} {body} → {(int)response.StatusCode} {problem}";
            Assert.True(status == (int)response.StatusCode, what);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            Assert.True(problem.GetProperty("code").GetString() == code, what);
            Assert.Equal(status, problem.GetProperty("status").GetInt32());
            Assert.True(problem.GetProperty("detail").GetString()!.Contains(names, StringComparison.Ordinal), what);
            Assert.False(string.IsNullOrEmpty(problem.GetProperty("title").GetString()));
        }

        Assert.Equal(before, await StateAsync(master));
        Assert.Empty(master.Fleet.Asked);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task Another_content_type_is_415_and_says_which_one_to_send(string? contentType)
    {
        await using var master = await MasterUnderTest.StartAsync();
        var (response, problem) = await master.SendAsync("POST", "/api/v1/locations", """{"id":"a"}""", contentType);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("application/json", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(await master.Client.LocationsAsync());
    }

    [Theory]
    [InlineData(70_000)]
    [InlineData(2_000_000)]
    public async Task A_body_that_is_too_large_is_413(int length)
    {
        await using var master = await MasterUnderTest.StartAsync();
        var (response, problem) = await master.SendAsync("POST", "/api/v1/locations", $$"""{"id":"a","name":"{{new string('x', length)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("too-large", problem.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Nobody_answering_is_503_for_an_act_and_says_so()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Away = true;
        foreach (var (method, path, body) in new[] { ("POST", "/api/v1/hypervisors/hv1/probe", "{}"), ("DELETE", "/api/v1/hypervisors/hv1", null), ("GET", "/api/v1/hypervisors/hv1/explain", null), ("POST", "/api/v1/ha/disarm", "{}") })
        {
            var (response, problem) = await master.SendAsync(method, path, body);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Equal("unavailable", problem.GetProperty("code").GetString());
        }

        Assert.Equal("unknown", (await master.Client.StatusAsync()).Armed);
    }

    private static async Task<string> StateAsync(MasterUnderTest master)
    {
        await master.TellChangesAsync();
        return string.Concat(
            await master.Http.GetStringAsync("/api/v1/locations"), await master.Http.GetStringAsync("/api/v1/groups"), await master.Http.GetStringAsync("/api/v1/hypervisors"),
            await master.Http.GetStringAsync("/api/v1/events"));
    }
}
