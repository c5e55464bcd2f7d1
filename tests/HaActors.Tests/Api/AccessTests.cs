using System.Net;
using System.Net.Http.Headers;
using HaActors.Actors.Protocol;
using HaActors.Api;
using HaActors.Domain.Hypervisors;
using Xunit;

namespace HaActors.Tests.Api;

/// <summary>Who gets in, what never gets out, and what operators may do to a hypervisor.</summary>
public sealed class AccessTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer ")]
    [InlineData("Basic YWRtaW46YWRtaW4=")]
    public async Task Without_the_token_nothing_is_told_but_how_to_get_in(string? header)
    {
        await using var master = await MasterUnderTest.StartAsync();
        master.Http.DefaultRequestHeaders.Authorization = null;
        foreach (var path in new[] { "/api/v1/status", "/api/v1/hypervisors", "/api/v1/nothing", "/anything" })
        {
            var (response, problem) = await master.SendAsync("GET", path, also: r => r.Headers.TryAddWithoutValidation("Authorization", header));
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("unauthorized", problem.GetProperty("code").GetString());
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/openapi/v1.json")]
    public async Task Health_the_contract_and_the_signpost_are_open(string path)
    {
        await using var master = await MasterUnderTest.StartAsync();
        master.Http.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(HttpStatusCode.OK, (await master.Http.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task Not_ready_is_503_with_the_reason_and_still_alive()
    {
        await using var master = await MasterUnderTest.StartAsync();
        master.Fleet.Away = true;
        var (ready, body) = await master.SendAsync("GET", "/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("unhealthy", body.GetProperty("status").GetString());
        Assert.Contains("monitor", body.GetProperty("checks").GetProperty("monitor").GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await master.Http.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public async Task A_token_is_made_at_the_first_start_only_kept_hashed_and_works_after_a_restart()
    {
        using var folder = new TempFolder();
        string made;
        await using (var first = await MasterUnderTest.StartAsync(token: null, folder))
        {
            made = first.Shown!;
            Assert.True(made.Length >= 43);
            first.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made);
            Assert.Equal(HttpStatusCode.OK, (await first.Http.GetAsync("/api/v1/status")).StatusCode);
            foreach (var file in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories))
                Assert.DoesNotContain(made, await ReadSharedAsync(file), StringComparison.Ordinal);
        }

        await using var second = await MasterUnderTest.StartAsync(token: null, folder);
        Assert.Null(second.Shown);
        second.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made);
        Assert.Equal(HttpStatusCode.OK, (await second.Http.GetAsync("/api/v1/status")).StatusCode);
    }

    [Fact]
    public async Task Secrets_are_in_no_answer_no_log_and_not_readable_in_the_database()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        await master.Client.PatchHypervisorAsync("hv1", new { agent = new { token = "agent-secret-2" } });
        var (_, problem) = await master.SendAsync("PATCH", "/api/v1/hypervisors/hv1", """{"ipmi":{"password":"bmc-secret-that-is-too-long-for-ipmi"}}""");
        await master.TellChangesAsync();
        var answers = problem + await master.Http.GetStringAsync("/api/v1/hypervisors") + await master.Http.GetStringAsync("/api/v1/events")
            + await master.Http.GetStringAsync("/api/v1/status") + MasterUnderTest.Body("hv1");
        Assert.DoesNotContain("-secret", answers, StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(master.Folder, "*", SearchOption.AllDirectories))
        {
            var text = await ReadSharedAsync(file);
            Assert.DoesNotContain("agent-secret", text, StringComparison.Ordinal);
            Assert.DoesNotContain("bmc-secret", text, StringComparison.Ordinal);
            Assert.DoesNotContain(MasterUnderTest.Token, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_change_without_the_secret_keeps_it_and_null_takes_it_away()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        var replaced = await master.Client.ReplaceHypervisorAsync("hv1", MasterUnderTest.Body("hv1") with
        {
            Name = "new",
            Agent = new() { Url = "http://hv1.example:8081" },
            Ipmi = new() { Host = "hv1-bmc.example", Username = "root" },
        });
        Assert.True(replaced.Agent.HasToken && replaced.Ipmi!.HasPassword);
        Assert.Equal("root", replaced.Ipmi!.Username);

        var (_, patched) = await master.SendAsync("PATCH", "/api/v1/hypervisors/hv1", """{"agent":{"token":null}}""", "application/merge-patch+json");
        Assert.False(patched.GetProperty("agent").GetProperty("hasToken").GetBoolean());
        Assert.True(patched.GetProperty("ipmi").GetProperty("hasPassword").GetBoolean());
        Assert.Null((await master.Client.PatchHypervisorAsync("hv1", new Dictionary<string, object?> { ["ipmi"] = null })).Ipmi);
    }

    [Fact]
    public async Task Each_verb_reaches_the_actor_with_who_and_why_and_answers_202()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Show("hv1", HypervisorPhase.Healthy);
        await master.Client.ProbeAsync("hv1");
        await master.Client.TestIpmiAsync("hv1");
        await master.Client.MaintenanceAsync("hv1", "new memory");
        await master.Client.ResumeAsync("hv1");
        await master.Client.FenceAsync("hv1", "it smokes");
        await master.Client.ConfirmFencedAsync("hv1", "hv1", "unplugged");
        await master.Client.PowerOnAsync("hv1", "repaired");
        var (response, body) = await master.SendAsync("POST", "/api/v1/hypervisors/hv1/probe");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("hv1", body.GetProperty("id").GetString());

        Assert.Equal(
            [
                (OperatorVerb.Probe, "ann", "", null), (OperatorVerb.TestIpmi, "ann", "", null), (OperatorVerb.MaintenanceOn, "ann", "new memory", null),
                (OperatorVerb.MaintenanceOff, "ann", "", null), (OperatorVerb.Fence, "ann", "it smokes", null), (OperatorVerb.ConfirmFenced, "ann", "unplugged", "hv1"),
                (OperatorVerb.PowerOn, "ann", "repaired", null), (OperatorVerb.Probe, "admin", "", (string?)null),
            ],
            master.Fleet.Asked.Select(a => (a.Verb, a.Who, a.Reason, a.TypedId)));
    }

    [Fact]
    public async Task An_actors_no_is_409_in_its_own_words()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Answer = r => new(r.HypervisorId, false, "conflict", "hv1 answers ping, so it can't be signed off.");
        var refused = await Assert.ThrowsAsync<HaActorsException>(() => master.Client.ConfirmFencedAsync("hv1", "hv1", "gone"));
        Assert.Equal((409, "conflict", "hv1 answers ping, so it can't be signed off."), (refused.Status, refused.Code, refused.Message));
    }

    [Fact]
    public async Task Explain_tells_the_actors_sentences()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Show("hv1", HypervisorPhase.Down);
        var explained = await master.Client.ExplainAsync("hv1");
        Assert.Equal(("Down", 2, "off, 2 s ago", "storm"), (explained.State, explained.Sentences.Count, explained.LastPower, explained.Check));
        Assert.Equal(FakeFleet.T0.AddSeconds(10), explained.NextAt);
        Assert.Equal(new WaitInfo("vm-1", "Room", "no room", "operator, or a hypervisor that comes back", FakeFleet.T0, FakeFleet.T0.AddSeconds(10)), Assert.Single(explained.Waits));
    }

    [Fact]
    public async Task OpenApi_lists_every_route_with_its_bodies()
    {
        await using var master = await MasterUnderTest.StartAsync();
        var paths = (await master.SendAsync("GET", "/openapi/v1.json")).Body.GetProperty("paths");
        var listed = paths.EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Select(m => $"{m.Name.ToUpperInvariant()} {p.Name}")).ToHashSet();
        string[] wanted =
        [
            "GET /api/v1/status", "POST /api/v1/ha/arm", "POST /api/v1/ha/disarm", "GET /api/v1/events", "GET /api/v1/events/stream", "GET /api/v1/incidents", "GET /api/v1/incidents/{id}", "POST /api/v1/incidents/{id}/cancel",
            "POST /api/v1/locations/{id}/storm-override", "DELETE /api/v1/locations/{id}/storm-override", "POST /api/v1/webhooks/{id}/test",
            .. new[] { "locations", "groups", "hypervisors", "webhooks" }.SelectMany(r => new[] { $"GET /api/v1/{r}", $"POST /api/v1/{r}", $"GET /api/v1/{r}/{{id}}", $"PUT /api/v1/{r}/{{id}}", $"PATCH /api/v1/{r}/{{id}}", $"DELETE /api/v1/{r}/{{id}}" }),
            "GET /api/v1/instances", "GET /api/v1/instances/{id}", "PATCH /api/v1/instances/{id}", "GET /api/v1/instances/{id}/explain", "POST /api/v1/instances/{id}/retry", "GET /api/v1/hypervisors/{id}/explain",
            .. new[] { "probe", "test-ipmi", "maintenance", "resume", "fence", "confirm-fenced", "power-on", "release" }.Select(v => $"POST /api/v1/hypervisors/{{id}}/{v}"),
        ];
        Assert.Equal(wanted.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Assert.True(paths.GetProperty("/api/v1/hypervisors").GetProperty("post").GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out _));
        Assert.True(paths.GetProperty("/api/v1/locations/{id}").GetProperty("patch").GetProperty("requestBody").GetProperty("content").TryGetProperty("application/merge-patch+json", out _));
    }

    private static async Task<string> ReadSharedAsync(string file)
    {
        // The guard of the database file is empty and can be opened by its owner only.
        if (file.EndsWith(".lock", StringComparison.Ordinal))
            return "";
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
