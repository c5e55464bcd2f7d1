using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Inventory;
using HaActors.Domain.Notifications;
using HaActors.Domain.Ports;
using HaActors.Domain.Probing;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;

namespace HaActors.Simulation.Ports;

/// <summary>
/// The world's ports for one master on virtual time. The work runs in the world's lane and the answer comes back to the master's:
/// a master that is killed or gives up changes nothing of what it has sent.
/// </summary>
/// <param name="worldLane">The lane whose clock <paramref name="world"/> was made with.</param>
public sealed class LanePorts(
    SimulatedWorld world, string master, VirtualLane masterLane, VirtualLane worldLane,
    TimeSpan? probeDeadline = null, TimeSpan? bmcCallTimeout = null, AgentDeadlines? agentDeadlines = null) : IHypervisorProbe, IPowerSwitch, IHypervisorAgent, IWitnessProbe, IWebhookSender
{
    private readonly SimulatedProbe _probe = new(world, master, probeDeadline);
    private readonly SimulatedWitness _witness = new(world, master, probeDeadline);
    private readonly SimulatedPowerSwitch _power = new(world, master, bmcCallTimeout);
    private readonly SimulatedAgentClient _agent = new(world, master, agentDeadlines);

    public Task<ProbeOutcome> ProbeAsync(ProbeTarget target, CancellationToken stopping) => Cross(() => _probe.ProbeAsync(target, default), stopping);

    public Task<WitnessReading> AskAsync(Witness witness, CancellationToken stopping) => Cross(() => _witness.AskAsync(witness, default), stopping);

    public Task<PowerReading> ReadAsync(FenceDevice device, CancellationToken stopping) => Cross(() => _power.ReadAsync(device, default), stopping);

    /// <summary>The question is asked in the master's lane, at the moment at which the command leaves it.</summary>
    public Task<PowerReading> TurnOffAsync(FenceDevice device, Func<bool> mayStillLeave, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(mayStillLeave);
        stopping.ThrowIfCancellationRequested();
        var leaves = mayStillLeave();
        return Cross(() => _power.TurnOffAsync(device, () => leaves, default), stopping);
    }

    public Task<PowerReading> TurnOnAsync(FenceDevice device, CancellationToken stopping) => Cross(() => _power.TurnOnAsync(device, default), stopping);

    public Task<DeviceIdentity> IdentityAsync(FenceDevice device, CancellationToken stopping) => Cross(() => _power.IdentityAsync(device, default), stopping);

    public Task<AgentResult<HostFacts>> HostAsync(AgentEndpoint agent, CancellationToken stopping) => Cross(() => _agent.HostAsync(agent, default), stopping);

    public Task<AgentResult<InstanceReport>> InstancesAsync(AgentEndpoint agent, CancellationToken stopping) => Cross(() => _agent.InstancesAsync(agent, default), stopping);

    public Task<AgentResult<RunReport>> RunAsync(AgentEndpoint agent, InstanceId instance, string definition, long epoch, CancellationToken stopping) =>
        Cross(() => _agent.RunAsync(agent, instance, definition, epoch, default), stopping);

    public Task<AgentResult<CancelReport>> CancelAsync(AgentEndpoint agent, InstanceId instance, long epoch, CancellationToken stopping) =>
        Cross(() => _agent.CancelAsync(agent, instance, epoch, default), stopping);

    public Task<AgentResult<Done>> ForgetAsync(AgentEndpoint agent, InstanceId instance, CancellationToken stopping) =>
        Cross(() => _agent.ForgetAsync(agent, instance, default), stopping);

    public Task<AgentResult<Done>> SetManagedAsync(AgentEndpoint agent, InstanceId instance, bool managed, bool mayStart, CancellationToken stopping) =>
        Cross(() => _agent.SetManagedAsync(agent, instance, managed, mayStart, default), stopping);

    public Task<AgentResult<Done>> SetEpochFloorsAsync(AgentEndpoint agent, string bootId, ImmutableDictionary<InstanceId, long> floors, CancellationToken stopping) =>
        Cross(() => _agent.SetEpochFloorsAsync(agent, bootId, floors, default), stopping);

    public Task<AgentResult<Done>> ClearAsync(AgentEndpoint agent, string bootId, CancellationToken stopping) => Cross(() => _agent.ClearAsync(agent, bootId, default), stopping);

    public Task<AgentResult<Done>> WriteNonceAsync(AgentEndpoint agent, DatastoreId datastore, string nonce, CancellationToken stopping) =>
        Cross(() => _agent.WriteNonceAsync(agent, datastore, nonce, default), stopping);

    public Task<CallAnswer> SendAsync(Webhook webhook, LoggedEvent line, CancellationToken stopping) => Cross(() => world.Receivers.CallAsync(master, webhook, line), stopping);

    private Task<T> Cross<T>(Func<Task<T>> work, CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        return masterLane.CallAsync(worldLane, work, stopping);
    }
}
