using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HaActors.Storage;
using Npgsql;
using Xunit;

namespace HaActors.Tests.Storage;

/// <summary>A private PostgreSQL server in a temporary directory, on loopback, for one test collection.</summary>
/// <remarks>
/// A shell holds the server and waits on its standard input: that pipe closes when this process ends in whatever way,
/// and then the shell stops the server and removes the directory.
/// </remarks>
public sealed class PostgresqlCluster : IAsyncLifetime
{
    private const string Keeper = """
        set -e
        "$1/initdb" -D "$2/data" -U haactors -A trust -E UTF8 --no-locale --no-sync >"$2/initdb.log" 2>&1 || { cat "$2/initdb.log"; echo failed; exit 1; }
        "$1/postgres" -D "$2/data" -k "$2" -h 127.0.0.1 -p "$3" -c fsync=off -c max_connections=200 >"$2/server.log" 2>&1 &
        server=$!
        trap 'kill -INT $server 2>/dev/null; wait $server; rm -rf "$2"; exit 0' EXIT INT TERM
        echo "server $server"
        cat >/dev/null || true
        """;

    private Process? _keeper;
    private string _directory = "";
    private int _port;
    private int _databases;

    public async Task InitializeAsync()
    {
        var bin = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).Where(d => File.Exists(Path.Combine(d, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        if (bin is null)
            throw new InvalidOperationException("These tests need PostgreSQL's programs in /usr/lib/postgresql/*/bin: install the Debian package 'postgresql'. No running server is needed.");
        _directory = Directory.CreateTempSubdirectory("haactors-pg-").FullName;
        _port = FreePort();
        var root = Environment.UserName == "root";
        if (root)
            Run("chown", "postgres", _directory);
        // PostgreSQL refuses to run as root.
        string[] command = [.. root ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : Array.Empty<string>(), "sh", "-c", Keeper, "keeper", bin, _directory, $"{_port}"];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        _keeper = Process.Start(start) ?? throw new InvalidOperationException("The shell that holds PostgreSQL did not start.");
        var line = await _keeper.StandardOutput.ReadLineAsync();
        if (line?.StartsWith("server ", StringComparison.Ordinal) != true)
            throw new InvalidOperationException($"PostgreSQL could not be set up: {line} {await _keeper.StandardOutput.ReadToEndAsync()} {await _keeper.StandardError.ReadToEndAsync()}");
        await AnswersAsync();
    }

    /// <summary>A new, empty database.</summary>
    public async Task<StorageOptions> NewDatabaseAsync()
    {
        var name = $"t{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync("postgres", $"CREATE DATABASE {name}");
        return StorageOptions.Create("postgresql", ConnectionString(name), _directory);
    }

    public string ConnectionString(string database) => $"Host=127.0.0.1;Port={_port};Username=haactors;Database={database};Pooling=true;Maximum Pool Size=30";

    public async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_keeper is null)
            return;
        _keeper.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await _keeper.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _keeper.Kill(entireProcessTree: true);
        }

        _keeper.Dispose();
    }

    private async Task AnswersAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                await ExecuteAsync("postgres", "SELECT 1");
                return;
            }
            catch (NpgsqlException e) when (!limit.IsCancellationRequested && !_keeper!.HasExited)
            {
                _ = e;
                await Task.Delay(50);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}

[CollectionDefinition(Name)]
public sealed class StorageCollection : ICollectionFixture<PostgresqlCluster>
{
    public const string Name = "storage";
}
