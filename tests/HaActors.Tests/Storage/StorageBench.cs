using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using HaActors.Storage;
using HaActors.Storage.EventLog;
using HaActors.Storage.Inventory;
using HaActors.Storage.Webhooks;
using Xunit;

namespace HaActors.Tests.Storage;

/// <summary>One empty, opened storage of either engine with everything on top of it.</summary>
public sealed class StorageBench : IAsyncDisposable
{
    public static readonly DateTimeOffset T0 = new(2026, 3, 1, 2, 3, 4, 567, TimeSpan.Zero);
    public static readonly OperatorChange ByAda = new("ada", T0);
    public static readonly Location Dc1 = new(new("dc1"), "DC 1", HaEnabled: true);

    private readonly string? _directory;

    private StorageBench(Database database, string? directory)
    {
        Database = database;
        _directory = directory;
        var protector = new Reversed();
        Inventory = new(database, protector);
        Store = new(database, protector);
        Log = new(database);
        Reader = new(database);
        Webhooks = new(database, protector);
    }

    public Database Database { get; }
    public SqlInventory Inventory { get; }
    public InventoryStore Store { get; }
    public SqlEventLog Log { get; }
    public EventLogReader Reader { get; }
    public SqlWebhooks Webhooks { get; }

    public static TheoryData<string> Engines => ["sqlite", "postgresql"];

    public static async Task<StorageBench> OpenAsync(string engine, PostgresqlCluster cluster)
    {
        if (engine == "postgresql")
            return new(await Database.OpenAsync(await cluster.NewDatabaseAsync(), TimeProvider.System, default), null);
        var directory = Directory.CreateTempSubdirectory("haactors-sqlite-").FullName;
        return new(await Database.OpenAsync(StorageOptions.Create("sqlite", null, directory), TimeProvider.System, default), directory);
    }

    public static Hypervisor Hv(int n, string location = "dc1", string? group = null) => new(
        new($"hv{n}"), $"host {n}", new(location), group is null ? null : new GroupId(group), $"10.0.{n / 250}.{n % 250 + 1}",
        new AgentEndpoint(new Uri($"http://10.0.{n / 250}.{n % 250 + 1}:8081"), new Secret($"token-of-{n}")),
        new IpmiDevice($"bmc{n}.example", 623, "admin", new Secret($"password-{n}"), 3));

    public static ReportedInstance Vm(int n, InstanceState state = InstanceState.Running, string? definition = null) => new(
        VmId(n), $"vm{n}", state, false, 2, 2048, [new InstanceDisk("vda", $"/srv/vm{n}.qcow2", new DatastoreId("ds-1"), 10240)], definition ?? $"<domain><name>vm{n}</name></domain>", false, 0);

    public static InstanceId VmId(int n) => new($"00000000-0000-4000-8000-{n:d12}");

    public static InstanceReport Report(params ReportedInstance[] instances) => new("uuid", "boot", "1", [.. instances]);

    public async ValueTask DisposeAsync()
    {
        await Task.CompletedTask;
        Database.Dispose();
        if (_directory is not null)
            Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Enough to see whether secrets pass through the port: the text is unlike the secret, and comes back.</summary>
    private sealed class Reversed : ISecretProtector
    {
        public string Protect(string secret) => "p:" + new string([.. secret.Reverse()]);

        public string Unprotect(string protectedText) => protectedText.StartsWith("p:", StringComparison.Ordinal)
            ? new string([.. protectedText[2..].Reverse()])
            : throw new InvalidOperationException("not protected by this key");
    }
}
