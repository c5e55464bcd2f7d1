using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using HaActors.AgentApi;
using HaActors.Simulation.Http;
using HaActors.Simulation.World;
using Xunit;

namespace HaActors.Tests.Simulation.World;

/// <summary>The same agent over real loopback HTTP.</summary>
public sealed class AgentHostTests : IAsyncLifetime
{
    private static readonly WorldTimings Fast = new() { Start = Takes.Ms(1, 5), Boot = Takes.Ms(10, 20), Network = Takes.Ms(0, 1) };
    private readonly SimulatedWorld _world = new(TimeProvider.System, 1, Fast);
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero };
    private readonly SimulatedFleet _fleet;
    private SimulatedAgentHost _hv1 = null!;
    private SimulatedAgentHost _hv2 = null!;

    public AgentHostTests() => _fleet = SimulatedFleet.Build(_world, new FleetOptions { Hosts = 2, InstancesPerHost = 1, AgentsKnown = true });

    public async Task InitializeAsync()
    {
        _hv1 = await SimulatedAgentHost.StartAsync(_world, Site.Hv1);
        _hv2 = await SimulatedAgentHost.StartAsync(_world, Site.Hv2);
    }

    public async Task DisposeAsync()
    {
        await _hv1.DisposeAsync();
        await _hv2.DisposeAsync();
        _handler.Dispose();
        _world.Stop();
    }

    [Fact]
    public async Task Health_is_open_and_the_rest_needs_the_token()
    {
        using var nobody = new HttpClient(_handler, disposeHandler: false) { BaseAddress = _hv1.Url };
        var health = await nobody.GetFromJsonAsync(AgentPaths.Health, AgentJson.Default.HealthAnswer);

        Assert.Equal((HealthAnswer.Healthy, _world.Look(Site.Hv1).Uuid), (health!.Status, health.HypervisorUuid));
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync(AgentPaths.Instances)).StatusCode);
        using var http = Client(_hv1);
        Assert.Equal("vm1", (await http.GetFromJsonAsync(AgentPaths.Instances, AgentJson.Default.InstanceList))!.Instances.Single().Name);
    }

    [Fact]
    public async Task A_run_over_http_starts_the_copy_and_a_refusal_is_a_problem_with_a_code()
    {
        using var http = Client(_hv2);
        var vm1 = _fleet.Instance("vm1");
        using var before = Client(_hv1);
        var definition = (await before.GetFromJsonAsync(AgentPaths.Instances, AgentJson.Default.InstanceList))!.Instances.Single().Definition;

        var locked = await http.PutAsJsonAsync(AgentPaths.Run(vm1.Value), new RunRequest(definition, 1), AgentJson.Default.RunRequest);
        var problem = await locked.Content.ReadFromJsonAsync(AgentJson.Default.AgentProblem);
        Assert.Equal((HttpStatusCode.Conflict, AgentCodes.ImageLocked, "hv1"), (locked.StatusCode, problem!.Code, problem.Holder));

        _world.PowerLoss(Site.Hv1);
        var answer = await http.PutAsJsonAsync(AgentPaths.Run(vm1.Value), new RunRequest(definition, 2), AgentJson.Default.RunRequest);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal([Site.Hv2], _world.Copies(vm1).Select(c => c.Hypervisor));
        Assert.Equal(HttpStatusCode.NoContent, (await http.PutAsJsonAsync(AgentPaths.Managed(vm1.Value), new ManagedRequest(true, false), AgentJson.Default.ManagedRequest)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PutAsync(AgentPaths.Run(vm1.Value), new StringContent("{"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/v1/nothing")).StatusCode);
    }

    [Fact]
    public async Task A_cut_hung_or_dead_host_takes_the_connection_and_never_answers()
    {
        using var http = Client(_hv1);
        Action[] silences = [() => _world.CutCable(Site.Hv1), () => _world.Hang(Site.Hv1), () => _world.PowerLoss(Site.Hv1)];
        foreach (var silence in silences)
        {
            silence();
            await _hv1.SettledAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.GetAsync(AgentPaths.Health, patience.Token));
            _world.PlugCable(Site.Hv1);
            _world.Unhang(Site.Hv1);
        }
    }

    [Fact]
    public async Task A_killed_agent_refuses_and_a_started_one_listens_on_the_same_port()
    {
        using var http = Client(_hv1);
        _world.KillAgent(Site.Hv1);
        await _hv1.SettledAsync();
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(AgentPaths.Health));
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refused.InnerException).SocketErrorCode);

        _world.StartAgent(Site.Hv1);
        await _hv1.SettledAsync();

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(AgentPaths.Health)).StatusCode);
    }

    private HttpClient Client(SimulatedAgentHost agent)
    {
        var endpoint = _world.EndpointOf(agent == _hv1 ? Site.Hv1 : Site.Hv2);
        Assert.Equal(agent.Url, endpoint.Url);
        var http = new HttpClient(_handler, disposeHandler: false) { BaseAddress = endpoint.Url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", endpoint.Token.Reveal());
        return http;
    }
}
