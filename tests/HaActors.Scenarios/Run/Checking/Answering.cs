using HaActors.Domain;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>Since when each host answers its probes without a break, as the world knows it.</summary>
internal sealed class Answering
{
    private readonly SimulatedWorld _world;
    private readonly Dictionary<HypervisorId, TimeSpan> _since = [];
    private readonly HashSet<HypervisorId> _wiped = [];
    private bool _isolated;

    public Answering(SimulatedWorld world)
    {
        _world = world;
        foreach (var host in world.Hypervisors) _since[host] = TimeSpan.Zero;
        world.Acted += OnAct;
    }

    /// <summary>Null: it does not answer.</summary>
    public TimeSpan? Since(HypervisorId host) => !_isolated && _since.TryGetValue(host, out var since) ? since : null;

    /// <summary>Its agent has lost what was on its disk at some time of this night.</summary>
    public bool WasWiped(HypervisorId host) => _wiped.Contains(host);

    private void OnAct(Act act)
    {
        var first = act.Text.AsSpan(0, Math.Max(0, act.Text.IndexOf(' ')));
        if (act.Text.EndsWith(" isolated", StringComparison.Ordinal)) _isolated = true;
        if (act.Text.EndsWith(" rejoined", StringComparison.Ordinal))
        {
            _isolated = false;
            foreach (var host in _since.Keys.ToList()) _since[host] = act.At;
        }

        foreach (var host in _world.Hypervisors)
        {
            if (!first.SequenceEqual(host.Value)) continue;
            if (act.Text.EndsWith("agent state wiped", StringComparison.Ordinal)) _wiped.Add(host);
            if (!Answers(_world.Look(host))) _since.Remove(host);
            else _since.TryAdd(host, act.At);
        }
    }

    private static bool Answers(HostView host) => host is { Power: HostPower.On, IsHung: false, AgentAlive: true, LibvirtdAlive: true, CablePlugged: true };
}
