using System.Globalization;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Instances;

namespace HaActors.Actors.Instances;

/// <summary>
/// The agents' floors are the memory of epochs that no restored database can lose. An agent that knows a higher one than this journal ever gave says that the journal
/// went back (SAFETY 23): where the instance may run is then not known any more, so the report is held until the gate has disarmed HA.
/// </summary>
public sealed partial class InstanceActor
{
    private readonly SortedDictionary<HypervisorId, RecordSighting> _ahead = [];
    private long _aheadTaken;

    private void OnSighting(RecordSighting s)
    {
        // The first report of an instance that this journal has never heard of is how a first start on old hosts looks, too.
        if (State.Place is not null && s.Epoch > State.Epoch && s.Epoch > _aheadTaken && s.BootId.Length > 0)
        {
            _ahead[s.Hypervisor] = s;
            if (Due($"went back {s.Epoch}", Repeat))
            {
                _doors.Gate.Tell(new JournalWentBack(
                    KeyOf(s.Epoch), string.Create(CultureInfo.InvariantCulture, $"the agent of {s.Hypervisor} has epoch {s.Epoch} of instance {_id}, and the journal gave out {State.Epoch} at most")));
            }

            return;
        }

        Do(new RecordSight(s.Hypervisor, s.Present, s.State, s.UserStopped, s.Epoch, s.BootId, s.At));
        LookForLostGuard(s);
    }

    private void OnWentBackTaken(WentBackTaken taken)
    {
        foreach (var held in _ahead.Values.Where(s => KeyOf(s.Epoch) == taken.Key).ToArray())
        {
            _ahead.Remove(held.Hypervisor);
            _aheadTaken = Math.Max(_aheadTaken, held.Epoch);
            OnSighting(held);
        }
    }

    private string KeyOf(long epoch) => string.Create(CultureInfo.InvariantCulture, $"{_id} {epoch}");
}
