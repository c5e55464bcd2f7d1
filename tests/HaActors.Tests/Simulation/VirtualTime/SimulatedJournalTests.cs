using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Query;
using Akka.Streams;
using Akka.Streams.Dsl;
using HaActors.Simulation.VirtualTime;
using Xunit;

namespace HaActors.Tests.Simulation.VirtualTime;

public sealed class SimulatedJournalTests : IDisposable
{
    private readonly VirtualTimeline _timeline = new();
    private readonly SimulatedDatabase _database;
    private readonly List<string> _seen = [];

    public SimulatedJournalTests() => _database = new SimulatedDatabase(_timeline.NewLane("world"));

    [Fact]
    public void Replay_reads_the_stored_bytes_through_the_serializer()
    {
        var first = Boot("a");
        Store(first, 1, 2, 3);
        Assert.All(_database.Rows, row => Assert.Equal(("missed.1", 9001), (row.Manifest, row.SerializerId)));
        first.System.Kill();
        _seen.Clear();
        Boot("b");
        Run(1);
        Assert.Equal(["b recovered 1", "b recovered 2", "b recovered 3", "b ready"], _seen);
        Assert.NotSame(_database.Rows[0].Written, _database.Rows[0].Read(first.System.System));
    }

    [Fact]
    public void A_system_killed_in_mid_recovery_leaves_nothing_behind_and_the_next_recovers_all()
    {
        Store(Boot("a"), [.. Enumerable.Range(1, 50)]);
        _database.Latency = TimeSpan.FromMilliseconds(20);
        var second = Boot("b");
        Assert.True(_timeline.RunWhile(() => !_seen.Contains("b recovered 25"), TimeSpan.FromSeconds(5)));
        second.System.Kill();
        Boot("c");
        Run(5);
        Assert.DoesNotContain("b recovered 26", _seen);
        Assert.Equal(50, _seen.Count(line => line.StartsWith("c recovered", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_slow_database_delays_the_write_and_nothing_else()
    {
        var writer = Boot("a");
        Run(1);
        _database.Latency = TimeSpan.FromSeconds(20);
        writer.Actor.Tell(7);
        Run(19);
        Assert.DoesNotContain("a stored 7", _seen);
        Run(2);
        Assert.Contains("a stored 7", _seen);
        Assert.Equal(TimeSpan.FromSeconds(21), _database.Rows[0].StoredAt - _timeline.Start);
    }

    [Fact]
    public void A_write_to_a_database_that_is_away_stops_the_actor()
    {
        var writer = Boot("a");
        Run(1);
        _database.Away = true;
        Store(writer, 1);
        Assert.Equal(["a ready", "a failed DatabaseAwayException", "a stopped"], _seen);
        Assert.Empty(_database.Rows);
    }

    [Fact]
    public void A_lost_answer_leaves_the_event_stored_and_stops_the_actor()
    {
        var writer = Boot("a");
        Run(1);
        _database.LosesWriteAnswers = true;
        Store(writer, 1);
        Assert.Contains("a stopped", _seen);
        Assert.Single(_database.Rows);
    }

    [Fact]
    public void Only_the_master_that_is_cut_off_loses_the_database()
    {
        var (a, b) = (Boot("a", "x"), Boot("b", "y"));
        Run(1);
        _database.CutOff(a.System.Lane);
        Store(a, 1);
        Store(b, 2);
        Assert.Equal("y", Assert.Single(_database.Rows).PersistenceId);
    }

    [Fact]
    public void The_second_writer_of_a_sequence_number_is_refused_and_stops()
    {
        var (a, b) = (Boot("a"), Boot("b"));
        Run(1);
        Store(a, 1);
        Store(b, 2);
        Assert.Contains("a stored 1", _seen);
        Assert.Contains("b failed UniqueViolationException", _seen);
        Assert.Contains("b stopped", _seen);
        Assert.Single(_database.Rows);
    }

    [Fact]
    public void A_master_killed_as_its_event_is_stored_never_hears_of_it()
    {
        var writer = Boot("a");
        _database.OnStored = row =>
        {
            if (row.Ordering == 2)
                writer.System.Kill();
        };
        Store(writer, 1, 2, 3);
        Assert.Equal(2, _database.Rows.Count);
        Assert.Equal(["a ready", "a stored 1"], _seen);
    }

    [Fact]
    public void A_restored_backup_has_forgotten_the_last_rows()
    {
        var writer = Boot("a");
        Store(writer, 1, 2, 3);
        writer.System.Kill();
        Assert.Equal(2, _database.Forget("x", 2));
        Assert.Equal(1, _database.HighestSequenceNr("x"));
        _seen.Clear();
        Store(Boot("b"), 9);
        Assert.Equal(["b recovered 1", "b ready", "b stored 9"], _seen);
        Assert.Equal([1L, 4L], _database.Rows.Select(row => row.Ordering));
        Assert.Equal(2, _database.HighestSequenceNr("x"));
    }

    [Fact]
    public void The_read_side_gives_tagged_events_in_order_from_an_offset_and_goes_on_live()
    {
        var (a, b) = (Boot("a", "x"), Boot("b", "y"));
        Store(a, 1, 2);
        Store(b, 3);
        var read = new List<string>();
        var materializer = a.System.System.Materializer();
        Run(1); // its supervisor starts by a message; running a stream before would block on it
        a.System.Lane.Inside(() => PersistenceQuery.Get(a.System.System)
            .ReadJournalFor<SimulatedReadJournal>(SimulatedReadJournal.Identifier)
            .EventsByTag("toy", Offset.Sequence(1))
            .RunForeach(e => read.Add($"{((Sequence)e.Offset).Value} {e.PersistenceId}#{e.SequenceNr} {e.Event}"), materializer));
        Run(1);
        Assert.Equal(["2 x#2 ToyMissed { InARow = 2 }", "3 y#1 ToyMissed { InARow = 3 }"], read);
        Store(b, 4);
        Run(2);
        Assert.Equal("4 y#2 ToyMissed { InARow = 4 }", read[^1]);
        Assert.Equal(3, read.Count);
        Assert.Empty(_database.ReadAfter(0, 10, "another tag"));
        Assert.Equal([2L, 3L], _database.ReadAfter(1, 2, "toy").Select(row => row.Ordering));
    }

    [Fact]
    public void A_restarting_stream_outlives_an_outage_and_misses_nothing()
    {
        var a = Boot("a");
        var read = new List<long>();
        var materializer = a.System.System.Materializer();
        Run(1);
        var journal = PersistenceQuery.Get(a.System.System).ReadJournalFor<SimulatedReadJournal>(SimulatedReadJournal.Identifier);
        a.System.Lane.Inside(() => RestartSource
            .OnFailuresWithBackoff(() => journal.AllEvents(Offset.Sequence(read.LastOrDefault())), RestartSettings.Create(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8), 0))
            .RunForeach(e => read.Add(((Sequence)e.Offset).Value), materializer));
        Store(a, 1, 2);
        _database.Away = true;
        Run(120);
        _database.Away = false;
        Store(a, 3);
        Run(10);
        Assert.Equal([1L, 2, 3], read);
    }

    public void Dispose() => _timeline.Dispose();

    private (VirtualActorSystem System, IActorRef Actor) Boot(string name, string persistenceId = "x")
    {
        var system = VirtualActorSystem.Create("toy", _timeline.NewLane(name), _database, ToyFleet.Serialized);
        return (system, system.System.ActorOf(Props.Create(() => new Writer(name, persistenceId, _seen)), "writer"));
    }

    private void Store((VirtualActorSystem System, IActorRef Actor) writer, params int[] values)
    {
        foreach (var value in values)
            writer.Actor.Tell(value);
        Run(2);
    }

    private void Run(int seconds) => _timeline.RunFor(TimeSpan.FromSeconds(seconds));

    private sealed class Writer : ReceivePersistentActor
    {
        private readonly string _name;
        private readonly List<string> _seen;

        public Writer(string name, string persistenceId, List<string> seen)
        {
            (_name, PersistenceId, _seen) = (name, persistenceId, seen);
            Recover<ToyMissed>(missed => seen.Add($"{name} recovered {missed.InARow}"));
            Command<int>(value => Persist(new ToyMissed(value), missed => seen.Add($"{name} stored {missed.InARow}")));
        }

        public override string PersistenceId { get; }

        protected override void OnReplaySuccess() => _seen.Add($"{_name} ready");

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
        {
            _seen.Add($"{_name} failed {cause.GetType().Name}");
            base.OnPersistFailure(cause, @event, sequenceNr);
        }

        protected override void PostStop() => _seen.Add($"{_name} stopped");
    }
}
