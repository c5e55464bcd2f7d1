using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HaActors.Storage;

/// <summary>The engines that hold journal, inventory and event log.</summary>
public enum StorageProvider
{
    /// <summary>One file in the data directory, for exactly one master.</summary>
    Sqlite,
    /// <summary>A server that all masters share.</summary>
    Postgresql,
}

/// <summary>Where everything is stored, checked: an object of this type can be opened or says why not.</summary>
public sealed class StorageOptions
{
    public const string ProviderKey = "HaActors:Storage:Provider";
    public const string ConnectionStringKey = "HaActors:Storage:ConnectionString";
    public const string DataDirectoryKey = "HaActors:DataDirectory";
    public const string SqliteFileName = "haactors.db";

    private StorageOptions(StorageProvider provider, string dataDirectory, string connectionString, string where)
    {
        Provider = provider;
        DataDirectory = dataDirectory;
        ConnectionString = connectionString;
        Where = where;
    }

    public StorageProvider Provider { get; }

    /// <summary>Absolute. Holds the SQLite file and the key ring.</summary>
    public string DataDirectory { get; }

    /// <summary>Complete, may hold a password: never print it, print <see cref="Where"/>.</summary>
    internal string ConnectionString { get; }

    /// <summary>The file, or host, port and database: for logs and errors.</summary>
    public string Where { get; }

    /// <summary>Reads and checks the three keys; throws <see cref="StorageStartException"/> that names the wrong one.</summary>
    public static StorageOptions From(IConfiguration configuration) =>
        Create(configuration[ProviderKey], configuration[ConnectionStringKey], configuration[DataDirectoryKey]);

    /// <param name="provider"><c>sqlite</c> (default) or <c>postgresql</c>.</param>
    /// <param name="connectionString">Optional for sqlite (then <c>haactors.db</c> in the data directory), needed for postgresql.</param>
    /// <param name="dataDirectory">Default <c>./data</c>.</param>
    public static StorageOptions Create(string? provider, string? connectionString, string? dataDirectory)
    {
        var directory = Path.GetFullPath(string.IsNullOrWhiteSpace(dataDirectory) ? "data" : dataDirectory);
        var text = string.IsNullOrWhiteSpace(connectionString) ? null : connectionString;
        if (text is not null && text.Any(char.IsControl))
            throw new StorageStartException($"{ConnectionStringKey} holds a line break or another control character; write it on one line.");
        return provider?.Trim().ToLowerInvariant() switch
        {
            null or "" or "sqlite" => Sqlite(directory, text),
            "postgresql" => Postgresql(directory, text),
            _ => throw new StorageStartException($"{ProviderKey} is '{provider}'; it must be 'sqlite' or 'postgresql'."),
        };
    }

    public override string ToString() => $"{Provider} at {Where}";

    private static StorageOptions Sqlite(string directory, string? text)
    {
        var builder = Parse(() => new SqliteConnectionStringBuilder(text), "sqlite, e.g. 'Data Source=/var/lib/haactors/haactors.db', or leave it out");
        var source = builder.DataSource.Length == 0 ? Path.Combine(directory, SqliteFileName) : builder.DataSource;
        if (builder.Mode == SqliteOpenMode.Memory || source.Contains(":memory:", StringComparison.OrdinalIgnoreCase) || source.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            throw new StorageStartException($"{ConnectionStringKey} must name a plain file for sqlite; what lies in memory does not survive the master. Leave it out for {SqliteFileName} in {DataDirectoryKey}.");
        if (builder.Cache == SqliteCacheMode.Shared)
            throw new StorageStartException($"{ConnectionStringKey} asks for a shared cache, which breaks WAL's isolation; leave 'Cache' out.");
        builder.DataSource = Path.GetFullPath(source);
        builder.Mode = SqliteOpenMode.ReadWriteCreate;
        builder.Pooling = true;
        return new(StorageProvider.Sqlite, directory, builder.ConnectionString, builder.DataSource);
    }

    private static StorageOptions Postgresql(string directory, string? text)
    {
        if (text is null)
            throw new StorageStartException($"{ConnectionStringKey} is missing; with {ProviderKey} = postgresql it is needed, e.g. 'Host=db1;Database=haactors;Username=haactors;Password=…'.");
        var builder = Parse(() => new NpgsqlConnectionStringBuilder(text), "postgresql, e.g. 'Host=db1;Database=haactors;Username=haactors;Password=…'");
        if (string.IsNullOrWhiteSpace(builder.Host))
            throw new StorageStartException($"{ConnectionStringKey} names no 'Host'.");
        if (string.IsNullOrWhiteSpace(builder.Database))
            throw new StorageStartException($"{ConnectionStringKey} names no 'Database'.");
        builder.ApplicationName ??= "haactors";
        builder.IncludeErrorDetail = false;
        return new(StorageProvider.Postgresql, directory, builder.ConnectionString, $"{builder.Host}:{builder.Port}/{builder.Database}");
    }

    private static T Parse<T>(Func<T> parse, string example) where T : DbConnectionStringBuilder
    {
        try
        {
            return parse();
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // The parser's text may quote a value, so a password: only its kind of error is told.
            throw new StorageStartException($"{ConnectionStringKey} can't be read as a connection string for {example}.");
        }
    }
}
