using System.Collections.Immutable;
using Akka.Persistence.Journal;
using HaActors.Domain;

namespace HaActors.Actors.EventLog;

/// <summary>Every domain event carries one tag, by which the projection follows them all in the order of the journal.</summary>
public sealed class HaEventTagger : IWriteEventAdapter
{
    public const string Tag = "ha";

    private static readonly ImmutableHashSet<string> Tags = [Tag];

    public string Manifest(object evt) => "";

    public object ToJournal(object evt) => evt is IDomainEvent ? new Tagged(evt, Tags) : evt;
}
