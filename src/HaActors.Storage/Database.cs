using System.Data;
using LinqToDB;
using LinqToDB.Data;

namespace HaActors.Storage;

/// <summary>The opened storage: file or server is reachable, writable, durable and at this program's schema version.</summary>
/// <remarks>Open it before Akka starts: Akka's journal relies on WAL being on. Dispose it last.</remarks>
public sealed class Database : IDisposable
{
    private readonly IDisposable? _guard;

    private Database(StorageOptions options, IDisposable? guard)
    {
        Options = options;
        _guard = guard;
        DataOptions = DataOptionsOf(options);
    }

    public StorageOptions Options { get; }

    /// <summary>For every linq2db connection to this storage, Akka's included.</summary>
    internal DataOptions DataOptions { get; }

    internal bool IsSqlite => Options.Provider == StorageProvider.Sqlite;

    /// <summary>Opens, creates what is missing and migrates forward. Throws <see cref="StorageStartException"/>.</summary>
    public static async Task<Database> OpenAsync(StorageOptions options, TimeProvider time, CancellationToken stopping)
    {
        var guard = options.Provider == StorageProvider.Sqlite ? SqliteFile.Prepare(options) : null;
        try
        {
            if (options.Provider == StorageProvider.Postgresql)
                await PostgresqlServer.CheckAsync(options, stopping).ConfigureAwait(false);
            var database = new Database(options, guard);
            await Schema.Migrations.RunAsync(database, time, stopping).ConfigureAwait(false);
            return database;
        }
        catch
        {
            guard?.Dispose();
            throw;
        }
    }

    /// <summary>One linq2db connection from the driver's pool; opened at its first use.</summary>
    internal DataConnection Connect() => new(DataOptions);

    /// <summary>
    /// One transaction that no other writer of the inventory overlaps: SQLite's are immediate, PostgreSQL takes an advisory lock.
    /// Changes are rare and small, so that order is bought cheaply; the unique indexes remain the guarantee.
    /// </summary>
    internal async Task<T> WriteAsync<T>(Func<DataConnection, Task<T>> write, CancellationToken stopping)
    {
        var db = Connect();
        await using (db.ConfigureAwait(false))
        {
            var transaction = await db.BeginTransactionAsync(stopping).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                if (!IsSqlite)
                    await db.ExecuteAsync("SELECT pg_advisory_xact_lock(7001, 1)", stopping).ConfigureAwait(false);
                var result = await write(db).ConfigureAwait(false);
                await transaction.CommitAsync(stopping).ConfigureAwait(false);
                return result;
            }
        }
    }

    /// <summary>A transaction that sees one moment and holds no writer up.</summary>
    /// <remarks>The SQLite driver begins any other level as a writer; in WAL a deferred transaction is a snapshot, and without a shared cache nothing uncommitted is ever seen.</remarks>
    internal Task<DataConnectionTransaction> BeginReadAsync(DataConnection db, CancellationToken stopping) =>
        db.BeginTransactionAsync(IsSqlite ? IsolationLevel.ReadUncommitted : IsolationLevel.RepeatableRead, stopping);

    public void Dispose()
    {
        if (IsSqlite)
            SqliteFile.ClosePool(Options);
        _guard?.Dispose();
    }

    // By the provider's name: Akka's plug-in reads it back from these options.
    private static DataOptions DataOptionsOf(StorageOptions options) => options.Provider == StorageProvider.Sqlite
        ? new DataOptions().UseConnectionString(ProviderName.SQLiteMS, options.ConnectionString).UseInterceptor(new SqliteConnections())
        : new DataOptions().UseConnectionString(ProviderName.PostgreSQL15, options.ConnectionString);
}
