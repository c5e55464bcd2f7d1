using System.Runtime.Versioning;
using HaActors.Storage;
using LinqToDB.Data;
using Microsoft.Data.Sqlite;
using Xunit;
using static HaActors.Tests.Storage.StorageBench;

namespace HaActors.Tests.Storage;

[Collection(StorageCollection.Name)]
public sealed class StartSpec(PostgresqlCluster cluster) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("haactors-start-").FullName;

    public static TheoryData<string> Engines => StorageBench.Engines;

    [Theory]
    [InlineData("mysql", null, "HaActors:Storage:Provider")]
    [InlineData("postgresql", null, "HaActors:Storage:ConnectionString")]
    [InlineData("postgresql", "Database=x;Username=u", "HaActors:Storage:ConnectionString")]
    [InlineData("postgresql", "Host=h;Username=u", "HaActors:Storage:ConnectionString")]
    [InlineData("postgresql", "Host=h;Database=d;Port=many;Password=hush-hush", "HaActors:Storage:ConnectionString")]
    [InlineData("postgresql", "Host=h;Database=d;NoSuchKey=hush-hush", "HaActors:Storage:ConnectionString")]
    [InlineData("sqlite", "Data Source=:memory:", "HaActors:Storage:ConnectionString")]
    [InlineData("sqlite", "Data Source=a.db;Mode=Memory", "HaActors:Storage:ConnectionString")]
    [InlineData("sqlite", "Data Source=a.db;Cache=Shared", "HaActors:Storage:ConnectionString")]
    [InlineData("sqlite", "Data Source=a\nb", "HaActors:Storage:ConnectionString")]
    public void A_wrong_setting_is_one_line_that_names_its_key_and_no_secret(string provider, string? connectionString, string key)
    {
        var e = Assert.Throws<StorageStartException>(() => StorageOptions.Create(provider, connectionString, null));
        Assert.Contains(key, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.DoesNotContain("hush", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_configured_means_a_file_in_the_data_directory()
    {
        var options = StorageOptions.Create(null, null, null);
        Assert.Equal((StorageProvider.Sqlite, Path.GetFullPath("data/haactors.db")), (options.Provider, options.Where));
        Assert.DoesNotContain("secret", StorageOptions.Create("postgresql", "Host=h;Database=d;Password=secret", null).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_file_is_made_for_its_owner_alone()
    {
        var deep = Path.Combine(_directory, "a", "b");
        using var database = await Database.OpenAsync(StorageOptions.Create("sqlite", null, deep), TimeProvider.System, default);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(deep, "haactors.db")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(deep));
    }

    [Fact]
    public async Task A_second_master_on_one_file_is_refused_until_the_first_has_ended()
    {
        var options = StorageOptions.Create("sqlite", null, _directory);
        var first = await Database.OpenAsync(options, TimeProvider.System, default);
        Assert.Contains("in use by another master", await RefusalAsync(options), StringComparison.Ordinal);
        first.Dispose();
        (await Database.OpenAsync(options, TimeProvider.System, default)).Dispose();
    }

    [Fact]
    public async Task What_is_no_database_is_named_and_left_as_it_is()
    {
        var file = Path.Combine(_directory, "haactors.db");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat("these are somebody's notes\n", 200)));
        var before = await File.ReadAllBytesAsync(file);
        Assert.Contains("no SQLite database", await RefusalAsync(StorageOptions.Create("sqlite", null, _directory)), StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(file));
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_named()
    {
        var file = Path.Combine(_directory, "a-file");
        await File.WriteAllTextAsync(file, "");
        var refusal = await RefusalAsync(StorageOptions.Create("sqlite", null, Path.Combine(file, "below")));
        Assert.Contains(file, refusal, StringComparison.Ordinal);
        Assert.Contains("HaActors:DataDirectory", refusal, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(_directory, "haactors.db"));
        Assert.Contains("haactors.db", await RefusalAsync(StorageOptions.Create("sqlite", null, _directory)), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Tables_of_a_newer_version_are_refused(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await using (var db = bench.Database.Connect())
            await db.ExecuteAsync("INSERT INTO schema_version (version, applied_at) VALUES (99, 'later')");
        bench.Database.Dispose();
        Assert.Contains("newer HaActors (schema 99", await RefusalAsync(bench.Database.Options), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Opening_again_keeps_everything(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateLocationAsync(Dc1, ByAda, default);
        bench.Database.Dispose();
        using var again = await Database.OpenAsync(bench.Database.Options, TimeProvider.System, default);
        var settings = new Settings(again);
        Assert.Equal("first", await settings.WriteOnceAsync("token", "first", default));
        Assert.Equal("first", await settings.WriteOnceAsync("token", "second", default));
        await settings.WriteAsync("token", "third", default);
        Assert.Equal("third", await settings.ReadAsync("token", default));
        Assert.Null(await settings.ReadAsync("nothing", default));
        Assert.Single((await bench.Inventory.ReadAsync(default)).Locations);
    }

    [Fact]
    public async Task Masters_that_start_together_on_an_empty_PostgreSQL_create_the_tables_once()
    {
        var options = await cluster.NewDatabaseAsync();
        var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Database.OpenAsync(options, TimeProvider.System, default))));
        Assert.Equal(4, opened.Length);
        await using var db = opened[0].Connect();
        Assert.Equal([1], db.Query<int>("SELECT version FROM schema_version").ToList());
    }

    [Fact]
    public async Task A_PostgreSQL_that_is_away_refuses_or_loses_writes_is_named_without_its_password()
    {
        Assert.Contains("can't be reached", await RefusalAsync(StorageOptions.Create("postgresql", "Host=127.0.0.1;Port=1;Database=d;Username=u;Password=hush;Timeout=5", null)), StringComparison.Ordinal);
        Assert.Contains("does not exist", await RefusalAsync(StorageOptions.Create("postgresql", cluster.ConnectionString("nosuchdb"), null)), StringComparison.Ordinal);
        var options = await cluster.NewDatabaseAsync();
        var name = options.Where[(options.Where.LastIndexOf('/') + 1)..];
        await cluster.ExecuteAsync("postgres", $"ALTER DATABASE {name} SET synchronous_commit = off");
        Assert.Contains("synchronous_commit", await RefusalAsync(options), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<string> RefusalAsync(StorageOptions options)
    {
        var e = await Assert.ThrowsAsync<StorageStartException>(() => Database.OpenAsync(options, TimeProvider.System, default));
        Assert.DoesNotContain('\n', e.Message);
        Assert.DoesNotContain("hush", e.Message, StringComparison.Ordinal);
        return e.Message;
    }
}
