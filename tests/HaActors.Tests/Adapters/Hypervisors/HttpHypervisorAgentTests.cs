using System.Collections.Immutable;
using System.Text.Json;
using HaActors.Adapters;
using HaActors.Adapters.Hypervisors;
using HaActors.AgentApi;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static HaActors.Tests.Adapters.LoopbackServer;
using InstanceState = HaActors.Domain.Inventory.InstanceState;

namespace HaActors.Tests.Adapters.Hypervisors;

public sealed class HttpHypervisorAgentTests
{
    private const string Token = "t0ken-that-nobody-sees";
    private const string RunAnswer = """{"uuid":"11111111-2222-4333-8444-000000000001","state":"running","epoch":7,"already":false}""";
    private static readonly InstanceId Vm1 = new("11111111-2222-4333-8444-000000000001");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_run_says_what_the_contract_wants_and_its_answer_is_a_yes()
    {
        var seen = "";
        await using var server = await StartAsync(async context =>
        {
            var request = await JsonSerializer.DeserializeAsync(context.Request.Body, AgentJson.Default.RunRequest);
            seen = $"{context.Request.Method} {context.Request.Path} {context.Request.Headers.Authorization} {request!.Definition} {request.Epoch}";
            await Says(200, RunAnswer)(context);
        });

        var result = await RunAsync(server.Url);

        Assert.Equal($"PUT {AgentPaths.Run(Vm1.Value)} Bearer {Token} <domain/> 7", seen);
        Assert.Equal(new AgentResult<RunReport>.Yes(new RunReport(InstanceState.Running, 7, Already: false)), result);
    }

    [Theory]
    [InlineData(409, AgentCodes.ImageLocked)]
    [InlineData(409, AgentCodes.EpochOld)]
    [InlineData(409, AgentCodes.EpochsUnknown)]
    [InlineData(409, AgentCodes.Present)]
    [InlineData(409, AgentCodes.NotCleared)]
    [InlineData(409, AgentCodes.NoRoom)]
    [InlineData(400, AgentCodes.Invalid)]
    [InlineData(401, AgentCodes.Unauthorized)]
    [InlineData(404, AgentCodes.NotFound)]
    [InlineData(500, AgentCodes.StartFailed)]
    public async Task What_the_agent_itself_refuses_is_a_no(int status, string code)
    {
        await using var server = await StartAsync(Says(status, $$"""{"code":"{{code}}","message":"because","holder":"vm9"}"""));

        Assert.Equal(new AgentResult<RunReport>.No(code, "because", "vm9"), await RunAsync(server.Url));
    }

    [Theory]
    [InlineData(503, """{"code":"libvirt-down","message":"libvirt does not answer"}""")]
    [InlineData(500, """{"code":"invalid","message":"?"}""")]
    [InlineData(500, "")]
    [InlineData(502, "<html>Bad gateway</html>")]
    [InlineData(404, "<html>Not found</html>")]
    [InlineData(409, """{"message":"no code"}""")]
    [InlineData(302, "")]
    [InlineData(200, "")]
    [InlineData(200, "OK")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"uuid":"11111111-2222-4333-8444-000000000001","epoch":7,"already":false}""")]
    [InlineData(200, """{"uuid":"11111111-2222-4333-8444-000000000001","state":"running","epoch":6,"already":false}""")]
    [InlineData(200, """{"uuid":"99999999-2222-4333-8444-000000000001","state":"running","epoch":7,"already":false}""")]
    public async Task Everything_else_may_have_been_done(int status, string body)
    {
        await using var server = await StartAsync(Says(status, body));

        Assert.False(Assert.IsType<AgentResult<RunReport>.Unknown>(await RunAsync(server.Url)).NeverLeft);
    }

    [Theory]
    [InlineData("http://no-such-host.invalid:8081", "name unknown")]
    [InlineData(null, "connection refused")]
    public async Task What_never_left_is_known_not_to_have_left(string? url, string why) =>
        Assert.Equal(new AgentResult<RunReport>.Unknown(why, NeverLeft: true), await RunAsync(url is null ? RawServer.Nobody() : new Uri(url)));

    [Fact]
    public async Task A_request_without_an_answer_may_have_been_done()
    {
        var arrived = new TaskCompletionSource();
        await using var server = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        });

        var running = RunAsync(server.Url);
        await arrived.Task;
        Assert.False(running.IsCompleted);
        _time.Advance(new AgentOptions().RunDeadline);

        Assert.Equal(new AgentResult<RunReport>.Unknown("no whole answer within 60 s"), await running);
    }

    [Fact]
    public async Task A_connection_that_breaks_after_the_request_may_have_been_done_and_is_not_sent_again()
    {
        await using var server = new RawServer(async (stream, _, token) => await RawServer.ReadHeadAsync(stream, token));

        Assert.False(Assert.IsType<AgentResult<RunReport>.Unknown>(await RunAsync(server.Url)).NeverLeft);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_cancel_that_covers_the_epoch_is_a_proof()
    {
        await using var server = await StartAsync(Says(200, """{"hypervisorUuid":"h1","bootId":"b1","present":false,"refusedUpTo":7}"""));

        Assert.Equal(new AgentResult<CancelReport>.Yes(new CancelReport("h1", "b1", Present: false, 7)), await CancelAsync(server.Url));
    }

    [Theory]
    [InlineData("""{"hypervisorUuid":"h1","bootId":"b1","refusedUpTo":7}""")]
    [InlineData("""{"hypervisorUuid":"h1","bootId":"b1","present":false,"refusedUpTo":6}""")]
    [InlineData("""{"hypervisorUuid":"h1","bootId":"b1","present":false}""")]
    [InlineData("""{"hypervisorUuid":"","bootId":"b1","present":false,"refusedUpTo":7}""")]
    [InlineData("""{"hypervisorUuid":"h1","present":false,"refusedUpTo":7}""")]
    [InlineData("{}")]
    public async Task A_cancel_that_leaves_something_open_proves_nothing(string body)
    {
        await using var server = await StartAsync(Says(200, body));

        Assert.IsType<AgentResult<CancelReport>.Unknown>(await CancelAsync(server.Url));
    }

    [Fact]
    public async Task A_list_becomes_instances_and_only_shut_off_is_read_as_shut_off()
    {
        var states = Enum.GetValues<HaActors.AgentApi.InstanceState>();
        var list = new InstanceList("h1", "b1", "v7", [.. states.Select((state, n) => new InstanceInfo(
            $"AAAA-{n}", $"vm{n}", state, null, 2, 512, [new DiskInfo("vda", "/d", n == 0 ? "ds1" : null, 1024, false)], "<domain/>", true, false, n, false))]);
        await using var server = await StartAsync(Says(200, JsonSerializer.Serialize(list, AgentJson.Default.InstanceList)));

        var report = Assert.IsType<AgentResult<InstanceReport>.Yes>(await Agent().InstancesAsync(At(server.Url), default)).Value;

        Assert.Equal(("h1", "b1", "v7", states.Length), (report.HypervisorUuid, report.BootId, report.Version, report.Instances.Length));
        Assert.Equal(new InstanceId("aaaa-0"), report.Instances[0].Id);
        Assert.Equal(new DatastoreId("ds1"), Assert.Single(report.Instances[0].Disks).Datastore);
        Assert.Equal(["vm0"], report.Instances.Where(i => i.State == InstanceState.ShutOff).Select(i => i.Name));
    }

    [Theory]
    [InlineData("""{"hypervisorUuid":"h1","bootId":"b1","version":"v"}""")]
    [InlineData("""{"hypervisorUuid":"h1","bootId":"b1","version":"v","instances":[{"uuid":"a","name":"vm1","definition":"<domain/>","managed":true,"epoch":1,"userStopped":false}]}""")]
    [InlineData("""{"hypervisorUuid":"h1","bootId":"b1","version":"v","instances":[null]}""")]
    public async Task A_list_with_a_hole_in_it_is_no_list(string body)
    {
        await using var server = await StartAsync(Says(200, body));

        Assert.IsType<AgentResult<InstanceReport>.Unknown>(await Agent().InstancesAsync(At(server.Url), default));
    }

    [Fact]
    public async Task Facts_of_a_host_are_read_with_their_datastores()
    {
        var answer = new HostAnswer("h1", "b1", "hv1", 8192, 4096, 8, true, false, true,
            [new DatastoreInfo("ds1", "/srv", 100, new Dictionary<string, string> { ["h2"] = "n2" })], ["disk is slow"]);
        await using var server = await StartAsync(Says(200, JsonSerializer.Serialize(answer, AgentJson.Default.HostAnswer)));

        var facts = Assert.IsType<AgentResult<HostFacts>.Yes>(await Agent().HostAsync(At(server.Url), default)).Value;

        Assert.Equal(("h1", 8192, 8, true, false, true), (facts.HypervisorUuid, facts.MemoryMiB, facts.Vcpus, facts.Protected, facts.Cleared, facts.FloorsKnown));
        Assert.Equal("n2", Assert.Single(facts.Datastores).Nonces["h2"]);
        Assert.Equal("disk is slow", Assert.Single(facts.Warnings));
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_not_kept()
    {
        await using var server = await StartAsync(Says(200, new string('x', 1024 * 1024 + 1)));

        Assert.Contains("1024 KiB", Assert.IsType<AgentResult<HostFacts>.Unknown>(await Agent().HostAsync(At(server.Url), default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Small_changes_go_where_the_contract_says()
    {
        var seen = new List<string>();
        await using var server = await StartAsync(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            seen.Add($"{context.Request.Method} {context.Request.Path} {await body.ReadToEndAsync()}");
            context.Response.StatusCode = 204;
        });
        var (agent, at) = (Agent(), At(server.Url));

        var done = new[]
        {
            await agent.ForgetAsync(at, Vm1, default),
            await agent.SetManagedAsync(at, Vm1, managed: true, mayStart: false, default),
            await agent.SetEpochFloorsAsync(at, "b1", ImmutableDictionary<InstanceId, long>.Empty.Add(Vm1, 7), default),
            await agent.ClearAsync(at, "b1", default),
            await agent.WriteNonceAsync(at, new DatastoreId("../ds1"), "n1", default),
        };

        Assert.All(done, result => Assert.Equal(new AgentResult<Done>.Yes(Done.Instance), result));
        Assert.Equal(
            [
                $"DELETE /v1/instances/{Vm1} ",
                $$"""PUT /v1/instances/{{Vm1}}/managed {"managed":true,"mayStart":false}""",
                $$$"""PUT /v1/epochs {"bootId":"b1","floors":{"{{{Vm1}}}":7}}""",
                """POST /v1/host/clear {"bootId":"b1"}""",
                """PUT /v1/datastores/..%2Fds1/nonce {"nonce":"n1"}""",
            ],
            seen);
    }

    [Fact]
    public async Task A_token_that_no_header_may_carry_is_refused_without_being_shown()
    {
        var agent = new AgentEndpoint(RawServer.Nobody(), new Secret("bad\r\ntoken"));

        var result = Assert.IsType<AgentResult<HostFacts>.Unknown>(await Agent().HostAsync(agent, default));

        Assert.True(result.NeverLeft);
        Assert.DoesNotContain("bad", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_own_cancellation_is_the_only_thing_that_it_throws()
    {
        var arrived = new TaskCompletionSource();
        await using var server = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadAsync(stream, token);
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        using var stop = new CancellationTokenSource();

        var asking = Agent().HostAsync(At(server.Url), stop.Token);
        await arrived.Task;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    private HttpHypervisorAgent Agent() => new(new AgentOptions(), _time);

    private static AgentEndpoint At(Uri url) => new(url, new Secret(Token));

    private Task<AgentResult<RunReport>> RunAsync(Uri url) => Agent().RunAsync(At(url), Vm1, "<domain/>", 7, default);

    private Task<AgentResult<CancelReport>> CancelAsync(Uri url) => Agent().CancelAsync(At(url), Vm1, 7, default);
}
