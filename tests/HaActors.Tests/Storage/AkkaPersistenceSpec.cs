using System.Collections.Immutable;
using System.Reflection;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Query;
using Akka.Persistence.Sql.Config;
using Akka.Persistence.Sql.Query;
using Akka.Streams;
using Akka.Streams.Dsl;
using HaActors.Storage;
using LinqToDB;
using LinqToDB.Data;
using LinqToDB.Interceptors;
using Xunit;
using static HaActors.Tests.Storage.PersistenceBench;

namespace HaActors.Tests.Storage;

[Collection(StorageCollection.Name)]
public sealed class AkkaPersistenceSpec(PostgresqlCluster cluster)
{
    public static TheoryData<string> Engines => StorageBench.Engines;

    [Theory, MemberData(nameof(Engines))]
    public async Task A_persistent_actor_recovers_what_it_stored_with_and_without_a_snapshot(string engine)
    {
        await using var bench = await StorageBench.OpenAsync(engine, cluster);
        using (var first = Start(bench.Database))
        {
            var inbox = Inbox.Create(first);
            var notebook = first.ActorOf(Notebook.Props("n1", inbox.Receiver));
            foreach (var line in new[] { "a", "b" })
                await notebook.Ask<string>(line, Patience);
            notebook.Tell("snapshot");
            Assert.IsType<SaveSnapshotSuccess>(await inbox.ReceiveAsync(Patience));
            await notebook.Ask<string>("c", Patience);
            await first.ActorOf(Notebook.Props("n2")).Ask<string>("other", Patience);
            await first.Terminate();
        }

        using var second = Start(bench.Database);
        Assert.Equal(["a", "b", "c"], await second.ActorOf(Notebook.Props("n1")).Ask<ImmutableList<string>>("read", Patience));
        Assert.Equal(["other"], await second.ActorOf(Notebook.Props("n2")).Ask<ImmutableList<string>>("read", Patience));
        await second.Terminate();
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Tagged_events_are_read_live_each_once_in_the_order_of_their_actor_and_from_an_offset_on(string engine)
    {
        await using var bench = await StorageBench.OpenAsync(engine, cluster);
        using var system = Start(bench.Database);
        var journal = PersistenceQuery.Get(system).ReadJournalFor<SqlReadJournal>(AkkaPersistence.ReadJournalId);
        using var materializer = system.Materializer();
        var notebooks = Enumerable.Range(0, 4).Select(n => system.ActorOf(Notebook.Props($"n{n}"))).ToList();
        await notebooks[0].Ask<string>("0:0", Patience);

        var live = journal.EventsByTag(Tag, Offset.NoOffset()).Take(41).RunWith(Sink.Seq<EventEnvelope>(), materializer);
        await Task.WhenAll(from i in Enumerable.Range(1, 10) from n in Enumerable.Range(0, 4) select notebooks[n].Ask<string>($"{n}:{i}", Patience));
        var seen = await live.WaitAsync(Patience);

        Assert.Equal(41, seen.Select(e => (e.PersistenceId, e.SequenceNr)).Distinct().Count());
        var offsets = seen.Select(e => ((Sequence)e.Offset).Value).ToList();
        Assert.Equal(offsets.Order(), offsets);
        foreach (var one in seen.GroupBy(e => e.PersistenceId))
            Assert.Equal(one.Select(e => e.SequenceNr).Order(), one.Select(e => e.SequenceNr));

        var rest = await journal.EventsByTag(Tag, Offset.Sequence(offsets[29])).Take(11).RunWith(Sink.Seq<EventEnvelope>(), materializer).WaitAsync(Patience);
        Assert.Equal(seen.Skip(30).Select(e => e.Event), rest.Select(e => e.Event));
        await system.Terminate();
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_stale_writer_is_stopped_and_its_neighbours_are_not(string engine)
    {
        await using var bench = await StorageBench.OpenAsync(engine, cluster);
        using var stale = Start(bench.Database);
        using var owner = Start(bench.Database);
        var observer = Inbox.Create(stale);
        var old = stale.ActorOf(Notebook.Props("contested", observer.Receiver));
        await old.Ask<string>("1", Patience);
        await owner.ActorOf(Notebook.Props("contested")).Ask<string>("2, by the new owner", Patience);
        var bystanders = Enumerable.Range(0, 100).Select(n => stale.ActorOf(Notebook.Props($"bystander-{n}"))).ToList();
        await Task.WhenAll(bystanders.Select(b => b.Ask<ImmutableList<string>>("read", Patience)));
        var gone = old.WatchAsync();

        var writes = bystanders.Take(50).Select(b => b.Ask<string>("mine", Patience)).ToList();
        old.Tell("2, by the old one");
        writes.AddRange(bystanders.Skip(50).Select(b => b.Ask<string>("mine", Patience)));

        Assert.Equal(new Notebook.CouldNotStore("2, by the old one", 2), await observer.ReceiveAsync(Patience));
        Assert.True(await gone.WaitAsync(Patience));
        Assert.All(await Task.WhenAll(writes), w => Assert.Equal("mine", w));
        Assert.Equal(["1", "2, by the new owner"], await stale.ActorOf(Notebook.Props("contested")).Ask<ImmutableList<string>>("read", Patience));
        await Task.WhenAll(stale.Terminate(), owner.Terminate());
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Who_remembers_more_than_is_stored_is_stopped_and_leaves_no_gap(string engine)
    {
        await using var bench = await StorageBench.OpenAsync(engine, cluster);
        using var system = Start(bench.Database);
        var observer = Inbox.Create(system);
        var notebook = system.ActorOf(Notebook.Props("n1", observer.Receiver));
        foreach (var line in new[] { "1", "2, lost", "3, lost" })
            await notebook.Ask<string>(line, Patience);
        await using (var db = bench.Database.Connect())
            Assert.Equal(2, await db.ExecuteAsync("DELETE FROM journal WHERE persistence_id = 'n1' AND sequence_number > 1"));
        var gone = notebook.WatchAsync();

        notebook.Tell("4, behind the gap");

        Assert.Equal(new Notebook.CouldNotStore("4, behind the gap", 4), await observer.ReceiveAsync(Patience));
        Assert.True(await gone.WaitAsync(Patience));
        var anew = system.ActorOf(Notebook.Props("n1"));
        Assert.Equal(["1"], await anew.Ask<ImmutableList<string>>("read", Patience));
        await anew.Ask<string>("2, anew", Patience);
        Assert.Equal(["1", "2, anew"], await system.ActorOf(Notebook.Props("n1")).Ask<ImmutableList<string>>("read", Patience));
        await system.Terminate();
    }

    [Fact]
    public async Task On_SQLite_each_of_Akkas_own_connections_writes_through_WAL_with_synchronous_FULL()
    {
        await using var bench = await StorageBench.OpenAsync("sqlite", cluster);
        var spy = new PragmaSpy();
        // What the product gives to Akka, with one more listener on the same connections.
        var given = typeof(DataOptionsSetup).GetProperty("DataOptions", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)!;
        var wired = (DataOptions)given.GetValue(AkkaPersistence.Setup(bench.Database))!;
        using var system = Start(bench.Database, new DataOptionsSetup(wired.UseInterceptor(spy)));
        var inbox = Inbox.Create(system);
        var notebook = system.ActorOf(Notebook.Props("n1", inbox.Receiver));
        await notebook.Ask<string>("a", Patience);
        notebook.Tell("snapshot");
        Assert.IsType<SaveSnapshotSuccess>(await inbox.ReceiveAsync(Patience));
        await system.Terminate();

        // 2 is FULL; the busy time-out shows that the interceptor was there, not only SQLite's default.
        Assert.All(spy.Seen, s => Assert.Equal(("wal", 2L, 10000L), (s.Mode, s.Synchronous, s.BusyTimeout)));
        Assert.Contains(spy.Seen, s => s.Sql.Contains("INSERT INTO [journal]", StringComparison.Ordinal));
        Assert.Contains(spy.Seen, s => s.Sql.Contains("INSERT INTO [tags]", StringComparison.Ordinal));
        Assert.Contains(spy.Seen, s => s.Sql.Contains("[snapshot]", StringComparison.Ordinal) && s.Sql.Contains("INSERT", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sqlite", "Data Source=/tmp/haactors-none/a.db")]
    [InlineData("postgresql", "Host=db1;Database=ha;Username=u;Password=hush")]
    public void The_constants_reach_all_three_plug_ins_and_no_connection_string_lies_in_them(string provider, string connectionString)
    {
        var config = AkkaPersistence.Config(StorageOptions.Create(provider, connectionString, null));
        foreach (var plugin in new[] { "journal.sql", "snapshot-store.sql", "query.journal.sql" })
        {
            Assert.Equal(provider == "sqlite" ? "SQLite.MS" : "PostgreSQL.15", config.GetString($"akka.persistence.{plugin}.provider-name"));
            Assert.Equal(provider == "sqlite" ? "read-uncommitted" : "unspecified", config.GetString($"akka.persistence.{plugin}.read-isolation-level"));
        }

        Assert.DoesNotContain("hush", config.ToString(true), StringComparison.Ordinal);
        Assert.Equal(1, config.GetInt("akka.persistence.journal.sql.batch-size"));
        Assert.Equal("TagTable", config.GetString("akka.persistence.journal.sql.tag-write-mode"));
        Assert.Equal(TimeSpan.FromMilliseconds(250), config.GetTimeSpan("akka.persistence.query.journal.sql.refresh-interval"));
        Assert.Equal(TimeSpan.FromMilliseconds(250), config.GetTimeSpan("akka.persistence.query.journal.sql.journal-sequence-retrieval.query-delay"));
        Assert.Equal("akka.persistence.journal.sql", config.GetString("akka.persistence.journal.plugin"));
    }

    /// <summary>Asks each connection, right before each command, what is in force on it.</summary>
    private sealed class PragmaSpy : CommandInterceptor
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<(string, string, long, long)> _seen = new();

        internal IReadOnlyCollection<(string Sql, string Mode, long Synchronous, long BusyTimeout)> Seen => _seen;

        public override System.Data.Common.DbCommand CommandInitialized(CommandEventData eventData, System.Data.Common.DbCommand command)
        {
            // Commands outside a transaction are told before their connection opens; every write has a transaction.
            if (command.Connection!.State != System.Data.ConnectionState.Open)
                return command;
            _seen.Enqueue((command.CommandText, (string)Ask("journal_mode")!, (long)Ask("synchronous")!, (long)Ask("busy_timeout")!));
            return command;

            object? Ask(string pragma)
            {
                using var question = command.Connection.CreateCommand();
                question.Transaction = command.Transaction;
                question.CommandText = $"PRAGMA {pragma}";
                return question.ExecuteScalar();
            }
        }
    }
}
