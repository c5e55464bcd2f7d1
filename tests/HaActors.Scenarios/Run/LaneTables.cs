using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Inventory;
using HaActors.Domain.Notifications;
using HaActors.Domain.Ports;
using HaActors.Simulation.Ports;
using HaActors.Simulation.VirtualTime;

namespace HaActors.Scenarios.Run;

/// <summary>The database's tables as one master sees them: its calls go from its lane into the world's, so what was sent is written although nobody hears the answer.</summary>
/// <remarks>The master's cancellation ends its waiting only; it must not run code of the world.</remarks>
internal sealed class LaneInventory(VirtualLane master, VirtualLane world, IInventory rows) : IInventory
{
    public Task<InventorySnapshot> ReadAsync(CancellationToken stopping) => Call(n => rows.ReadAsync(n), stopping);

    public Task<string?> DefinitionAsync(InstanceId instance, CancellationToken stopping) => Call(n => rows.DefinitionAsync(instance, n), stopping);

    public Task SaveReportAsync(HypervisorId hypervisor, InstanceReport report, DateTimeOffset at, CancellationToken stopping) =>
        master.CallAsync(world, () => rows.SaveReportAsync(hypervisor, report, at, CancellationToken.None), stopping);

    public Task<ImmutableArray<InstanceId>> InstancesOfAsync(HypervisorId hypervisor, CancellationToken stopping) => Call(n => rows.InstancesOfAsync(hypervisor, n), stopping);

    public Task SavePlaceAsync(InstanceId instance, HypervisorId place, long epoch, ImmutableArray<HypervisorId> mayRun, bool runs, CancellationToken stopping) =>
        master.CallAsync(world, () => rows.SavePlaceAsync(instance, place, epoch, mayRun, runs, CancellationToken.None), stopping);

    public Task<ImmutableArray<SharedDatastore>> SharedDatastoresAsync(CancellationToken stopping) => Call(n => rows.SharedDatastoresAsync(n), stopping);

    public Task SaveSharedDatastoresAsync(ImmutableArray<SharedDatastore> shared, CancellationToken stopping) =>
        master.CallAsync(world, () => rows.SaveSharedDatastoresAsync(shared, CancellationToken.None), stopping);

    private Task<T> Call<T>(Func<CancellationToken, Task<T>> call, CancellationToken stopping) => master.CallAsync(world, () => call(CancellationToken.None), stopping);
}

/// <inheritdoc cref="LaneInventory"/>
/// <remarks>Its answers are as late as the journal's: they lie in one database, and what comes between a question and its answer must be able to come.</remarks>
internal sealed class LaneEventLog(VirtualLane master, SimulatedDatabase database, SimulatedEventLog log) : IEventLog
{
    public Task<long> ReadOffsetAsync(CancellationToken stopping) => CallAsync(() => log.ReadOffsetAsync(CancellationToken.None), stopping);

    public Task<long> ReadJournalEndAsync(CancellationToken stopping) => CallAsync(() => log.ReadJournalEndAsync(CancellationToken.None), stopping);

    public Task<long> AppendAsync(ImmutableArray<LogEntry> entries, long offset, CancellationToken stopping) =>
        CallAsync(() => log.AppendAsync(entries, offset, CancellationToken.None), stopping);

    /// <remarks>It is asked each second; the way to the database is spared where there is nothing to fetch.</remarks>
    public Task<int> AppendInventoryChangesAsync(CancellationToken stopping) => !log.HasChanges ? Task.FromResult(0)
        : CallAsync(() => log.AppendInventoryChangesAsync(CancellationToken.None), stopping);

    private Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken stopping) => master.CallAsync(database.Lane, async () =>
    {
        if (database.Latency > TimeSpan.Zero) await Task.Delay(database.Latency, database.Lane.Time);
        return await call();
    }, stopping);
}

/// <inheritdoc cref="LaneInventory"/>
internal sealed class LaneWebhooks(VirtualLane master, VirtualLane world, IWebhookStore rows) : IWebhookStore
{
    public Task<ImmutableArray<WebhookId>> EnabledAsync(CancellationToken stopping) => master.CallAsync(world, () => rows.EnabledAsync(CancellationToken.None), stopping);

    public Task<StoredWebhook?> LoadAsync(WebhookId id, CancellationToken stopping) => master.CallAsync(world, () => rows.LoadAsync(id, CancellationToken.None), stopping);

    public Task<ImmutableArray<LoggedEvent>?> ReadAsync(WebhookId id, long revision, long after, int limit, CancellationToken stopping) =>
        master.CallAsync(world, () => rows.ReadAsync(id, revision, after, limit, CancellationToken.None), stopping);

    public Task<long?> SaveAsync(WebhookId id, long revision, WebhookStep step, CancellationToken stopping) =>
        master.CallAsync(world, () => rows.SaveAsync(id, revision, step, CancellationToken.None), stopping);
}
