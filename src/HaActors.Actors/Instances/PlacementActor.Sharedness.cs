using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using HaActors.Domain;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Instances;

/// <summary>A datastore is shared when each of two hypervisors has read a nonce that the other wrote there; proved while both are up, kept when one dies.</summary>
public sealed partial class PlacementActor
{
    private const string RollWork = "roll call";
    private const string SharedWork = "load the proofs of sharedness";
    private const string NonceWork = "prove sharedness";

    private static readonly TimeSpan ProveEvery = TimeSpan.FromMinutes(10);

    /// <summary>A hypervisor that has just come up is proved with the others after this.</summary>
    private static readonly TimeSpan ProveNewAfter = TimeSpan.FromSeconds(3);

    private ImmutableDictionary<(DatastoreId, HypervisorId, HypervisorId), SharedDatastore>? _shared;
    private ImmutableHashSet<HypervisorId> _provedAmong = [];
    private TimeSpan? _provedAt;
    private TimeSpan? _newSince;
    private bool _loading;
    private bool _proving;

    private static (DatastoreId, HypervisorId, HypervisorId) Key(SharedDatastore s) => (s.Datastore, s.First, s.Second);

    /// <summary>The stored proof, and now: the destination reads on that datastore a nonce of the failed host that is not older than the proof's.</summary>
    private bool IsShared(RollCalled roll, DatastoreId datastore, HypervisorId failed, HypervisorId candidate)
    {
        var (first, second) = failed.CompareTo(candidate) < 0 ? (failed, candidate) : (candidate, failed);
        if (_shared is null || !_shared.TryGetValue((datastore, first, second), out var proof) || !roll.Hosts.TryGetValue(candidate, out var host) || host is null)
        {
            return false;
        }

        var wrote = first == failed ? proof.FirstNonce : proof.SecondNonce;
        return host.Datastores.FirstOrDefault(d => d.Id == datastore) is { } seen
            && (_views.TryGetValue(failed, out var view) && view.HypervisorUuid is { } uuid
                ? seen.Nonces.TryGetValue(uuid, out var read) && NotOlder(read, wrote)
                : seen.Nonces.Values.Any(n => NotOlder(n, wrote)));
    }

    /// <summary>Nonces are numbers that grow: a newer one than the proof's was written after it, by the same host on the same file system.</summary>
    private static bool NotOlder(string read, string wrote) => read == wrote
        || (long.TryParse(read, NumberStyles.None, CultureInfo.InvariantCulture, out var r) && long.TryParse(wrote, NumberStyles.None, CultureInfo.InvariantCulture, out var w) && r >= w);

    private void LoadShared()
    {
        if (!_loading)
        {
            _loading = true;
            _inventory.SharedDatastoresAsync(_stopping.Token).PipeTo(Self, success: s => new SharedLoaded(s), failure: e => new Failed(SharedWork, e));
        }
    }

    private void OnSharedLoaded(SharedLoaded loaded)
    {
        _loading = false;
        // Newest first is kept.
        _shared = loaded.Shared.GroupBy(Key).ToImmutableDictionary(g => g.Key, g => g.MaxBy(s => s.ProvedAt)!);
    }

    private void ProveSharednessWhenDue()
    {
        if (_shared is null)
        {
            LoadShared();
            return;
        }

        var up = _views.Values.Where(v => v is { Phase: HypervisorPhase.Healthy, ObserveOnly: false }).Select(v => v.HypervisorId).ToImmutableHashSet();
        _newSince = up.IsSubsetOf(_provedAmong) ? null : _newSince ?? Clock;
        var isNew = _newSince is { } since && Clock - since >= ProveNewAfter;
        if (_proving || up.Count < 2 || (!isNew && (_provedAt is not { } at || Clock - at < ProveEvery)))
        {
            return;
        }

        _proving = true;
        var now = Context.System.Scheduler.Now;
        ProveAsync(up, now).PipeTo(Self, success: p => new NoncesProved(up, p), failure: e => new Failed(NonceWork, e));
    }

    private async Task<ImmutableArray<SharedDatastore>> ProveAsync(ImmutableHashSet<HypervisorId> up, DateTimeOffset now)
    {
        var inventory = await _inventory.ReadAsync(_stopping.Token);
        var nonce = now.UtcTicks.ToString(CultureInfo.InvariantCulture);
        var hypervisors = inventory.Hypervisors.Values.Where(h => up.Contains(h.Id)).OrderBy(h => h.Id).ToArray();
        var before = await EachAsync(hypervisors, h => _agent.HostAsync(h.Agent, _stopping.Token));
        var wrote = await EachAsync(hypervisors, async h =>
        {
            var written = new HashSet<DatastoreId>();
            var seen = before[h.Id] is AgentResult<HostFacts>.Yes facts ? facts.Value.Datastores : [];
            foreach (var datastore in seen.Select(d => d.Id).Order())
            {
                if (await _agent.WriteNonceAsync(h.Agent, datastore, nonce, _stopping.Token) is AgentResult<Done>.Yes)
                {
                    written.Add(datastore);
                }
            }

            return written;
        });
        var after = await EachAsync(hypervisors, h => _agent.HostAsync(h.Agent, _stopping.Token));

        bool Reads(Hypervisor reader, Hypervisor writer, DatastoreId datastore) =>
            wrote[writer.Id].Contains(datastore)
            && after[writer.Id] is AgentResult<HostFacts>.Yes w && after[reader.Id] is AgentResult<HostFacts>.Yes r
            && r.Value.Datastores.Any(d => d.Id == datastore && d.Nonces.TryGetValue(w.Value.HypervisorUuid, out var read) && read == nonce);

        var proved = ImmutableArray.CreateBuilder<SharedDatastore>();
        for (var i = 0; i < hypervisors.Length; i++)
        {
            foreach (var second in hypervisors.Skip(i + 1))
            {
                foreach (var datastore in wrote[hypervisors[i].Id].Intersect(wrote[second.Id]).Order().Where(d => Reads(hypervisors[i], second, d) && Reads(second, hypervisors[i], d)))
                {
                    proved.Add(new SharedDatastore(datastore, hypervisors[i].Id, second.Id, nonce, nonce, now));
                }
            }
        }

        if (proved.Count > 0)
        {
            await _inventory.SaveSharedDatastoresAsync(proved.ToImmutable(), _stopping.Token);
        }

        return proved.ToImmutable();
    }

    private static async Task<Dictionary<HypervisorId, T>> EachAsync<T>(Hypervisor[] hypervisors, Func<Hypervisor, Task<T>> ask)
    {
        var answers = new T[hypervisors.Length];
        var next = -1;

        async Task LaneAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < hypervisors.Length; i = Interlocked.Increment(ref next))
            {
                answers[i] = await ask(hypervisors[i]);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => LaneAsync()));
        return hypervisors.Select((h, i) => (h.Id, Answer: answers[i])).ToDictionary(a => a.Id, a => a.Answer);
    }

    private void OnNoncesProved(NoncesProved proved)
    {
        _proving = false;
        _provedAt = Clock;
        _provedAmong = proved.Among;
        _newSince = null;
        _shared = proved.Shared.Aggregate(_shared!, (known, s) => known.SetItem(Key(s), s));
    }

    private void OnFailed(Failed failed)
    {
        _log.Warning("{What} failed: {Reason}; done again", failed.What, failed.Cause.Message);
        switch (failed.What)
        {
            case RollWork:
                EndRoll();
                break;
            case SharedWork:
                _loading = false;
                break;
            case NonceWork:
                _proving = false;
                _newSince = Clock;
                break;
        }
    }

    private sealed record SharedLoaded(ImmutableArray<SharedDatastore> Shared) : INoSerializationVerificationNeeded;

    private sealed record NoncesProved(ImmutableHashSet<HypervisorId> Among, ImmutableArray<SharedDatastore> Shared) : INoSerializationVerificationNeeded;

    private sealed record Failed(string What, Exception Cause) : INoSerializationVerificationNeeded;
}
