using Akka.Actor;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Instances;
using HaActors.Simulation.VirtualTime;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>What a persistent actor knows is what its journal says, event by event through the serializer: otherwise a restart would change what is done.</summary>
internal sealed class ReplayRule(SimulatedSite site, Action<string, string> broken)
{
    private readonly Dictionary<string, List<StoredEvent>> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (object State, long Seen)> _compared = new(StringComparer.Ordinal);

    /// <summary>Rows that a restored database does not have any more. Actors that live through that know more than it: that HA is disarmed is then what counts.</summary>
    public void Forget(long above)
    {
        _outlived = site.LiveSystem;
        _compared.Clear();
        foreach (var rows in _rows.Values) rows.RemoveAll(r => r.Ordering > above);
    }

    private Akka.Actor.ActorSystem? _outlived;

    public void OnStored(StoredEvent row)
    {
        if (!_rows.TryGetValue(row.PersistenceId, out var rows)) _rows[row.PersistenceId] = rows = [];
        rows.Add(row);
    }

    public void Compare()
    {
        if (site.LiveSystem is not { } system || system == _outlived) return;
        foreach (var (id, state, seen) in LiveActors.Of(system))
        {
            // The very state that was compared before, and no event since.
            if (_compared.TryGetValue(id, out var before) && ReferenceEquals(before.State, state) && before.Seen == seen) continue;
            _compared[id] = (state, seen);
            var events = _rows.GetValueOrDefault(id, []).Where(r => r.SequenceNr <= seen).Select(r => r.Read(system));
            var replayed = state switch
            {
                HypervisorState h => events.Cast<IHypervisorEvent>().Aggregate(HypervisorState.New(h.Id), (s, e) => s.Apply(e)),
                InstanceStatus i => events.Cast<IInstanceEvent>().Aggregate(InstanceStatus.New(i.Id), (s, e) => s.Apply(e)),
                GateState => events.Cast<IGateEvent>().Aggregate(GateState.New, (s, e) => s.Apply(e)),
                _ => (object)state,
            };
            if (StateText.Difference(state, replayed) is { } difference) broken(Rules.ReplayDiffers, $"{id} after event {seen}: {difference}");
        }
    }
}

/// <summary>Looks into the persistent actors of a system on virtual time, between two steps.</summary>
internal static class LiveActors
{
    private const System.Reflection.BindingFlags Hidden = System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public;

    public static IEnumerable<(string PersistenceId, object State, long Seen)> Of(ActorSystem system) =>
        from cell in Cells(((ExtendedActorSystem)system).Guardian)
        where cell.GetType().GetProperty("Actor", Hidden)?.GetValue(cell) is Akka.Persistence.Eventsourced
        let actor = (Akka.Persistence.Eventsourced)cell.GetType().GetProperty("Actor", Hidden)!.GetValue(cell)!
        let state = actor.GetType().GetProperty("State", Hidden)?.GetValue(actor)
        where state is not null
        select (actor.PersistenceId, state, actor.LastSequenceNr);

    private static IEnumerable<ICell> Cells(IActorRef actor)
    {
        if (actor is not ActorRefWithCell { Underlying: { } cell } withCell) yield break;
        yield return cell;
        foreach (var below in withCell.Children.SelectMany(Cells)) yield return below;
    }
}
