using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Akka.Persistence.Sql.Config;
using LinqToDB;

namespace HaActors.Storage;

/// <summary>Journal, snapshots and their queries on the same database as everything else.</summary>
public static class AkkaPersistence
{
    /// <summary>Plug-in id of the read journal: <c>PersistenceQuery.Get(system).ReadJournalFor&lt;SqlReadJournal&gt;(ReadJournalId)</c>.</summary>
    public const string ReadJournalId = "akka.persistence.query.journal.sql";

    private static readonly string[] Plugins = ["journal.sql", "snapshot-store.sql", "query.journal.sql"];

    /// <summary>
    /// Add it with <c>HoconAddMode.Prepend</c>. Who writes tagged events binds the tagger itself, under
    /// <c>akka.persistence.journal.sql.event-adapters</c> and <c>…event-adapter-bindings</c>.
    /// </summary>
    /// <remarks>It holds no connection string: Akka logs a plug-in's whole configuration when it can't start, password and all. <see cref="Setup"/> brings it.</remarks>
    public static Config Config(StorageOptions options)
    {
        var sqlite = options.Provider == StorageProvider.Sqlite;
        var provider = sqlite ? ProviderName.SQLiteMS : ProviderName.PostgreSQL15;
        // Not by ${…}: a substitution does not cross documents, and the environment is not substituted at all.
        var config = ConfigurationFactory.ParseString(string.Join('\n', Plugins.Select(p => $"akka.persistence.{p}.provider-name = \"{provider}\"")));
        if (sqlite)
            config = config.WithFallback(ConfigurationFactory.FromResource("hocon/storage/sqlite.conf", typeof(AkkaPersistence).Assembly));
        return config
            .WithFallback(ConfigurationFactory.FromResource("hocon/storage/persistence.conf", typeof(AkkaPersistence).Assembly))
            .WithFallback(SqlPersistence.DefaultConfiguration);
    }

    /// <summary>Add it to the actor system's setups: where Akka connects to, under the same rules as everybody (SQLite: synchronous FULL). Without it no plug-in starts.</summary>
    public static Setup Setup(Database database) => new DataOptionsSetup(database.DataOptions);
}
