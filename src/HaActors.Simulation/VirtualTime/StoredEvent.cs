using System.Collections.Immutable;
using Akka.Actor;

namespace HaActors.Simulation.VirtualTime;

/// <summary>One row of the simulated journal.</summary>
/// <param name="Ordering">Global order, ascending from 1, never used twice.</param>
/// <param name="Manifest">What the serializer calls the type; the CLR name where it was not serialized.</param>
/// <param name="Bytes">The serialized event. Null where its type is bound to no serializer with manifests; then replay returns the object itself.</param>
/// <param name="Written">What the writer handed in: for logs and assertions. Replay uses <see cref="Read"/>.</param>
public sealed record StoredEvent(
    long Ordering,
    string PersistenceId,
    long SequenceNr,
    string Manifest,
    int SerializerId,
    ReadOnlyMemory<byte>? Bytes,
    object Written,
    ImmutableArray<string> Tags,
    string WriterGuid,
    DateTimeOffset StoredAt)
{
    /// <summary>The event as the given system reads it: through its serializer.</summary>
    public object Read(ActorSystem system) =>
        Bytes is { } bytes ? system.Serialization.Deserialize(bytes.ToArray(), SerializerId, Manifest) : Written;
}

/// <summary>What a journal asks to store; the database adds the order and the time.</summary>
internal sealed record NewEvent(
    string PersistenceId, long SequenceNr, string Manifest, int SerializerId, byte[]? Bytes, object Written, ImmutableArray<string> Tags, string WriterGuid);
