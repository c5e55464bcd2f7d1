using System.Collections.Concurrent;
using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using static HaActors.Tests.Domain.Instances.An;

namespace HaActors.Tests.Actors.Instances;

/// <summary>Three agents that answer what the test says; they are told apart by their URL.</summary>
internal sealed class FakeAgent : IHypervisorAgent
{
    public ConcurrentQueue<(HypervisorId, long)> Runs { get; } = new();

    public ConcurrentQueue<AgentResult<RunReport>> RunAnswers { get; } = new();

    public ConcurrentDictionary<HypervisorId, AgentResult<CancelReport>> CancelAnswers { get; } = new();

    public ConcurrentDictionary<HypervisorId, AgentResult<InstanceReport>> Lists { get; } = new();

    public ConcurrentQueue<ImmutableDictionary<InstanceId, long>> Floors { get; } = new();

    public ManualResetEventSlim Cancelled { get; } = new();

    public ManualResetEventSlim RunSent { get; } = new();

    public volatile bool HoldRuns;

    public static AgentResult<InstanceReport> With(long? epoch) => new AgentResult<InstanceReport>.Yes(new InstanceReport("uuid", "b1", "1", epoch is { } e
        ? [new ReportedInstance(Vm, "vm1", InstanceState.Running, false, 1, 512, [], "<domain/>", true, e)]
        : []));

    public Task<AgentResult<HostFacts>> HostAsync(AgentEndpoint agent, CancellationToken stopping) =>
        Task.FromResult<AgentResult<HostFacts>>(new AgentResult<HostFacts>.Yes(new HostFacts("uuid", "b1", 16384, 8, true, true, false, [], [])));

    public Task<AgentResult<InstanceReport>> InstancesAsync(AgentEndpoint agent, CancellationToken stopping) =>
        Task.FromResult(Lists.GetValueOrDefault(Of(agent)) ?? new AgentResult<InstanceReport>.Unknown("silent"));

    public async Task<AgentResult<RunReport>> RunAsync(AgentEndpoint agent, InstanceId instance, string definition, long epoch, CancellationToken stopping)
    {
        Runs.Enqueue((Of(agent), epoch));
        RunSent.Set();
        if (HoldRuns)
        {
            await Task.Delay(Timeout.Infinite, stopping);
        }

        return RunAnswers.TryDequeue(out var answer) ? answer : new AgentResult<RunReport>.Yes(new RunReport(InstanceState.Running, epoch, false));
    }

    public Task<AgentResult<CancelReport>> CancelAsync(AgentEndpoint agent, InstanceId instance, long epoch, CancellationToken stopping)
    {
        Cancelled.Set();
        return Task.FromResult(CancelAnswers.GetValueOrDefault(Of(agent)) ?? new AgentResult<CancelReport>.Unknown("silent"));
    }

    public Task<AgentResult<Done>> ForgetAsync(AgentEndpoint agent, InstanceId instance, CancellationToken stopping) => Yes();

    public Task<AgentResult<Done>> SetManagedAsync(AgentEndpoint agent, InstanceId instance, bool managed, bool mayStart, CancellationToken stopping) => Yes();

    public Task<AgentResult<Done>> SetEpochFloorsAsync(AgentEndpoint agent, string bootId, ImmutableDictionary<InstanceId, long> floors, CancellationToken stopping)
    {
        Floors.Enqueue(floors);
        return Yes();
    }

    public Task<AgentResult<Done>> ClearAsync(AgentEndpoint agent, string bootId, CancellationToken stopping) => Yes();

    public Task<AgentResult<Done>> WriteNonceAsync(AgentEndpoint agent, DatastoreId datastore, string nonce, CancellationToken stopping) => Yes();

    private static HypervisorId Of(AgentEndpoint agent) => new(agent.Url.Host);

    private static Task<AgentResult<Done>> Yes() => Task.FromResult<AgentResult<Done>>(new AgentResult<Done>.Yes(Done.Instance));
}

/// <summary>One location, three hypervisors, one instance.</summary>
internal sealed class FakeInventory : IInventory
{
    private static readonly LocationId Dc1 = new("dc1");

    public Task<InventorySnapshot> ReadAsync(CancellationToken stopping) => Task.FromResult(InventorySnapshot.Empty with
    {
        Locations = ImmutableDictionary<LocationId, Location>.Empty.Add(Dc1, new Location(Dc1, "DC 1", true)),
        Hypervisors = new[] { Hv1, Hv2, Hv3 }.ToImmutableDictionary(
            h => h, h => new Hypervisor(h, h.Value, Dc1, null, "127.0.0.1", new AgentEndpoint(new Uri($"http://{h}:8081"), new Secret("t")), null)),
        Instances = ImmutableDictionary<InstanceId, Instance>.Empty.Add(Vm, new Instance(Vm, "vm1", Hv1, InstanceState.Running, false, true, 3, 100, 1, 512, [], 0)),
    });

    public Task<string?> DefinitionAsync(InstanceId instance, CancellationToken stopping) => Task.FromResult<string?>("<domain/>");

    public Task SaveReportAsync(HypervisorId hypervisor, InstanceReport report, DateTimeOffset at, CancellationToken stopping) => Task.CompletedTask;

    public Task<ImmutableArray<InstanceId>> InstancesOfAsync(HypervisorId hypervisor, CancellationToken stopping) => Task.FromResult<ImmutableArray<InstanceId>>([Vm]);

    public Task SavePlaceAsync(InstanceId instance, HypervisorId place, long epoch, ImmutableArray<HypervisorId> mayRun, bool runs, CancellationToken stopping) => Task.CompletedTask;

    public Task<ImmutableArray<SharedDatastore>> SharedDatastoresAsync(CancellationToken stopping) => Task.FromResult<ImmutableArray<SharedDatastore>>([]);

    public Task SaveSharedDatastoresAsync(ImmutableArray<SharedDatastore> shared, CancellationToken stopping) => Task.CompletedTask;
}
