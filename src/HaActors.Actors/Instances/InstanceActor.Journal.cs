using System.Globalization;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Instances;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Instances;

/// <summary>
/// The agents' floors are the memory of epochs that no restored database can lose. An agent that knows a higher one than this journal ever gave says that the journal
/// went back (SAFETY 23): where the instance may run is then not known any more, so whatever told it (a list, a cancel, a look, a refused start) is held until the gate
/// has disarmed HA. Only then is it taken, and its epoch with it.
/// </summary>
public sealed partial class InstanceActor
{
    private readonly SortedDictionary<string, Ahead> _ahead = new(StringComparer.Ordinal);
    private long _aheadTaken;

    private void OnSighting(RecordSighting s)
    {
        var held = $"list {s.Hypervisor}";
        if (s.BootId.Length > 0 && IsAhead(s.Epoch))
        {
            Hold(held, s.Hypervisor, s.Epoch, $"has epoch {s.Epoch} of instance {_id}, and the journal gave out {State.Epoch} at most", () => OnSighting(s));
            return;
        }

        if (s.Hypervisor == State.Place && s.BootId.Length > 0)
        {
            _placeSeenAt = Clock;
        }

        // What is held of an older list says less than this one.
        _ahead.Remove(held);
        Do(new RecordSight(s.Hypervisor, s.Present, s.State, s.UserStopped, s.Epoch, s.BootId, s.At, s.Transient));
        LookForLostGuard(s);
    }

    /// <summary>The first report of an instance that this journal has never heard of is how a first start on old hosts looks, too.</summary>
    private bool IsAhead(long epoch) => State.Place is not null && epoch > State.Epoch && epoch > _aheadTaken;

    /// <summary>The word of an agent about what it refuses. It is asked for again, so nothing of it is kept.</summary>
    private bool IsAhead(HypervisorId hypervisor, long refusedUpTo)
    {
        if (!IsAhead(refusedUpTo))
        {
            return false;
        }

        Hold($"cancel {hypervisor}", hypervisor, refusedUpTo, $"refuses instance {_id} up to epoch {refusedUpTo}, and the journal gave out {State.Epoch} at most", () => { });
        return true;
    }

    /// <summary>A look is made again, so nothing of it is kept.</summary>
    private bool IsAhead(Looked looked)
    {
        foreach (var (hypervisor, report) in looked.Found)
        {
            if (report is not null && IsThatHost(hypervisor, report.HypervisorUuid) && report.Instances.FirstOrDefault(i => i.Id == _id) is { } i && IsAhead(i.Epoch))
            {
                Hold($"look {hypervisor}", hypervisor, i.Epoch, $"has epoch {i.Epoch} of instance {_id}, and the journal gave out {State.Epoch} at most", () => { });
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// A start refused as old, though this journal has only just given out its epoch and has cancelled nothing that high: somebody did so in a life that the journal has lost.
    /// It counts as running there no less than before; the answer is taken when HA is disarmed.
    /// </summary>
    private bool IsAhead(RunAnswered answered)
    {
        if (answered.Result is not AgentResult<RunReport>.No { Code: RunRefusals.EpochOld, RefusedUpTo: { } upTo } || upTo < answered.Epoch || upTo <= _aheadTaken)
        {
            return false;
        }

        Hold("run", State.Attempt!.Destination, upTo, $"refuses instance {_id} up to epoch {upTo}, and the journal has only just given out {answered.Epoch}", () => OnRunAnswered(answered));
        return true;
    }

    private void Hold(string what, HypervisorId hypervisor, long epoch, FormattableString words, Action then)
    {
        _ahead[what] = new Ahead(epoch, $"the agent of {hypervisor} {words.ToString(CultureInfo.InvariantCulture)}", then);
        TellAhead();
        KeepPulse();
    }

    /// <summary>Said until the gate has taken it.</summary>
    private void TellAhead()
    {
        foreach (var held in _ahead.Values.Where(held => Due($"went back {held.Epoch}", Repeat)))
        {
            _doors.Gate.Tell(new JournalWentBack(KeyOf(held.Epoch), held.Words));
        }
    }

    private void OnWentBackTaken(WentBackTaken taken)
    {
        foreach (var (what, held) in _ahead.Where(h => KeyOf(h.Value.Epoch) == taken.Key).ToArray())
        {
            _ahead.Remove(what);
            _aheadTaken = Math.Max(_aheadTaken, held.Epoch);
            held.Then();
        }
    }

    private string KeyOf(long epoch) => string.Create(CultureInfo.InvariantCulture, $"{_id} {epoch}");

    /// <param name="Words">What the gate tells people.</param>
    /// <param name="Then">Once it is taken.</param>
    private sealed record Ahead(long Epoch, string Words, Action Then);
}
