using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using HaActors.Agent;
using HaActors.Agent.Hosts;
using HaActors.AgentApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HaActors.Tests.Agent;

[Collection(LibvirtTests.Name)]
public sealed class AgentHttpSpec : IAsyncLifetime
{
    private const string Token = "a-token-of-the-tests";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("haagent-http-");
    private readonly FakeHost _host = new();
    private readonly string _uuid = TestDomain.NewUuid();
    private readonly List<WebApplication> _agents = [];
    private HttpClient _agent = null!;

    public async Task InitializeAsync() => _agent = await StartAsync("one", Token);

    public async Task DisposeAsync()
    {
        await _agent.DeleteAsync(AgentPaths.Instance(_uuid));
        _agent.Dispose();
        foreach (var agent in _agents) await agent.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Health_is_open_and_names_host_boot_and_a_version_that_changes_with_a_state()
    {
        _agent.DefaultRequestHeaders.Authorization = null;
        var before = await GetAsync<HealthAnswer>(AgentPaths.Health);
        Assert.Equal((HealthAnswer.Healthy, _host.MachineId, _host.BootId), (before.Status, before.HypervisorUuid, before.BootId));
        Authorize();
        await TellFloorsAsync();
        await RunAsync(1);
        var one = await GetAsync<InstanceInfo>(AgentPaths.Instance(_uuid));    // asks libvirt anew
        Assert.Equal(InstanceState.Running, one.State);
        Assert.NotEqual(before.Instances, (await GetAsync<HealthAnswer>(AgentPaths.Health)).Instances);
        Assert.Equal((await GetAsync<HealthAnswer>(AgentPaths.Health)).Instances, (await GetAsync<InstanceList>(AgentPaths.Instances)).Version);
        await StopAsync(2);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("a-token-of-the-testz")]
    [InlineData("a-token")]
    public async Task Everything_else_needs_the_token(string? token)
    {
        _agent.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        var answer = await _agent.GetAsync(AgentPaths.Host);
        Authorize();
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(AgentCodes.Unauthorized, (await ProblemAsync(answer)).Code);
    }

    [Fact]
    public async Task Without_a_token_configured_only_health_is_served()
    {
        using var open = await StartAsync("two", token: null);
        Assert.Equal(HttpStatusCode.OK, (await open.GetAsync(AgentPaths.Health)).StatusCode);
        open.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "");
        foreach (var path in new[] { AgentPaths.Host, AgentPaths.Instances, "/health/", "/HEALTH/../v1/host", "/" })
        {
            var answer = await open.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, answer.StatusCode));
            Assert.Contains("HaAgent:Token", (await ProblemAsync(answer)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_cancel_and_delete_over_the_wire()
    {
        var unknown = await _agent.PutAsync(AgentPaths.Run(_uuid), Body(new RunRequest(TestDomain.Xml(_uuid), 1)));
        Assert.Equal((HttpStatusCode.Conflict, AgentCodes.EpochsUnknown), (unknown.StatusCode, (await ProblemAsync(unknown)).Code));
        await TellFloorsAsync();
        Assert.Equal(new RunAnswer(_uuid, InstanceState.Running, 1, Already: false), await RunAsync(1));
        Assert.Equal(new RunAnswer(_uuid, InstanceState.Running, 1, Already: true), await RunAsync(1));
        var cancelled = await PostAsync<CancelAnswer>(AgentPaths.Cancel(_uuid), new EpochRequest(1));
        Assert.Equal((true, 1L), (cancelled.Present, cancelled.RefusedUpTo));
        Assert.Equal(HttpStatusCode.Conflict, (await _agent.DeleteAsync(AgentPaths.Instance(_uuid))).StatusCode);
        await StopAsync(2);
        var info = await GetAsync<InstanceInfo>(AgentPaths.Instance(_uuid));
        Assert.Equal((InstanceState.ShutOff, 2L, false), (info.State, info.Epoch, info.UserStopped));
        Assert.Equal(HttpStatusCode.NoContent, (await _agent.DeleteAsync(AgentPaths.Instance(_uuid))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _agent.GetAsync(AgentPaths.Instance(_uuid))).StatusCode);
    }

    [Fact]
    public async Task What_its_user_shut_off_is_told_so_in_this_boot()
    {
        await TellFloorsAsync();
        await RunAsync(1);
        using (var libvirt = HaActors.Agent.Libvirt.LibvirtConnection.Open(LibvirtTestDriver.Uri))
        using (var domain = libvirt.Find(_uuid))
            domain!.Destroy();
        var info = await GetAsync<InstanceInfo>(AgentPaths.Instance(_uuid));
        Assert.Equal((InstanceState.ShutOff, "destroyed", true), (info.State, info.StateReason, info.UserStopped));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"epoch\":\"x\"}")]
    public async Task A_body_that_is_not_what_is_expected_is_400_with_a_problem(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var answer = await _agent.PostAsync(AgentPaths.Cancel(_uuid), content);
        Assert.Equal((HttpStatusCode.BadRequest, AgentCodes.Invalid), (answer.StatusCode, (await ProblemAsync(answer)).Code));
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        using var content = new StringContent("{\"epoch\":1,\"x\":\"" + new string('x', 9 << 20) + "\"}", Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, AgentPaths.Cancel(_uuid)) { Content = content };
        request.Headers.ExpectContinue = true;    // answered before the body is sent, or the broken connection would hide the answer
        var answer = await _agent.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData("/v1/instances/00000000-0000-4000-8000-000000000000")]
    [InlineData("/v1/instances/..%2f..%2fetc%2fpasswd")]
    [InlineData("/v1/datastores/00000000-0000-4000-8000-000000000000/nonce")]
    [InlineData("/v1/nothing")]
    public async Task What_is_not_here_is_404_with_a_problem(string path)
    {
        var answer = await _agent.GetAsync(path);
        Assert.Equal((HttpStatusCode.NotFound, AgentCodes.NotFound), (answer.StatusCode, (await ProblemAsync(answer)).Code));
    }

    [Fact]
    public async Task Clearing_counts_for_the_boot_that_was_meant()
    {
        Assert.Equal(HttpStatusCode.Conflict, (await _agent.PostAsync(AgentPaths.Clear, Body(new ClearRequest("another boot")))).StatusCode);
        Assert.False((await GetAsync<HostAnswer>(AgentPaths.Host)).Cleared);
        Assert.Equal(HttpStatusCode.NoContent, (await _agent.PostAsync(AgentPaths.Clear, Body(new ClearRequest(_host.BootId)))).StatusCode);
        Assert.True((await GetAsync<HostAnswer>(AgentPaths.Host)).Cleared);
    }

    [Fact]
    public async Task A_nonce_that_one_agent_writes_another_reads_on_the_same_file_system()
    {
        using var other = await StartAsync("two", Token);
        var mine = Assert.Single((await GetAsync<HostAnswer>(AgentPaths.Host)).Datastores);
        var theirs = Assert.Single((await other.GetFromJsonAsync(AgentPaths.Host, AgentJson.Default.HostAnswer))!.Datastores);
        Assert.Equal(mine.Uuid, theirs.Uuid);
        await _agent.PutAsync(AgentPaths.Nonce(mine.Uuid), Body(new NonceRequest("n-1")));
        var read = await other.GetFromJsonAsync(AgentPaths.Nonce(mine.Uuid), AgentJson.Default.NonceAnswer);
        Assert.Equal("n-1", Assert.Contains(_host.MachineId!, read!.Nonces));
        Assert.Equal(HttpStatusCode.BadRequest, (await _agent.PutAsync(AgentPaths.Nonce(mine.Uuid), Body(new NonceRequest("../x y")))).StatusCode);
    }

    private async Task<HttpClient> StartAsync(string state, string? token)
    {
        Directory.CreateDirectory(Path.Combine(_directory.FullName, "shared"));
        string[] args =
        [
            "--Urls", "http://127.0.0.1:0", "--HaAgent:LibvirtUri", LibvirtTestDriver.Uri, "--HaAgent:StopGrace", "00:00:00",
            "--HaAgent:StateDirectory", Path.Combine(_directory.FullName, state), "--HaAgent:HookDirectory", Path.Combine(_directory.FullName, "hooks"),
            "--HaAgent:Datastores", Path.Combine(_directory.FullName, "shared"), .. token is null ? Array.Empty<string>() : ["--HaAgent:Token", token],
        ];
        var agent = AgentHost.Build(args, builder => builder.Services.AddSingleton<IHostFacts>(_host));
        _agents.Add(agent);
        await agent.StartAsync();
        var address = agent.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var client = new HttpClient { BaseAddress = new Uri(address) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return client;
    }

    private void Authorize() => _agent.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);

    private async Task TellFloorsAsync() =>
        Assert.Equal(HttpStatusCode.NoContent, (await _agent.PutAsync(AgentPaths.Epochs, Body(new EpochFloors(_host.BootId, new Dictionary<string, long>())))).StatusCode);

    private async Task<RunAnswer> RunAsync(long epoch)
    {
        var answer = await _agent.PutAsync(AgentPaths.Run(_uuid), Body(new RunRequest(TestDomain.Xml(_uuid), epoch)));
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<RunAnswer>(AgentJson.Default.Options))!;
    }

    private Task<RunAnswer> StopAsync(long epoch) => PostAsync<RunAnswer>(AgentPaths.Stop(_uuid), new EpochRequest(epoch));

    private async Task<T> GetAsync<T>(string path) => (await _agent.GetFromJsonAsync<T>(path, AgentJson.Default.Options))!;

    private async Task<T> PostAsync<T>(string path, object body)
    {
        var answer = await _agent.PostAsync(path, Body(body));
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<T>(AgentJson.Default.Options))!;
    }

    private static JsonContent Body(object body) => JsonContent.Create(body, body.GetType(), options: AgentJson.Default.Options);

    private static async Task<AgentProblem> ProblemAsync(HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return (await answer.Content.ReadFromJsonAsync<AgentProblem>(AgentJson.Default.Options))!;
    }
}
