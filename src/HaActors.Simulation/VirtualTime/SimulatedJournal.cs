using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Akka.Serialization;

namespace HaActors.Simulation.VirtualTime;

/// <summary>Akka's journal over a <see cref="SimulatedDatabase"/>. Named in HOCON, created by Akka.</summary>
internal sealed class SimulatedJournal : AsyncWriteJournal
{
    public const string PluginId = "akka.persistence.journal.simulated";
    private readonly VirtualTimeSetup _setup = VirtualTimeSetup.Of(Context.System.Settings);
    private readonly ActorSystem _system = Context.System;
    private readonly Dictionary<string, Task> _writing = new(StringComparer.Ordinal);

    public override async Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken)
    {
        // An actor that restarts during its own write must see that write's outcome, or it would use the number again.
        if (_writing.TryGetValue(persistenceId, out var write))
            await write.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return await _setup.Database.RequestAsync(_setup.Lane, () => _setup.Database.HighestSequenceNr(persistenceId), CancellationToken.None);
    }

    public override async Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        foreach (var row in await _setup.Database.ReadAsync(_setup.Lane, persistenceId, fromSequenceNr, toSequenceNr, max))
            recoveryCallback(new Persistent(row.Read(_system), row.SequenceNr, row.PersistenceId, row.Manifest, false, ActorRefs.NoSender, row.WriterGuid, row.StoredAt.UtcTicks));
    }

    protected override async Task<IImmutableList<Exception>?> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var refusals = new List<Exception?>();
        var events = new List<NewEvent>();
        foreach (var write in messages)
        {
            try
            {
                events.AddRange(((IImmutableList<IPersistentRepresentation>)write.Payload).Select(ToRow).ToList());
                refusals.Add(null);
            }
            catch (Exception e)
            {
                // As the SQL journal: what cannot be serialized is refused by itself and nothing of it is stored.
                refusals.Add(e);
            }
        }
        if (events.Count > 0)
            await WriteAsync(events);
        return refusals.TrueForAll(refusal => refusal is null) ? null : ImmutableList.CreateRange<Exception>(refusals!);
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The journal is the event log; nothing deletes from it.");

    private async Task WriteAsync(List<NewEvent> events)
    {
        var write = _setup.Database.WriteAsync(_setup.Lane, events);
        var ids = events.Select(e => e.PersistenceId).Distinct(StringComparer.Ordinal).ToList();
        ids.ForEach(id => _writing[id] = write);
        try
        {
            await write;
        }
        finally
        {
            ids.ForEach(id => _writing.Remove(id));
        }
    }

    private NewEvent ToRow(IPersistentRepresentation message)
    {
        var (payload, tags) = message.Payload is Tagged tagged ? (tagged.Payload, tagged.Tags) : (message.Payload, []);
        var isBound = _system.Serialization.FindSerializerFor(payload) is SerializerWithStringManifest;
        var serializer = isBound ? (SerializerWithStringManifest)_system.Serialization.FindSerializerFor(payload) : null;
        return new NewEvent(
            message.PersistenceId,
            message.SequenceNr,
            serializer?.Manifest(payload) ?? payload.GetType().FullName!,
            serializer?.Identifier ?? 0,
            serializer?.ToBinary(payload),
            payload,
            [.. tags.Order(StringComparer.Ordinal)],
            message.WriterGuid);
    }
}
