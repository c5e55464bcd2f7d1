using Akka.Actor;
using HaActors.Domain;
using HaActors.Domain.Ports;
using HaActors.Simulation.Http;
using HaActors.Simulation.Ports;
using HaActors.Simulation.World;
using Microsoft.Extensions.DependencyInjection;

namespace HaActors.Simulation.Live;

/// <summary>
/// A simulated fleet on real time beside a real master in one process: its agents answer real HTTP on loopback ports, its ping and its power
/// are ports of that master. In plain words only, so that whoever shows it needs nothing of the domain.
/// </summary>
public sealed class LiveFleet : IAsyncDisposable
{
    private const string Master = "master";
    private readonly SimulatedWorld _world;
    private readonly SimulatedFleet _fleet;
    private readonly TimeSpan _probeTimeout;
    private readonly List<SimulatedAgentHost> _agents = [];

    private LiveFleet(LiveFleetOptions options)
    {
        _probeTimeout = options.ProbeTimeout;
        _world = new SimulatedWorld(TimeProvider.System, options.Seed, new WorldTimings { Boot = Takes.Exactly(options.Boot) });
        _fleet = SimulatedFleet.Build(_world, new FleetOptions { Hosts = options.Hypervisors, InstancesPerHost = options.InstancesEach, ImageLocks = false });
        _world.Acted += act => Acted?.Invoke(act.Text);
    }

    /// <summary>Everything that happens in the world, in words; from any thread.</summary>
    public event Action<string>? Acted;

    /// <summary>What an operator types; complete once the fleet has started.</summary>
    public IReadOnlyList<LiveHypervisor> Hypervisors { get; private set; } = [];

    /// <summary>Two copies of one instance at one time, in words. Must stay empty: no image lock hides a broken rule here.</summary>
    public IReadOnlyList<string> Violations => [.. _world.Violations.Select(v => v.Text)];

    /// <summary>Makes the world and lets its agents listen on free ports of 127.0.0.1.</summary>
    public static async Task<LiveFleet> StartAsync(LiveFleetOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var live = new LiveFleet(options);
        try
        {
            foreach (var hypervisor in live._fleet.Hypervisors)
                live._agents.Add(await SimulatedAgentHost.StartAsync(live._world, hypervisor.Id, Master).ConfigureAwait(false));
        }
        catch
        {
            await live.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        live.Hypervisors = [.. live._fleet.Hypervisors.Select(h => live.Typed(h.Id))];
        return live;
    }

    /// <summary>Replaces a master's probe and power switch; its calls to agents stay real.</summary>
    public void UsePorts(IServiceCollection services)
    {
        services.AddSingleton<IHypervisorProbe>(_ => new LiveProbe(_world, Master, _probeTimeout));
        services.AddSingleton<IPowerSwitch>(s => new LivePower(
            new SimulatedPowerSwitch(_world, Master), () => s.GetRequiredService<ActorSystem>().Scheduler.MonotonicClock));
    }

    /// <summary>A hypervisor dies; nothing happens to one that is off.</summary>
    public void Kill(string hypervisor, Death how = Death.Hang)
    {
        var id = new HypervisorId(hypervisor);
        switch (how)
        {
            case Death.Hang:
                _world.Hang(id, answersPing: false);
                break;
            case Death.Power:
                _world.PowerLoss(id);
                break;
            case Death.Cable:
                _world.CutCable(id);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(how), how, null);
        }
    }

    /// <summary>Somebody repairs it: the cable, the hang, the power, whatever is wrong.</summary>
    public void Revive(string hypervisor)
    {
        var id = new HypervisorId(hypervisor);
        if (!_world.Look(id).CablePlugged) _world.PlugCable(id);
        if (_world.Look(id).IsHung) _world.Unhang(id);
        if (_world.Look(id).Power == HostPower.Off) _world.PowerOn(id);
    }

    /// <summary>On, reachable and answering, as the world knows it; a host that boots isn't yet.</summary>
    public bool IsAlive(string hypervisor) => _world.Look(new HypervisorId(hypervisor)) is { Power: HostPower.On, IsHung: false, CablePlugged: true };

    /// <summary>Where everything really runs now, in the order of the names.</summary>
    public IReadOnlyList<LiveInstance> Instances()
    {
        var copies = _world.Copies().Where(c => !c.Paused).ToLookup(c => c.Id, c => c.Hypervisor.Value);
        return [.. _fleet.Instances.Select(i => new LiveInstance(i.Id.Value, i.Name, i.HypervisorId.Value, [.. copies[i.Id]]))];
    }

    public async ValueTask DisposeAsync()
    {
        _world.Stop();
        foreach (var agent in _agents)
            await agent.DisposeAsync().ConfigureAwait(false);
    }

    private LiveHypervisor Typed(HypervisorId id)
    {
        var (agent, bmc) = (_world.EndpointOf(id), _world.BmcOf(id)!);
        return new LiveHypervisor(id.Value, _world.AddressOf(id), agent.Url, agent.Token.Reveal(), bmc.Host, bmc.Port, bmc.Username, bmc.Password.Reveal());
    }
}
