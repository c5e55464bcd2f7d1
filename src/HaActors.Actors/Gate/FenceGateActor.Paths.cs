using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Gate;

/// <summary>
/// Whose fault is a silent fence device? A hypervisor that answers, and whose device does not, asks; the devices of others in its location are read once, and
/// <see cref="DeviceRoll"/> judges. While the way is lost it goes on asking until it is back.
/// </summary>
public sealed partial class FenceGateActor
{
    /// <summary>A device that hangs takes its call's own deadline; who has not answered by then is not counted.</summary>
    private static readonly TimeSpan RollTakes = TimeSpan.FromSeconds(30);

    /// <summary>Before a roll that is to confirm the one before it.</summary>
    private static readonly TimeSpan RollAgain = TimeSpan.FromSeconds(15);

    /// <summary>While the way is lost.</summary>
    private static readonly TimeSpan RollPace = TimeSpan.FromMinutes(1);

    private readonly SortedDictionary<LocationId, Roll> _rolls = [];

    /// <summary>How many rolls in a row said the same of a location: that the silence is common, or that it is not.</summary>
    private readonly SortedDictionary<LocationId, (bool Common, int Times)> _agreed = [];

    /// <summary>Since when, without a break, each roll has said that the silence is common.</summary>
    private readonly SortedDictionary<LocationId, TimeSpan> _commonSince = [];

    private void OnSilent(DevicesSilent silent)
    {
        if (State.PathsLost.TryGetValue(silent.Location, out var lost))
        {
            // What answered while the others were silent already is silent for a reason of its own.
            var isItsOwn = silent.HeardAgo is { } ago && _commonSince.TryGetValue(silent.Location, out var since) && Clock - ago > since;
            _doors.Hypervisors.Tell(new SilenceJudged(silent.HypervisorId, isItsOwn ? null : lost.At));
        }
        else if (!_rolls.ContainsKey(silent.Location) && !Timers.IsTimerActive(RollTimer(silent.Location)))
        {
            // While a roll runs, or the one that confirms it is due, whoever it does not ask asks again: it is told of by what its device answers then.
            BeginRoll(silent.Location, silent.HypervisorId, silent.Detail);
        }
    }

    private void BeginRoll(LocationId location, HypervisorId? finder, string detail)
    {
        var members = _fleet.Values.Where(k => k.View.Location == location && k.View.Phase is HypervisorPhase.Healthy or HypervisorPhase.Returning && !k.View.Devices.IsEmpty).Select(k => k.View.HypervisorId);
        var asked = DeviceRoll.Sample(members, finder);
        var roll = new Roll(location, ++_questions, Clock, [.. asked], detail);
        _rolls[location] = roll;
        foreach (var id in asked)
        {
            _doors.Hypervisors.Tell(new AskDevices(id, roll.Number), Self);
        }

        if (asked.IsEmpty)
        {
            EndRoll(roll);
        }
        else
        {
            Timers.StartSingleTimer(RollTimer(location), new RollDue(location, roll.Number), RollTakes);
        }
    }

    private void OnDevices(DevicesAnswered answered)
    {
        if (_rolls.Values.FirstOrDefault(r => r.Number == answered.Roll) is not { } roll || !roll.Missing.Remove(answered.HypervisorId))
        {
            return;
        }

        if (answered.Counts)
        {
            roll.Counted++;
            if (answered.Silent is { } detail)
            {
                roll.Silent.Add(answered.HypervisorId);
                roll.Detail = detail;
            }
        }

        if (roll.Missing.Count == 0)
        {
            EndRoll(roll);
        }
    }

    private void OnRollDue(RollDue due)
    {
        if (_rolls.TryGetValue(due.Location, out var roll))
        {
            if (roll.Number == due.Roll)
            {
                EndRoll(roll);
            }
        }
        else if (due.Roll == 0)
        {
            BeginRoll(due.Location, null, "");
        }
    }

    private void EndRoll(Roll roll)
    {
        _rolls.Remove(roll.Location);
        var result = new DeviceRoll(roll.Location, [.. roll.Silent], roll.Counted) { IsEmptied = _sweeps > 1 && _fleet.Values.All(k => k.View.Location != roll.Location || k.View.Devices.IsEmpty) };
        var agreed = Agreed(roll, result);
        // What can't be stored just now the next roll finds again.
        if (!IsStoring && result.Watch(State, agreed, roll.Detail, Now) is { } news)
        {
            Store([news], () =>
            {
                Judge(roll, result.IsCommon);
                if (news is FencePathRegained)
                {
                    TellWhoWaits(roll.Location);
                }
            });
        }
        else
        {
            Judge(roll, result.IsCommon);
        }
    }

    /// <returns>How many rolls in a row said what this one says. One that nobody answered says nothing, unless nobody is left.</returns>
    private int Agreed(Roll roll, DeviceRoll result)
    {
        if (result is { Counted: 0, IsEmptied: false })
        {
            return 0;
        }

        if (result.IsCommon)
        {
            _commonSince.TryAdd(roll.Location, roll.Begun);
        }
        else
        {
            _commonSince.Remove(roll.Location);
        }

        var before = _agreed.GetValueOrDefault(roll.Location);
        var times = before.Common == result.IsCommon ? Math.Min(before.Times + 1, DeviceRoll.Agree) : 1;
        _agreed[roll.Location] = (result.IsCommon, times);
        return times;
    }

    /// <summary>Tells who was silent; and what is lost, or has to be confirmed, is looked at again.</summary>
    private void Judge(Roll roll, bool common)
    {
        var lost = State.PathsLost.GetValueOrDefault(roll.Location);
        if (lost is not null || common)
        {
            // Soon if the newest roll says other than what is stored, and the next one has to say so, too.
            var isNews = lost is null || (!common && roll.Counted > 0);
            Timers.StartSingleTimer(RollTimer(roll.Location), new RollDue(roll.Location, 0), isNews ? RollAgain : RollPace);
        }
        else
        {
            Timers.Cancel(RollTimer(roll.Location));
        }

        if (lost is not null || !common)
        {
            foreach (var id in roll.Silent)
            {
                _doors.Hypervisors.Tell(new SilenceJudged(id, lost?.At));
            }
        }
    }

    /// <summary>Who could not be fenced meanwhile need not wait for the end of its pause.</summary>
    private void TellWhoWaits(LocationId location)
    {
        foreach (var (id, _) in _fleet.Where(k => k.Value.View.Location == location && k.Value.View.Phase == HypervisorPhase.FenceFailed))
        {
            _doors.Hypervisors.Tell(new SilenceJudged(id, null));
        }
    }

    /// <summary>What an earlier life found lost is looked at when the fleet has been heard of.</summary>
    private void RememberPaths()
    {
        foreach (var location in State.PathsLost.Keys)
        {
            Timers.StartSingleTimer(RollTimer(location), new RollDue(location, 0), RollPace);
        }
    }

    private static string RollTimer(LocationId location) => $"roll-{location}";

    /// <summary>The devices of a location are being read.</summary>
    private sealed class Roll(LocationId location, long number, TimeSpan begun, SortedSet<HypervisorId> missing, string detail)
    {
        public TimeSpan Begun { get; } = begun;

        public LocationId Location { get; } = location;

        public long Number { get; } = number;

        public SortedSet<HypervisorId> Missing { get; } = missing;

        public SortedSet<HypervisorId> Silent { get; } = [];

        public int Counted { get; set; }

        public string Detail { get; set; } = detail;
    }

    /// <param name="Roll">The one that takes too long; 0: begin one.</param>
    private sealed record RollDue(LocationId Location, long Roll);
}
