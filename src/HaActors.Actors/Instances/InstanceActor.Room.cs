using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using HaActors.Domain.Placement;

namespace HaActors.Actors.Instances;

/// <summary>Before a start: room, the look around the fleet, and a proof for every other hypervisor that may run it.</summary>
public sealed partial class InstanceActor
{
    private const string PrepareCall = "prepare a start";
    private const string OnlyObserves = "HA only observes there, so nothing is started";

    /// <summary>A proof that stays away this long is told as a wait.</summary>
    private static readonly TimeSpan ProofIsMissed = TimeSpan.FromSeconds(30);

    /// <summary>Between two tries while the disk image is locked (SAFETY 25).</summary>
    private static readonly TimeSpan LockedPause = TimeSpan.FromSeconds(10);

    /// <summary>A destination that was full, or not ready, is asked again after this; one that answered no too, if no other is left.</summary>
    private static readonly TimeSpan PassOver = TimeSpan.FromSeconds(60);

    private readonly SortedDictionary<HypervisorId, (TimeSpan AskedAt, ProofKind Proof)> _proofs = [];
    private readonly SortedDictionary<HypervisorId, (long Question, TimeSpan AskedAt)> _asks = [];
    private readonly SortedDictionary<HypervisorId, string> _knownUuids = [];
    private readonly SortedDictionary<HypervisorId, (string Reason, TimeSpan At)> _missing = [];
    private readonly SortedDictionary<HypervisorId, TimeSpan> _passedOver = [];
    private readonly SortedDictionary<HypervisorId, string> _saidNo = [];
    private (long Question, TimeSpan AskedAt)? _roomAsk;
    private Room? _room;
    private Start? _prepared;
    private bool _preparing;
    private TimeSpan? _unprovedSince;
    private TimeSpan? _attemptEndedAt;
    private TimeSpan? _nowhereSince;
    private (InstanceWait Wait, string Reason)? _live;

    private void LookForRoom()
    {
        var recovery = State.Recovery!;
        if (State.Policy.ObserveOnly)
        {
            LetRoomGo();
            WaitNow(InstanceWait.Gate, OnlyObserves);
            return;
        }

        if (recovery.Kind == RecoveryKind.EndWithoutStart)
        {
            LookAt([recovery.Failed], Repeat * 3);
            WaitNow(InstanceWait.Fence, NotProvedOff(recovery.Failed));
            return;
        }

        if (recovery.Kind == RecoveryKind.Evacuate && State.MayStartByItself(recovery.Failed))
        {
            LetRoomGo();
            WaitNow(InstanceWait.Guard, InstanceDecider.Unguarded([recovery.Failed]));
            return;
        }

        if (recovery.LockedSince is not null && _attemptEndedAt is { } ended && Clock - ended < LockedPause)
        {
            return;
        }

        if (_room is { } old && Clock - old.AskedAt > StartLook.Lasts)
        {
            LetRoomGo();
        }

        if (_room is not { } room)
        {
            AskForRoom(recovery);
            return;
        }

        if (_prepared is null || _prepared.Destination != room.Destination)
        {
            Prepare(room.Destination);
            return;
        }

        if (_prepared.Definition is null || _prepared.Agent is null)
        {
            LetRoomGo();
            _prepared = null;
            WaitNow(InstanceWait.Person, "no agent has ever told its definition, so it can't be started elsewhere; define it by hand, or start its hypervisor");
            return;
        }

        if (Prove(State.OthersThan(room.Destination)) is not { } proofs)
        {
            return;
        }

        if (State.OthersThan(room.Destination).Where(State.MayStartByItself).ToList() is { Count: > 0 } unguarded)
        {
            LetRoomGo();
            WaitNow(InstanceWait.Guard, InstanceDecider.Unguarded(unguarded));
            return;
        }

        if (StartLook.Blocks(State, room.Destination, room.PresentAt, room.Unasked, proofs.Select(p => p.Hypervisor).ToHashSet()) is { } blocked)
        {
            LookAt(room.PresentAt, Repeat);
            LetRoomGo();
            WaitNow(InstanceWait.Fence, blocked);
            return;
        }

        Do(new RequestStart(room.Destination, proofs, Now, room.BootId));
    }

    /// <summary>No fence is on its way, and for what its agent was never told one alone would not help.</summary>
    private string NotProvedOff(HypervisorId failed) =>
        State.Waived.Contains(failed) ? $"{failed} is not proved off; since you say that {failed} can't start it when it boots, whether its fence may come is asked again"
        : State.MayStartByItself(failed) ? $"{failed} is not proved off, and nothing fences it as things are; once it is off it waits for your word that {failed} can't start it when it boots (retry with cannotStartOn), for the agent there never confirmed that HA looks after it"
        : $"{failed} is not proved off, and nothing fences it as things are (explain {failed} says what holds that)";

    private void AskForRoom(OpenRecovery recovery)
    {
        if (State.Location is not { } location || !Due("room", Repeat))
        {
            return;
        }

        foreach (var over in _passedOver.Where(p => Clock - p.Value >= PassOver).Select(p => p.Key).ToArray())
        {
            _passedOver.Remove(over);
        }

        // When nobody else is left, those that answered no are asked again, until the attempts are used up.
        var again = _nowhereSince is { } since && Clock - since >= PassOver;
        var notThere = again ? [] : recovery.AnsweredNo.Concat(_passedOver.Keys).Distinct().Order().ToImmutableArray();
        _roomAsk = (++_question, Clock);
        _doors.Placement.Tell(new FindRoom(
            _id, _question, location, recovery.Failed, notThere, [.. State.MayRun.Keys], State.Policy.Priority, recovery.Kind == RecoveryKind.Restart));
    }

    private void OnRoom(RoomFound found)
    {
        if (State.Phase != InstancePhase.Recovering || _roomAsk is not { } ask || ask.Question != found.Question || Clock - ask.AskedAt > StartLook.Lasts)
        {
            // Nobody waits for it any more, or it is too old to be used.
            if (State.Attempt?.Destination != found.Destination)
            {
                _doors.Placement.Tell(new ReleaseRoom(_id, found.Destination, false));
            }

            return;
        }

        _room = new Room(ask.AskedAt, found.Destination, found.PresentAt, found.Unasked, found.BootId);
        _nowhereSince = null;
        _live = null;
        React();
    }

    private void OnNoRoom(NoRoom no)
    {
        if (State.Phase != InstancePhase.Recovering || _roomAsk?.Question != no.Question)
        {
            return;
        }

        _roomAsk = null;
        _nowhereSince = no.Disarmed ? null : _nowhereSince ?? Clock;
        var reason = string.Join("; ", no.Reason.Split("; ").Select(InItsWords));
        WaitNow(
            no.Disarmed ? InstanceWait.Gate : no.OutOfReach ? InstanceWait.Copy : InstanceWait.Room,
            no.OutOfReach ? $"{reason}. It starts when its disks can be reached elsewhere, or {State.Recovery!.Failed} {(State.Recovery.Kind == RecoveryKind.Restart ? "can take it" : "is back")}" : reason);
        React();
    }

    /// <summary>What a destination said is told instead of that it said no.</summary>
    private string InItsWords(string clause) =>
        _saidNo.Where(s => clause == $"{s.Key}: {Placer.AnsweredNo}").Select(s => $"{s.Key}: {s.Value}").FirstOrDefault() ?? clause;

    private void LetRoomGo()
    {
        if (_room is { } room)
        {
            _doors.Placement.Tell(new ReleaseRoom(_id, room.Destination, false));
        }

        _room = null;
        _roomAsk = null;
    }

    private void Prepare(HypervisorId destination)
    {
        if (_preparing)
        {
            return;
        }

        _preparing = true;
        var clock = Clock;
        Call(PrepareCall, async stopping =>
        {
            var inventory = await _known.ReadAsync(clock, stopping);
            return new Start(destination, EndpointOf(inventory, destination), await _inventory.DefinitionAsync(_id, stopping));
        }, start => new Prepared(start));
    }

    private void OnPrepared(Prepared prepared)
    {
        _preparing = false;
        _prepared = prepared.Start;
        React();
    }

    /// <summary>A young proof for each, or null while one is missing: then it is asked for, of the hypervisor's power and of its agent.</summary>
    private ImmutableArray<MemberProof>? Prove(IEnumerable<HypervisorId> members)
    {
        var proofs = ImmutableArray.CreateBuilder<MemberProof>();
        var missing = new List<HypervisorId>();
        foreach (var member in members)
        {
            if (_proofs.TryGetValue(member, out var proof) && Clock - proof.AskedAt <= StartLook.ProofLasts)
            {
                proofs.Add(new MemberProof(member, proof.Proof));
            }
            else
            {
                missing.Add(member);
                AskStillOff(member);
            }
        }

        if (missing.Count == 0)
        {
            _unprovedSince = null;
            return proofs.ToImmutable();
        }

        _unprovedSince ??= Clock;
        if (Clock - _unprovedSince >= ProofIsMissed)
        {
            WaitNow(InstanceWait.Fence, $"{string.Join(", ", missing)} may run it, and nothing proves otherwise now");
        }

        return null;
    }

    private void AskStillOff(HypervisorId member)
    {
        if (Due($"still off {member}", TimeSpan.FromSeconds(2)))
        {
            _asks[member] = (++_question, Clock);
            _doors.Hypervisors.Tell(new AskStillOff(member, _id, _question));
        }
    }

    private void OnStillOff(StillOffAnswer answer)
    {
        if (!_asks.TryGetValue(answer.Hypervisor, out var ask) || ask.Question != answer.Question || Clock - ask.AskedAt > StartLook.ProofLasts)
        {
            return;
        }

        if (answer.HypervisorUuid is { } uuid)
        {
            if (!_knownUuids.ContainsKey(answer.Hypervisor))
            {
                // A look that could not be used for want of it is made again now, not at its next turn.
                foreach (var look in _said.Keys.Where(k => k.StartsWith(LookSaid, StringComparison.Ordinal)).ToArray())
                {
                    _said.Remove(look);
                }
            }

            _knownUuids[answer.Hypervisor] = uuid;
        }

        if (answer is { Off: true, Proof: { } proof })
        {
            _missing.Remove(answer.Hypervisor);
            _proofs[answer.Hypervisor] = (ask.AskedAt, proof);
            OnDestinationOff(answer.Hypervisor, proof);
        }
        else
        {
            _missing[answer.Hypervisor] = (answer.Reason, Clock);
            _proofs.Remove(answer.Hypervisor);
            _destinationOffSince = null;
            if (State.Phase is InstancePhase.Recovering or InstancePhase.Starting && State.Attempt?.Destination != answer.Hypervisor && State.MayRun.ContainsKey(answer.Hypervisor))
            {
                // Its power is no proof; perhaps its agent's word is (proof c), or it runs there after all.
                CancelAt(answer.Hypervisor);
                LookAt([answer.Hypervisor], Repeat * 3);
            }
        }

        React();
    }

    /// <summary>What it waits for now: shown at once, stored when it is news.</summary>
    private void WaitNow(InstanceWait wait, string reason)
    {
        _live = (wait, reason);
        Do(new WaitFor(wait, reason, Now));
    }

    /// <summary>A destination with its look; as old as the question for it.</summary>
    private sealed record Room(TimeSpan AskedAt, HypervisorId Destination, ImmutableArray<HypervisorId> PresentAt, ImmutableArray<HypervisorId> Unasked, string? BootId);

    /// <summary>What <c>run</c> needs; the definition never leaves this actor's memory but for the agent.</summary>
    private sealed record Start(HypervisorId Destination, AgentEndpoint? Agent, string? Definition)
    {
        public override string ToString() => $"start on {Destination}";
    }

    private sealed record Prepared(Start Start) : INoSerializationVerificationNeeded;
}
