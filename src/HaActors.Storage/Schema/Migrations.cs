using System.Data.Common;
using System.Globalization;
using LinqToDB.Data;

namespace HaActors.Storage.Schema;

/// <summary>Brings the tables to this program's version: scripts <c>NNN-engine.sql</c>, in order, forward only, all in one transaction with the version itself.</summary>
internal static class Migrations
{
    /// <summary>Highest script that this program carries.</summary>
    internal const int Latest = 1;

    internal static async Task RunAsync(Database database, TimeProvider time, CancellationToken stopping)
    {
        try
        {
            await database.WriteAsync(async db =>
            {
                // Under the same lock as every inventory change, so two masters that start together migrate once.
                await db.ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, applied_at TEXT NOT NULL)", stopping).ConfigureAwait(false);
                var found = await db.ExecuteAsync<int?>("SELECT MAX(version) FROM schema_version", stopping).ConfigureAwait(false) ?? 0;
                if (found > Latest)
                {
                    throw new StorageStartException(
                        $"{database.Options.Where} was written by a newer HaActors (schema {found}, this one knows {Latest}). Start that version, or restore a backup from before the upgrade; there is no way back in place.");
                }

                for (var version = found + 1; version <= Latest; version++)
                {
                    await db.ExecuteAsync(Script(version, database.IsSqlite), stopping).ConfigureAwait(false);
                    await db.ExecuteAsync(
                        "INSERT INTO schema_version (version, applied_at) VALUES (@version, @at)", stopping,
                        new DataParameter("version", version), new DataParameter("at", Times.ToText(time.GetUtcNow()))).ConfigureAwait(false);
                }

                return Latest;
            }, stopping).ConfigureAwait(false);
        }
        catch (DbException e)
        {
            throw new StorageStartException($"The tables in {database.Options.Where} can't be created or read: {e.Message} Check that this user may create tables there and that the database is not damaged.", e);
        }
    }

    private static string Script(int version, bool sqlite)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"schema/{version:000}-{(sqlite ? "sqlite" : "postgresql")}.sql");
        using var stream = typeof(Migrations).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The program lacks its own script {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
