using System.Net;
using System.Security.Cryptography;
using System.Text;
using HaActors.AgentApi;
using HaActors.Domain;
using HaActors.Simulation.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Host = HaActors.Simulation.World.Host;

namespace HaActors.Simulation.Http;

/// <summary>
/// One host's agent behind real HTTP on a loopback port of its own, for masters that speak HTTP. A host that is off, hung or cut takes
/// the connection and never answers; a killed agent refuses it. For a world on real time.
/// </summary>
public sealed class SimulatedAgentHost : IAsyncDisposable
{
    private readonly SimulatedWorld _world;
    private readonly Host _host;
    private readonly AgentServer _server;
    private readonly string _master;
    private readonly Lock _gate = new();
    private Task _following = Task.CompletedTask;
    private WebApplication? _app;
    private int _port;
    private bool _disposed;

    private SimulatedAgentHost(SimulatedWorld world, Host host, string master)
    {
        _world = world;
        _host = host;
        _master = master;
        _server = new AgentServer(world);
    }

    /// <summary>Where the agent listens; the world's <see cref="SimulatedWorld.EndpointOf"/> says the same from now on.</summary>
    public Uri Url => new($"http://127.0.0.1:{_port}");

    /// <summary>Listens on a free loopback port.</summary>
    /// <param name="master">From where its callers ask: partitions are between a master and a host.</param>
    public static async Task<SimulatedAgentHost> StartAsync(SimulatedWorld world, HypervisorId hypervisor, string master = "m1")
    {
        ArgumentNullException.ThrowIfNull(world);
        Host host;
        lock (world.Gate) host = world.TheHost(hypervisor);
        var agent = new SimulatedAgentHost(world, host, master);
        await agent.ListenAsync().ConfigureAwait(false);
        lock (world.Gate) host.AgentUrl = agent.Url;
        world.Acted += agent.Follow;
        agent.Follow(null);
        return agent;
    }

    /// <summary>Ends when the port listens, or refuses, as the world wants it by now.</summary>
    public Task SettledAsync()
    {
        lock (_gate) return _following;
    }

    public async ValueTask DisposeAsync()
    {
        _world.Acted -= Follow;
        Task following;
        lock (_gate)
        {
            _disposed = true;
            following = _following;
        }

        await following.ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
    }

    private void Follow(Act? act)
    {
        lock (_gate)
        {
            if (!_disposed) _following = FollowAsync(_following);
        }
    }

    private async Task FollowAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        bool refuses;
        lock (_world.Gate) refuses = _world.LinkTo(_master, _host) == AgentLink.Refused;
        if (refuses) await CloseAsync().ConfigureAwait(false);
        else await ListenAsync().ConfigureAwait(false);
    }

    private async Task ListenAsync()
    {
        if (_app is not null) return;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.Zero);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, _port));
        var app = builder.Build();
        app.Use(GuardAsync);
        new AgentRoutes(_world, _host, _server, _master).Map(app);
        await app.StartAsync().ConfigureAwait(false);
        _port = new Uri(app.Urls.First()).Port;
        _app = app;
    }

    private async Task CloseAsync()
    {
        if (_app is not { } app) return;
        _app = null;
        await app.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Silence first, then the token: a dead host checks nothing.</summary>
    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        AgentLink link;
        lock (_world.Gate) link = _world.LinkTo(_master, _host);
        if (link == AgentLink.Refused)
        {
            context.Abort();
            return;
        }

        if (link == AgentLink.Silent) await AgentRoutes.SilenceAsync(context).ConfigureAwait(false);
        else if (context.Request.Path == AgentPaths.Health || MayPass(context.Request.Headers.Authorization)) await next(context).ConfigureAwait(false);
        else await AgentRoutes.WriteAsync(context, 401, new AgentProblem(AgentCodes.Unauthorized, "The token is missing or wrong.")).ConfigureAwait(false);
    }

    private bool MayPass(string? authorization)
    {
        var wanted = SHA256.HashData(Encoding.UTF8.GetBytes("Bearer " + _host.Token.Reveal()));
        return CryptographicOperations.FixedTimeEquals(wanted, SHA256.HashData(Encoding.UTF8.GetBytes(authorization ?? "")));
    }
}
