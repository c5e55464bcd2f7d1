using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;
using HaActors.Storage;

namespace HaActors.Tests.Storage;

/// <summary>An actor system of one master on a given storage, wired as the master wires it.</summary>
internal static class PersistenceBench
{
    internal const string Tag = "test";

    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Config Tagged = ConfigurationFactory.ParseString("""
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.persistence.journal.sql {
          event-adapters.tagger = "HaActors.Tests.Storage.TestTagger, HaActors.Tests"
          event-adapter-bindings { "System.String" = tagger }
        }
        """);

    internal static ActorSystem Start(Database database, Setup? instead = null) => ActorSystem.Create("persistence-" + Guid.NewGuid().ToString("N")[..8], ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(Tagged.WithFallback(AkkaPersistence.Config(database.Options))), instead ?? AkkaPersistence.Setup(database)));
}

public sealed class TestTagger : IWriteEventAdapter
{
    public string Manifest(object evt) => "";

    public object ToJournal(object evt) => new Tagged(evt, [PersistenceBench.Tag]);
}

/// <summary>Stores each string that it gets, answers it when it is stored, and tells <paramref name="observer"/> when it can't.</summary>
internal sealed class Notebook(string persistenceId, IActorRef observer) : UntypedPersistentActor
{
    private ImmutableList<string> _lines = [];

    public override string PersistenceId => persistenceId;

    internal static Props Props(string persistenceId, IActorRef? observer = null) => Akka.Actor.Props.Create(() => new Notebook(persistenceId, observer ?? ActorRefs.Nobody));

    protected override void OnCommand(object message)
    {
        var replyTo = Sender;
        if (message is "snapshot")
        {
            SaveSnapshot(_lines.ToArray());
        }
        else if (message is "read")
        {
            replyTo.Tell(_lines);
        }
        else if (message is string line)
        {
            Persist(line, l =>
            {
                _lines = _lines.Add(l);
                replyTo.Tell(l);
            });
        }
        else if (message is SaveSnapshotSuccess or SaveSnapshotFailure)
        {
            observer.Tell(message);
        }
    }

    protected override void OnRecover(object message)
    {
        if (message is string line)
            _lines = _lines.Add(line);
        else if (message is SnapshotOffer { Snapshot: object[] or string[] } offer)
            _lines = [.. ((IEnumerable<object>)offer.Snapshot).Cast<string>()];
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        observer.Tell(new CouldNotStore((string)@event, sequenceNr));
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    internal sealed record CouldNotStore(string Line, long SequenceNr);
}
