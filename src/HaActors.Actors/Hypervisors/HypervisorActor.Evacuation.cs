using Akka.Actor;
using HaActors.Actors.Instances;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

/// <summary>What becomes of the instances: who asks them, and what their answers change here.</summary>
public sealed partial class HypervisorActor
{
    private readonly SortedDictionary<InstanceId, TimeSpan> _claimedAt = [];
    private (IActorRef Actor, IncidentId Incident, RecoveryKind Kind, OperatorAct? Cancelled, bool Moves, string? Boot)? _evacuation;
    private (IActorRef Actor, string BootId, string? Waits)? _return;
    private int _children;

    private void ReactToEvacuation()
    {
        ReactToIncident();
        ReactToReturn();
    }

    private void ReactToIncident()
    {
        if (State.Phase == HypervisorPhase.Fenced)
        {
            Handle(new StartEvacuation(Now));
            return;
        }

        if (Wanted() is { } kind && State.Incident is { } incident)
        {
            var boot = kind == RecoveryKind.Restart ? State.BootId : null;
            if (_evacuation is { } running && (running.Incident != incident || running.Kind != kind || running.Cancelled != State.Cancelled || running.Moves != Moves || running.Boot != boot))
            {
                Context.Stop(running.Actor);
                _evacuation = null;
            }

            if (_evacuation is null)
            {
                var props = EvacuationActor.Props(incident, _id, kind, State.Proof, Moves, State.Cancelled, boot, _doors, _ports.Inventory);
                var actor = Context.ActorOf(props, $"evacuation-{incident}-{++_children}");
                foreach (var claim in _claimedAt.Where(c => Clock - c.Value <= ClaimLasts).Select(c => c.Key))
                {
                    actor.Tell(new AddInstance(claim));
                }

                _evacuation = (actor, incident, kind, State.Cancelled, Moves, boot);
            }
        }
        else if (_evacuation is { } idle)
        {
            Context.Stop(idle.Actor);
            _evacuation = null;
        }
    }

    /// <summary>Its instances may be started elsewhere: an operator who switches evacuation off ends what waits. HA switched off ends nothing: what waits goes on waiting until it is on again.</summary>
    private bool Moves => Policy.EvacuationEnabled;

    /// <summary>What the open incident asks of its instances now; null while nothing can be asked.</summary>
    private RecoveryKind? Wanted() => !State.IncidentOpen ? null : State.Phase switch
    {
        HypervisorPhase.Evacuating or HypervisorPhase.Evacuated => RecoveryKind.Evacuate,
        // Back, and settled: what waits may start there again, or elsewhere by its agent's word.
        HypervisorPhase.Healthy or HypervisorPhase.Returning when State.ClearedBootId is not null || State.Phase == HypervisorPhase.Healthy => RecoveryKind.Restart,
        HypervisorPhase.Down or HypervisorPhase.FenceFailed when IsWithheldForGood && !AnswersInNewBoot => RecoveryKind.EndWithoutStart,
        _ when State.Cancelled is not null => RecoveryKind.EndWithoutStart,
        _ => null,
    };

    /// <summary>No fence comes by itself, so what can end without a start ends now; the others wait, and say so.</summary>
    private bool IsWithheldForGood => !_withheldForNow && _withheldCheck is GateChecks.EvacuationEnabled or GateChecks.AnythingToGain or GateChecks.Guard or HaIsOff;

    /// <summary>Its boot ended what ran there, and it is about to be told as rebooted: then what ran starts again, and nothing is left.</summary>
    private bool AnswersInNewBoot => State.BootId is { } boot && _lastProbe is { Passed: true, BootId: { } now } && now != boot;

    private void ReactToReturn()
    {
        if (State.Phase == HypervisorPhase.Returning && State.BootId is { } bootId && State.ClearedBootId != bootId)
        {
            if (_return is { } other && other.BootId != bootId)
            {
                Context.Stop(other.Actor);
                _return = null;
            }

            _return ??= (Context.ActorOf(ReturnActor.Props(_id, bootId, TakenByBoot(bootId), _doors, _ports.Inventory, _ports.Agent), $"return-{++_children}"), bootId, null);
        }
        else if (_return is { } done)
        {
            Context.Stop(done.Actor);
            _return = null;
        }
    }

    private void OnReturnWaits(ReturnWaits waits)
    {
        if (_return is { } settling && settling.BootId == waits.BootId)
        {
            _return = settling with { Waits = waits.Reason };
            var returningFor = Clock - _returning.Since;
            if (HypervisorDecider.IsReturnOverdue(State, returningFor))
            {
                Handle(new RemindOfReturn(waits.Reason, returningFor, Now));
            }

            TellView();
        }
    }

    private void OnProgress(EvacuationProgress progress)
    {
        // Complete when each has an end or waits for what may take long; one that is being started has neither.
        if (_evacuation is { Kind: RecoveryKind.Evacuate } && progress.Ended + progress.Waiting == progress.Total)
        {
            Handle(new SettleEvacuation(progress.Incident, progress.Total, progress.Waiting, Now));
        }
    }

    /// <summary>
    /// An instance may run here since a moment ago, or is still owed its end by an incident of this one: should this one fail, it belongs to the incident, whatever
    /// the inventory says of it.
    /// </summary>
    private void OnClaim(ClaimPlace claim)
    {
        _claimedAt[claim.InstanceId] = Clock;
        _evacuation?.Actor.Tell(new AddInstance(claim.InstanceId));
    }
}
