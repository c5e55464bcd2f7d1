using System.Collections.Immutable;
using HaActors.AgentApi;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using HaActors.Simulation.World;

namespace HaActors.Simulation.Ports;

/// <summary>How long a master waits for an agent.</summary>
public sealed record AgentDeadlines
{
    public TimeSpan Read { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Run { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan Change { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Speaks to the world's agents from where one master stands. A host is found by its agent's URL. What has left arrives, although its master is gone.</summary>
public sealed class SimulatedAgentClient(SimulatedWorld world, string master, AgentDeadlines? deadlines = null) : IHypervisorAgent
{
    private readonly AgentServer _server = new(world);
    private readonly AgentDeadlines _deadlines = deadlines ?? new AgentDeadlines();

    public Task<AgentResult<HostFacts>> HostAsync(AgentEndpoint agent, CancellationToken stopping) =>
        CallAsync(agent, _deadlines.Read, h => _server.AskAsync(master, h, AgentCall.Host, a => a.Host()), AgentReading.Facts, stopping);

    public Task<AgentResult<InstanceReport>> InstancesAsync(AgentEndpoint agent, CancellationToken stopping) =>
        CallAsync(agent, _deadlines.Read, h => _server.AskAsync(master, h, AgentCall.Instances, a => a.Instances()), AgentReading.Report, stopping);

    public Task<AgentResult<RunReport>> RunAsync(AgentEndpoint agent, InstanceId instance, string definition, long epoch, CancellationToken stopping) =>
        CallAsync(agent, _deadlines.Run, h => _server.RunAsync(master, h, instance, new RunRequest(definition, epoch)), AgentReading.Run, stopping);

    public Task<AgentResult<CancelReport>> CancelAsync(AgentEndpoint agent, InstanceId instance, long epoch, CancellationToken stopping) =>
        CallAsync(agent, _deadlines.Change, h => _server.CancelAsync(master, h, instance, epoch), AgentReading.Cancel, stopping);

    public Task<AgentResult<Done>> ForgetAsync(AgentEndpoint agent, InstanceId instance, CancellationToken stopping) =>
        CallAsync(agent, _deadlines.Change, h => _server.AskAsync(master, h, AgentCall.Forget, a => a.Forget(instance)), Yes, stopping);

    public Task<AgentResult<Done>> SetManagedAsync(AgentEndpoint agent, InstanceId instance, bool managed, bool mayStart, CancellationToken stopping) =>
        CallAsync(agent, _deadlines.Change, h => _server.AskAsync(master, h, AgentCall.Managed, a => a.SetManaged(instance, managed, mayStart)), Yes, stopping);

    public Task<AgentResult<Done>> SetEpochFloorsAsync(AgentEndpoint agent, string bootId, ImmutableDictionary<InstanceId, long> floors, CancellationToken stopping) =>
        CallAsync(agent, _deadlines.Change, h => _server.AskAsync(master, h, AgentCall.Floors, a => a.SetFloors(bootId, floors.ToImmutableSortedDictionary())), Yes, stopping);

    public Task<AgentResult<Done>> ClearAsync(AgentEndpoint agent, string bootId, CancellationToken stopping) =>
        CallAsync(agent, _deadlines.Change, h => _server.AskAsync(master, h, AgentCall.Clear, a => a.Clear(bootId)), Yes, stopping);

    public Task<AgentResult<Done>> WriteNonceAsync(AgentEndpoint agent, DatastoreId datastore, string nonce, CancellationToken stopping) =>
        CallAsync(agent, _deadlines.Change, h => _server.AskAsync(master, h, AgentCall.Nonce, a => a.WriteNonce(datastore, nonce)), _ => Done.Instance, stopping);

    private static Done Yes(Nothing nothing) => Done.Instance;

    private async Task<AgentResult<TOut>> CallAsync<TIn, TOut>(
        AgentEndpoint agent, TimeSpan deadline, Func<Host, Task<AgentReply<TIn>?>> ask, Func<TIn, TOut> read, CancellationToken stopping) where TIn : class
    {
        ArgumentNullException.ThrowIfNull(agent);
        stopping.ThrowIfCancellationRequested();
        try
        {
            return await ExchangeAsync(agent, ask, read).WaitAsync(deadline, world.Time, stopping).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new AgentResult<TOut>.Unknown($"no answer within {deadline.TotalSeconds:0.#} s");
        }
    }

    private async Task<AgentResult<TOut>> ExchangeAsync<TIn, TOut>(AgentEndpoint agent, Func<Host, Task<AgentReply<TIn>?>> ask, Func<TIn, TOut> read) where TIn : class
    {
        await Task.Delay(world.Draw(world.Timings.Network), world.Time, CancellationToken.None).ConfigureAwait(false);
        Host? host;
        var link = AgentLink.Silent;
        lock (world.Gate)
        {
            host = world.HostAt(agent.Url);
            if (host is not null) link = world.LinkTo(master, host);
        }

        if (link == AgentLink.Refused) return new AgentResult<TOut>.Unknown("connection refused", NeverLeft: true);
        if (host is null || link == AgentLink.Silent) return await Never<AgentResult<TOut>>().ConfigureAwait(false);
        if (!host.Token.Equals(agent.Token)) return new AgentResult<TOut>.No(AgentCodes.Unauthorized, "the token is missing or wrong");

        if (await ask(host).ConfigureAwait(false) is not { } reply) return await Never<AgentResult<TOut>>().ConfigureAwait(false);
        await Task.Delay(world.Draw(world.Timings.Network), world.Time, CancellationToken.None).ConfigureAwait(false);
        return reply switch
        {
            { Value: { } value } => new AgentResult<TOut>.Yes(read(value)),
            // libvirt may have died in the middle: nobody knows what it did.
            { Problem: { Code: AgentCodes.LibvirtDown } down } => new AgentResult<TOut>.Unknown(down.Message),
            { Problem: { } no } => new AgentResult<TOut>.No(no.Code, no.Message, no.Holder, no.RefusedUpTo),
            _ => new AgentResult<TOut>.Unknown("an answer without content"),
        };
    }

    private static Task<T> Never<T>() => new TaskCompletionSource<T>().Task;
}
