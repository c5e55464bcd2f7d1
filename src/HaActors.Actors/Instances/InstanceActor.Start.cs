using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Instances;

/// <summary>The start itself, and what is asked when its answer was no, or none.</summary>
public sealed partial class InstanceActor
{
    private const string RunCall = "run";
    private const string FloorsCall = "tell the epochs' floors";
    private const string CancelCall = "cancel on ";

    /// <summary>A destination that is proved off, and whose own incident has not asked for the instance in this time, is given up.</summary>
    private static readonly TimeSpan HandOverWithin = TimeSpan.FromMinutes(1);

    private readonly SortedSet<HypervisorId> _cancelling = [];
    private (long Question, TimeSpan AskedAt)? _lookAsk;
    private (TimeSpan AskedAt, ImmutableArray<HypervisorId> PresentAt, ImmutableArray<HypervisorId> Unasked)? _look;
    private TimeSpan? _destinationOffSince;
    private TimeSpan? _cancellingSince;
    private IncidentId? _evacuationOff;
    private bool _unsure;
    private bool _running;
    private int _floorsTold;

    private void RunThere()
    {
        var attempt = State.Attempt!;
        Claim(attempt);
        if (_running)
        {
            return;
        }

        if (_unsure)
        {
            // It may have been sent before this master's restart: the list tells first.
            LookAt([attempt.Destination], TimeSpan.FromSeconds(2));
            return;
        }

        if (NotToBeSent() is { } why)
        {
            // The intent is stored and surely not sent from here; whether another master sent it, the destination's word tells.
            Do(new RecordRunUnknown(attempt.Epoch, $"it was not sent: {why}", Now));
            return;
        }

        if (State.Policy.ObserveOnly)
        {
            WaitNow(InstanceWait.Gate, OnlyObserves);
            return;
        }

        if (_prepared is null || _prepared.Destination != attempt.Destination)
        {
            Prepare(attempt.Destination);
            return;
        }

        if (_prepared.Definition is not { } definition || _prepared.Agent is not { } agent)
        {
            Do(new RecordRunUnknown(attempt.Epoch, "its definition, or its destination, is not in the inventory any more", Now));
            return;
        }

        if (LookNow(attempt.Destination) is not { } look || Prove(State.OthersThan(attempt.Destination)) is not { } proofs)
        {
            return;
        }

        if (StartLook.Blocks(State, attempt.Destination, look.PresentAt, look.Unasked, proofs.Select(p => p.Hypervisor).ToHashSet()) is { } blocked)
        {
            (_look, _room) = (null, null);
            LookAt([.. look.PresentAt.Append(attempt.Destination).Distinct()], Repeat);
            WaitNow(InstanceWait.Fence, blocked);
            return;
        }

        _running = true;
        Call(RunCall, stopping => _agent.RunAsync(agent, _id, definition, attempt.Epoch, stopping), answer => new RunAnswered(attempt.Epoch, answer));
    }

    /// <summary>Who asked for the start has taken that back since it was stored; null while it is wanted.</summary>
    private string? NotToBeSent() => State.Recovery!.CancelOrder is { } order ? $"cancelled by {order}"
        : !State.Policy.HaEnabled ? "it was opted out"
        : (State.Recovery.Kind != RecoveryKind.Restart || State.Attempt!.Destination != State.Recovery.Failed) && _evacuationOff == State.Recovery.Incident ? $"evacuation is off for {State.Recovery.Failed}"
        : null;

    /// <summary>The look that came with the room while it is young, else a new one.</summary>
    private (ImmutableArray<HypervisorId> PresentAt, ImmutableArray<HypervisorId> Unasked)? LookNow(HypervisorId destination)
    {
        if (_room is { } room && room.Destination == destination && Clock - room.AskedAt <= StartLook.Lasts)
        {
            return (room.PresentAt, room.Unasked);
        }

        if (_look is { } look && Clock - look.AskedAt <= StartLook.Lasts)
        {
            return (look.PresentAt, look.Unasked);
        }

        if (Due("look around", Repeat))
        {
            _lookAsk = (++_question, Clock);
            _doors.Placement.Tell(new LookAround(_id, _question, destination, destination == State.Recovery!.Failed));
        }

        return null;
    }

    private void OnLookedAround(LookedAround look)
    {
        if (_lookAsk is { } ask && ask.Question == look.Question)
        {
            _lookAsk = null;
            if (look.Unfit is { } unfit && State.Phase == InstancePhase.Starting && !_running && !_unsure)
            {
                Do(new RecordRunUnknown(State.Attempt!.Epoch, $"it was not sent: {unfit}", Now));
            }
            else if (look.Armed)
            {
                _look = (ask.AskedAt, look.PresentAt, look.Unasked);
            }
            else if (State.Phase == InstancePhase.Starting)
            {
                WaitNow(InstanceWait.Gate, "HA is disarmed; the start that is stored is not sent");
            }

            React();
        }
    }

    private void OnRunAnswered(RunAnswered answered)
    {
        if (State.Attempt?.Epoch != answered.Epoch)
        {
            return;
        }

        if (IsAhead(answered))
        {
            return;
        }

        _running = false;
        switch (answered.Result)
        {
            case AgentResult<RunReport>.Yes yes:
                Do(new RecordRunYes(answered.Epoch, yes.Value.State, yes.Value.Already, Now));
                break;
            case AgentResult<RunReport>.No { Code: RunRefusals.EpochsUnknown } when _floorsTold++ < 3 && _prepared?.Agent is { } agent:
                TellFloors(agent);
                break;
            case AgentResult<RunReport>.No no:
                _saidNo[State.Attempt.Destination] = $"said {no.Code} ({no.Message})";
                if (!RunRefusals.IsTry(no.Code) && no.Code != RunRefusals.ImageLocked)
                {
                    _passedOver[State.Attempt.Destination] = Clock;
                }

                Do(new RecordRunNo(answered.Epoch, no.Code, no.Message, no.Holder, Now));
                break;
            case AgentResult<RunReport>.Unknown unknown:
                _saidNo[State.Attempt.Destination] = $"did not answer the last start ({unknown.Message})";
                Do(new RecordRunUnknown(answered.Epoch, unknown.Message, Now));
                break;
        }
    }

    /// <summary>An agent with an empty state directory refuses every start until it knows the floors of all instances.</summary>
    private void TellFloors(AgentEndpoint agent)
    {
        _running = true;
        var (clock, mine) = (Clock, State.Epoch - 1);
        Call(FloorsCall, async stopping =>
        {
            if (await _agent.HostAsync(agent, stopping) is AgentResult<HostFacts>.Yes { Value.BootId: var bootId })
            {
                var floors = EpochFloors.Of(await _known.ReadAsync(clock, stopping));
                await _agent.SetEpochFloorsAsync(agent, bootId, floors.SetItem(_id, mine), stopping);
            }

            return Done.Instance;
        }, _ => new FloorsTold());
    }

    private void CancelThere()
    {
        var attempt = State.Attempt!;
        Claim(attempt);
        CancelAt(attempt.Destination);
        AskStillOff(attempt.Destination);
        _cancellingSince ??= Clock;
        if (Clock - _cancellingSince >= ProofIsMissed)
        {
            WaitNow(InstanceWait.Fence, attempt.Refusal is { } no
                ? $"{attempt.Destination} said {no.Code}, and has not confirmed yet that it will not start it; it is started nowhere else before"
                : $"whether {attempt.Destination} runs it is not known, for it did not answer; it is started nowhere else until it answers or is proved off");
        }
    }

    /// <summary>Should the destination fail, this instance is in its incident.</summary>
    private void Claim(OpenAttempt attempt)
    {
        if (Due("claim", Repeat))
        {
            _doors.Hypervisors.Tell(new ClaimPlace(attempt.Destination, _id, attempt.Epoch));
        }
    }

    /// <summary>Should the hypervisor whose incident owes it an end fail again, there is something to gain, though nothing runs there.</summary>
    private void ClaimEnd()
    {
        if (Due("claim", Repeat))
        {
            _doors.Hypervisors.Tell(new ClaimPlace(State.Recovery!.Failed, _id, State.Epoch));
        }
    }

    /// <summary>Asks an agent to refuse everything up to the highest epoch, durably, and whether it is present.</summary>
    private void CancelAt(HypervisorId hypervisor)
    {
        if (_cancelling.Contains(hypervisor) || !Due($"cancel {hypervisor}", TimeSpan.FromSeconds(5)))
        {
            return;
        }

        _cancelling.Add(hypervisor);
        var (clock, epoch) = (Clock, State.Epoch);
        Call(CancelCall + hypervisor, async stopping =>
        {
            var inventory = await _known.ReadAsync(clock, stopping);
            return EndpointOf(inventory, hypervisor) is { } agent
                ? await _agent.CancelAsync(agent, _id, epoch, stopping)
                : new AgentResult<CancelReport>.Unknown($"{hypervisor} is not in the inventory");
        }, answer => new CancelAnswered(hypervisor, answer));
    }

    private void OnCancelAnswered(CancelAnswered answered)
    {
        _cancelling.Remove(answered.Hypervisor);
        if (answered.Result is AgentResult<CancelReport>.Yes { Value: var report } && IsThatHost(answered.Hypervisor, report.HypervisorUuid) && !IsAhead(answered.Hypervisor, report.RefusedUpTo))
        {
            if (report.Present)
            {
                LookAt([answered.Hypervisor], TimeSpan.FromSeconds(2));
            }

            Do(new RecordCancel(answered.Hypervisor, report.Present, report.RefusedUpTo, report.BootId, Now));
        }

        React();
    }

    private bool IsThatHost(HypervisorId hypervisor, string uuid)
    {
        if (!_knownUuids.TryGetValue(hypervisor, out var known))
        {
            // Who it should be is asked; until that is known its word proves nothing.
            AskStillOff(hypervisor);
            return false;
        }

        if (known == uuid)
        {
            return true;
        }

        Logger.Warning("{InstanceId}: the agent of {Hypervisor} answers as another host ({Uuid} instead of {Known}); its answer proves nothing", _id, hypervisor, uuid, known);
        return false;
    }

    /// <summary>Its own incident should take the instance over; should that never ask, this one goes on by itself.</summary>
    private void OnDestinationOff(HypervisorId hypervisor, ProofKind proof)
    {
        if (State.Phase == InstancePhase.Cancelling && State.Attempt!.Destination == hypervisor)
        {
            _destinationOffSince ??= Clock;
            if (Clock - _destinationOffSince >= HandOverWithin)
            {
                Do(new RecordDestinationOff(hypervisor, proof, Now));
            }
        }
    }

    private void ForgetStart()
    {
        (_room, _roomAsk, _look, _lookAsk, _prepared, _destinationOffSince, _unprovedSince) = (null, null, null, null, null, null, null);
        _proofs.Clear();
        _asks.Clear();
        _missing.Clear();
        _said.Clear();
        _running = false;
        _unsure = false;
        _floorsTold = 0;
    }

    private sealed record RunAnswered(long Epoch, AgentResult<RunReport> Result) : INoSerializationVerificationNeeded;

    private sealed record CancelAnswered(HypervisorId Hypervisor, AgentResult<CancelReport> Result) : INoSerializationVerificationNeeded;

    private sealed record FloorsTold : INoSerializationVerificationNeeded;
}

/// <summary>The floors of all epochs, as the read model knows them; each instance's own actor only ever gives higher ones.</summary>
internal static class EpochFloors
{
    public static ImmutableDictionary<InstanceId, long> Of(InventorySnapshot inventory) => inventory.Instances.ToImmutableDictionary(i => i.Key, i => i.Value.Epoch);
}
