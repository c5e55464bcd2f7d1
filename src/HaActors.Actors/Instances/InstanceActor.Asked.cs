using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Instances;

/// <summary>What incidents, returning hypervisors and agents' lists ask of it, and what it tells of itself.</summary>
public sealed partial class InstanceActor
{
    private const string LookCall = "look at agents' lists";
    private const string LookSaid = "lists of ";
    private const string ManagedCall = "tell opt-in or opt-out";
    private const string RemoveCall = "remove from ";

    /// <summary>A list that is reported was asked for at most this long ago.</summary>
    private static readonly TimeSpan ListsAreYoung = TimeSpan.FromSeconds(20);

    /// <summary>Longer than an incident of its place takes to begin and to prove it off.</summary>
    private static readonly TimeSpan PlaceIsLongMute = TimeSpan.FromMinutes(10);

    /// <summary>So often its place is asked, at the pace of the question, before what is left elsewhere is kept.</summary>
    private const int PlaceIsAsked = 3;

    private readonly SortedDictionary<IncidentId, (IActorRef Actor, object? Told)> _askers = [];
    private readonly SortedDictionary<HypervisorId, (IActorRef Actor, string BootId)> _removing = [];

    /// <summary>How often in a row its place did not say whether it has it, while what is left on this hypervisor was to be taken away.</summary>
    private readonly SortedDictionary<HypervisorId, int> _placeUnheard = [];
    private (IncidentId Incident, HypervisorId Hypervisor, TimeSpan At)? _askedLast;
    private InstanceView? _viewTold;
    private bool _looking;
    private bool _tellingManaged;
    private TimeSpan? _managedAt;
    private TimeSpan? _placeSeenAt;
    private readonly TimeSpan _born = Context.System.Scheduler.MonotonicClock;

    private bool IsSuspect => State.Duplicate.Length > 0 || State.ReportedRunning.Count() > 1;

    private bool HasManagedToTell => WantedManaged() is { } wanted && State.Told != wanted;

    private void OnRecover(RecoverInstance ask)
    {
        _askers[ask.Incident] = (Sender, null);
        _askedLast = (ask.Incident, ask.Failed, Clock);
        Do(new Recover(ask.Incident, ask.Failed, ask.Kind, ask.Proof, ask.EvacuationEnabled, Now, ask.Cancelled is { } c ? $"{c.Who}: {c.Reason}" : null, ask.BootId), () =>
        {
            if (State.Recovery?.Incident == ask.Incident)
            {
                _evacuationOff = ask.EvacuationEnabled ? null : ask.Incident;
            }

            if (ask.Cancelled is { } by && State.Recovery?.Incident == ask.Incident)
            {
                Do(new OrderCancel(ask.Incident, by.Who, by.Reason, Now));
            }

            TellAskers();
            React();
        });
    }

    /// <summary>Before any report of it nothing is known; it is asked again.</summary>
    private void OnAskGuard(AskGuard ask)
    {
        if (State.Place is not null)
        {
            _doors.Hypervisors.Tell(new GuardTold(ask.Hypervisor, _id, ask.Question, State.MayStartByItself(ask.Hypervisor), State.GainsByProofOf(ask.Hypervisor)));
        }
    }

    /// <summary>Each incident that asked hears the end, or what it waits for: at once when it changes, and at each repeat of its question.</summary>
    private void TellAskers()
    {
        foreach (var (incident, asker) in _askers.ToArray())
        {
            object answer = State.EndOf(incident) is { } end
                ? new InstanceEnded(_id, incident, end.End, end.Destination, end.Reason)
                : Waiting(incident) with { Since = State.Recovery?.WaitingSince, NextAt = NextTry() };
            // The time of the next try goes on and on; it is told with each repeat of the question.
            if (!(answer is InstanceWaits now && asker.Told is InstanceWaits told ? now with { NextAt = told.NextAt } == told : answer.Equals(asker.Told)))
            {
                asker.Actor.Tell(answer);
                _askers[incident] = (asker.Actor, answer);
            }

            if (answer is InstanceEnded)
            {
                _askers.Remove(incident);
            }
        }
    }

    private InstanceWaits Waiting(IncidentId incident)
    {
        if (State.Recovery is { } recovery && State.Phase is InstancePhase.Recovering or InstancePhase.Stuck)
        {
            return _live is { } live && State.Phase == InstancePhase.Recovering ? new InstanceWaits(_id, incident, live.Wait, live.Reason)
                : State.Recovery.Wait is { } wait ? new InstanceWaits(_id, incident, wait.Wait, wait.Reason)
                : new InstanceWaits(_id, incident, InstanceWait.Start, "looks for room and for proofs");
        }

        if (State.Phase == InstancePhase.Cancelling && _live is { Wait: InstanceWait.Fence } unknown)
        {
            return new InstanceWaits(_id, incident, unknown.Wait, unknown.Reason);
        }

        return State.Attempt is { } attempt
            ? State.Phase == InstancePhase.Cancelling && State.Recovery?.Incident != incident
                ? new InstanceWaits(_id, incident, InstanceWait.Fence, $"whether {attempt.Destination} runs it is not known")
                : new InstanceWaits(_id, incident, InstanceWait.Start, _live?.Reason ?? $"start {attempt.Number} on {attempt.Destination} is under way")
            : new InstanceWaits(_id, incident, InstanceWait.Start, "its question is being looked at");
    }

    private void OnReturned(HypervisorReturned returned)
    {
        var asker = Sender;
        if (!returned.Present)
        {
            // Before this boot is cleared, and anything of it started again: it may have gone before its hypervisor failed.
            Do(new RecordSight(returned.Hypervisor, false, InstanceState.ShutOff, false, 0, returned.BootId, Now, returned.Transient));
        }

        Do(new SettleReturn(returned.Hypervisor, returned.BootId, Now), () => Settle(returned.Hypervisor, returned.BootId, asker));
    }

    /// <summary>Keep or remove.</summary>
    private void Settle(HypervisorId hypervisor, string bootId, IActorRef asker)
    {
        // Gone from its place: what is left of it may be all there is, and its user must be able to start it.
        var stays = State.Place is null || State.Attempt?.Destination == hypervisor || (State.Attempt is null && (State.IsGone || State.Place == hypervisor));
        if (stays || (!State.MayRun.ContainsKey(hypervisor) && !State.Policy.HaEnabled))
        {
            asker.Tell(new ReturnSettled(_id, hypervisor, bootId, false));
        }
        else if (!_removing.ContainsKey(hypervisor))
        {
            Remove(hypervisor, bootId, asker);
        }
    }

    /// <summary>
    /// It is elsewhere, or being started there: refused here from now on, durably, and undefined, if its place says now that it has it; else what is left here may be all there is. Its
    /// disks stay.
    /// </summary>
    private void Remove(HypervisorId hypervisor, string bootId, IActorRef asker)
    {
        _removing[hypervisor] = (asker, bootId);
        var forget = State.MayRun.ContainsKey(hypervisor) && State.Attempt is null;
        var (clock, epoch, place) = (Clock, State.Epoch, State.Place!.Value);
        var placeUuid = _knownUuids.GetValueOrDefault(place);
        Call(RemoveCall + hypervisor, async stopping =>
        {
            var inventory = await _known.ReadAsync(clock, stopping);
            if (EndpointOf(inventory, hypervisor) is not { } agent
                || await _agent.CancelAsync(agent, _id, epoch, stopping) is not AgentResult<CancelReport>.Yes { Value: var report })
            {
                return new RemovedThere(hypervisor, null, RemovedHow.Asked);
            }

            if (report.Present || !forget)
            {
                return new RemovedThere(hypervisor, report, RemovedHow.Kept);
            }

            return (await FindAsync(inventory, place, stopping)).Report is not { } there || (placeUuid is not null && there.HypervisorUuid != placeUuid) ? new RemovedThere(hypervisor, report, RemovedHow.PlaceUnheard)
                : there.Instances.FirstOrDefault(i => i.Id == _id) is not { State: not InstanceState.ShutOff } ? new RemovedThere(hypervisor, report, RemovedHow.Kept)
                : new RemovedThere(hypervisor, report, await _agent.ForgetAsync(agent, _id, stopping) is AgentResult<Done>.Yes or AgentResult<Done>.No { Code: "not-found" } ? RemovedHow.Forgotten : RemovedHow.Asked);
        }, removed => removed);
    }

    private void OnRemovedThere(RemovedThere removed)
    {
        if (!_removing.Remove(removed.Hypervisor, out var asked))
        {
            return;
        }

        if (removed.Report is not { } report || !IsThatHost(removed.Hypervisor, report.HypervisorUuid) || IsAhead(removed.Hypervisor, report.RefusedUpTo))
        {
            Unsettled("its agent has not confirmed yet that it will not start it");
            return;
        }

        if (report.Present)
        {
            Unsettled(State.Attempt is { } attempt
                ? $"it runs there, or is paused, and whether {attempt.Destination} runs it as well is not known: find that out before you shut down anything"
                : $"it runs there, or is paused, although it belongs to {State.Place}: decide which copy has the right data, and shut down the other");
            // It runs there although it moved: loud, and nothing is settled.
            LookAt([.. State.ReportedRunning.Append(removed.Hypervisor).Concat(State.Place is { } p ? [p] : []).Distinct().Order()], TimeSpan.FromSeconds(2));
            return;
        }

        if (removed.How == RemovedHow.Asked)
        {
            Unsettled("its agent has not confirmed yet that its old definition there is gone");
            return;
        }

        if (removed.How == RemovedHow.PlaceUnheard && (_placeUnheard[removed.Hypervisor] = _placeUnheard.GetValueOrDefault(removed.Hypervisor) + 1) < PlaceIsAsked)
        {
            // One lost answer must not leave the old definition there for good; one that stays mute must not keep this hypervisor out of service.
            Unsettled($"whether {State.Place} has it has not been answered yet");
            return;
        }

        _placeUnheard.Remove(removed.Hypervisor);
        Do(new RecordCancel(removed.Hypervisor, false, report.RefusedUpTo, report.BootId, Now), () => asked.Actor.Tell(new ReturnSettled(_id, removed.Hypervisor, asked.BootId, removed.How == RemovedHow.Forgotten)));

        void Unsettled(string reason) => asked.Actor.Tell(new ReturnUnsettled(_id, removed.Hypervisor, asked.BootId, reason));
    }

    /// <summary>Two may run it: all of them are asked at the same time, before anything is called a duplicate.</summary>
    private void LookForDuplicates()
    {
        if (IsSuspect)
        {
            LookAt([.. State.ReportedRunning.Concat(State.Duplicate).Concat(State.Place is { } p ? [p] : []).Distinct().Order()], Repeat);
        }
    }

    private void LookAt(ImmutableArray<HypervisorId> hypervisors, TimeSpan every)
    {
        if (_looking || hypervisors.IsEmpty || !Due($"{LookSaid}{string.Join(' ', hypervisors)}", every))
        {
            return;
        }

        _looking = true;
        var (clock, incident) = (Clock, State.Recovery?.Incident);
        Call(LookCall, async stopping =>
        {
            var inventory = await _known.ReadAsync(clock, stopping);
            var found = await Task.WhenAll(hypervisors.Select(h => FindAsync(inventory, h, stopping)));
            return found.ToImmutableArray();
        }, found => new Looked(incident, found));
    }

    private async Task<(HypervisorId Hypervisor, InstanceReport? Report)> FindAsync(InventorySnapshot inventory, HypervisorId hypervisor, CancellationToken stopping) =>
        EndpointOf(inventory, hypervisor) is { } agent && await _agent.InstancesAsync(agent, stopping) is AgentResult<InstanceReport>.Yes { Value: var report }
            ? (hypervisor, report)
            : (hypervisor, null);

    private void OnLooked(Looked looked)
    {
        _looking = false;
        if (IsAhead(looked))
        {
            return;
        }

        if (looked.Found.Where(f => f.Report is not null && !_knownUuids.ContainsKey(f.Hypervisor)).Select(f => f.Hypervisor).ToArray() is { Length: > 0 } strangers)
        {
            // They answered, and whether it was them is not known yet: nothing is concluded from the others alone. The look is made again when it is.
            Array.ForEach(strangers, AskStillOff);
            return;
        }

        var at = Now;
        ImmutableArray<LookFinding> found = [.. looked.Found.Select(f => new LookFinding(f.Hypervisor, Sight(f.Hypervisor, f.Report, at)))];
        Do(new RecordLook(looked.Incident, found, at, Clock - (_placeSeenAt ?? _born) > PlaceIsLongMute));
        if (State.Attempt is { } attempt && found.Any(f => f.Hypervisor == attempt.Destination && f.Sight is not null))
        {
            _unsure = false;
        }
        else if (_unsure && State.Attempt is { } silent && looked.Found.All(f => f.Hypervisor != silent.Destination || f.Report is null))
        {
            // An answer of a host whose identity is not known yet is neither: it is looked at again.
            Do(new RecordRunUnknown(silent.Epoch, "it may have been sent before a restart of this master, and its destination does not answer", at));
        }

        React();
    }

    private RecordSight? Sight(HypervisorId hypervisor, InstanceReport? report, DateTimeOffset at)
    {
        if (report is null || !IsThatHost(hypervisor, report.HypervisorUuid))
        {
            return null;
        }

        return report.Instances.FirstOrDefault(i => i.Id == _id) is { } i
            ? new RecordSight(hypervisor, true, i.State, i.UserStopped, i.Epoch, report.BootId, at, i.Transient)
            : new RecordSight(hypervisor, false, InstanceState.ShutOff, false, 0, report.BootId, at);
    }

    /// <summary>
    /// What its place's agent should know of its opt-in; null if it never heard of one and need not. Who only observes will not start it again after a reboot, so nothing may keep
    /// its host from doing that: the opt-in is given back as if it were opted out.
    /// </summary>
    private (HypervisorId Hypervisor, bool Managed, bool MayStart)? WantedManaged() =>
        State.Place is not { } place || State.Phase != InstancePhase.Resting ? null
        : State.Policy is { HaEnabled: true, ObserveOnly: false } ? (place, true, false)
        : State.Told is null ? null
        : (place, false, !State.OthersThan(place).Any());

    private void TellManaged()
    {
        if (!HasManagedToTell || _tellingManaged || WantedManaged() is not { } wanted)
        {
            return;
        }

        // Who only observes for a while must not lose the guard of a host that is dying: it is given back to an agent that has just answered, and to no other.
        if (State.Policy is { HaEnabled: true, ObserveOnly: true } && !(Clock - _placeSeenAt < Repeat))
        {
            return;
        }

        if (wanted is { Managed: false, MayStart: true } && State.Guarded.Contains(wanted.Hypervisor))
        {
            // Stored before it is told: if the answer is lost, the guard may be gone.
            Do(new ReleaseGuard(wanted.Hypervisor, Now), React);
            return;
        }

        if (!Due($"managed {wanted}", Repeat))
        {
            return;
        }

        _tellingManaged = true;
        var clock = Clock;
        Call(ManagedCall, async stopping => EndpointOf(await _known.ReadAsync(clock, stopping), wanted.Hypervisor) is { } agent
            ? await _agent.SetManagedAsync(agent, _id, wanted.Managed, wanted.MayStart, stopping)
            : new AgentResult<Done>.Unknown("not in the inventory"), answer => new ManagedAnswered(wanted.Hypervisor, wanted.Managed, wanted.MayStart, answer));
    }

    private void OnManagedAnswered(ManagedAnswered answered)
    {
        _tellingManaged = false;
        if (answered.Result is AgentResult<Done>.Yes)
        {
            _managedAt = Clock;
            Do(new RecordManaged(answered.Hypervisor, answered.Managed, answered.MayStart, Now));
        }
    }

    /// <summary>Its agent has lost what it was told, with its state directory say: it is told again. A list may be a little older than the telling.</summary>
    private void LookForLostGuard(RecordSighting s)
    {
        if (s is { Present: true, Managed: false } && State.Told == (s.Hypervisor, true, false) && WantedManaged() == State.Told && !(Clock - _managedAt < ListsAreYoung))
        {
            Do(new ReleaseGuard(s.Hypervisor, Now), React);
        }
    }

    private void TellView()
    {
        if (State.Place is not { } place)
        {
            return;
        }

        var recovery = State.Recovery;
        var wait = recovery is null ? null : _live ?? (recovery.Wait is { } w ? (w.Wait, w.Reason) : ((InstanceWait, string)?)null);
        var view = new InstanceView(
            _id, State.Name, place, State.State, State.Wanted, State.Policy.HaEnabled, State.Epoch, [.. State.MayRun.Keys], recovery?.Incident,
            recovery is null ? null : wait?.Item1 ?? InstanceWait.Start, wait?.Item2, State.Attempt?.Destination, recovery?.AttemptsUsed ?? 0, State.Guarded.Contains(place));
        if (_viewTold is { } told && told with { MayRun = view.MayRun } == view && told.MayRun.SequenceEqual(view.MayRun))
        {
            return;
        }

        _viewTold = view;
        _doors.Placement.Tell(view);
        _doors.Monitor.Tell(view);
    }

    private sealed record RemovedThere(HypervisorId Hypervisor, CancelReport? Report, RemovedHow How) : INoSerializationVerificationNeeded;

    private enum RemovedHow
    {
        /// <summary>Its agent has not confirmed it yet.</summary>
        Asked,
        /// <summary>Its definition there was not to be taken away.</summary>
        Kept,
        Forgotten,
        /// <summary>Its place did not say whether it has it.</summary>
        PlaceUnheard,
    }

    private sealed record Looked(IncidentId? Incident, ImmutableArray<(HypervisorId Hypervisor, InstanceReport? Report)> Found) : INoSerializationVerificationNeeded;

    private sealed record ManagedAnswered(HypervisorId Hypervisor, bool Managed, bool MayStart, AgentResult<Done> Result) : INoSerializationVerificationNeeded;
}
