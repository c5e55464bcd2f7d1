using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Simulation.World;

/// <summary>What becomes of a connection to an agent.</summary>
internal enum AgentLink { Open, Refused, Silent }

public sealed partial class SimulatedWorld
{
    private readonly SortedSet<string> _isolated = new(StringComparer.Ordinal);

    private readonly SortedSet<string> _witnessesAway = new(StringComparer.Ordinal);

    /// <summary>A witness answers whoever reaches the site, until it is away.</summary>
    public bool WitnessAnswers(string master, string name)
    {
        lock (Gate) return !_isolated.Contains(master) && !_witnessesAway.Contains(name);
    }

    public void WitnessAway(string name) => Do(() =>
    {
        _witnessesAway.Add(name);
        Tell($"witness {name} away");
    });

    public void WitnessBack(string name) => Do(() =>
    {
        _witnessesAway.Remove(name);
        Tell($"witness {name} back");
    });

    /// <summary>Does whoever has this address answer ping from this master?</summary>
    public bool AnswersPing(string master, string address)
    {
        lock (Gate)
        {
            return _hosts.Values.FirstOrDefault(h => h.Address == address) is { } host && CableLeadsTo(master, host)
                && !host.IcmpFiltered && (!host.IsHung || host.AnswersPingWhileHung);
        }
    }

    internal Host? HostAt(Uri agent) => _hosts.Values.FirstOrDefault(h => h.AgentUrl.Authority == agent.Authority);

    internal AgentLink LinkTo(string master, Host host) =>
        !CableLeadsTo(master, host) || host.IsHung ? AgentLink.Silent : host.AgentAlive ? AgentLink.Open : AgentLink.Refused;

    /// <summary>The device that answers at this address, and the host that it switches.</summary>
    internal (PowerDevice Device, Host Host)? DeviceAt(string master, FenceDevice device)
    {
        if (_isolated.Contains(master)) return null;
        foreach (var host in _hosts.Values)
        {
            var found = device is IpmiDevice ipmi
                ? (host.Bmc is { } b && b.Address == ipmi.Host && b.Port == ipmi.Port ? b : null)
                : (PowerDevice?)host.Outlets.FirstOrDefault(o => o.Is(device));
            if (found is not null) return found is { OnNetwork: true, IsDead: false } ? (found, host) : null;
        }

        return null;
    }

    /// <summary>Its BMC's address leads to another host's BMC.</summary>
    public bool IsBmcSwapped(HypervisorId hypervisor)
    {
        lock (Gate) return TheHost(hypervisor).Bmc is { } bmc && bmc.Address != bmc.Registered;
    }

    /// <summary>Its BMC read off whatever is so until a moment ago: what was read then may be told as a proof now.</summary>
    public bool HasBmcLied(HypervisorId hypervisor, TimeSpan within)
    {
        lock (Gate) return TheHost(hypervisor).Bmc is { LiedUntil: { } until } && Now - until <= within;
    }

    /// <summary>The host that a master means by this device, whatever its cable leads to.</summary>
    internal string MeantBy(FenceDevice device) =>
        _hosts.Values.FirstOrDefault(h => device is IpmiDevice ipmi ? h.Bmc is { } b && b.Registered == ipmi.Host && b.Port == ipmi.Port : h.Outlets.Any(o => o.Is(device)))?.Id.Value
        ?? device.Name;

    private bool CableLeadsTo(string master, Host host) =>
        host.Runs && host.CablePlugged && !host.CutFrom.Contains(master) && !_isolated.Contains(master);
}
