using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Hypervisors;

/// <summary>What an operator asks of it.</summary>
public sealed partial class HypervisorActor
{
    private readonly Dictionary<long, OperatorLook> _looks = [];

    private void OnOperator(OperatorRequest request)
    {
        var asker = Sender;
        var by = new OperatorAct(request.Who, request.Reason, Now);
        switch (request.Verb)
        {
            case OperatorVerb.Probe:
                _doors.Prober.Tell(new RunSweep(++_question, TimeSpan.Zero, [new SweepTarget(_id, State.HypervisorUuid)]));
                Accept(asker, "A probe is under way.");
                break;
            case OperatorVerb.MaintenanceOn:
                Handle(new SetMaintenance(true, by, Now), d => AnswerAnd(TellMayLeave, asker, d, $"{_id} is in maintenance: probed, never fenced by itself, never a destination."));
                break;
            case OperatorVerb.MaintenanceOff:
                Handle(new SetMaintenance(false, by, Now), d => AnswerAnd(TellMayLeave, asker, d, $"{_id} is out of maintenance."));
                break;
            case OperatorVerb.Release:
                Handle(new Release(by, Now), d => Answer(asker, d, $"{_id} is out of quarantine: it is a destination again when it is healthy."));
                break;
            case OperatorVerb.Fence when _policy is { Devices.IsEmpty: true }:
                Refuse(asker, "conflict", $"{_id} has no fence device. Register its BMC first, or cut its power by hand and use confirm-fenced.");
                break;
            case OperatorVerb.Fence or OperatorVerb.ConfirmFenced when Policy.ObserveOnly:
                Refuse(asker, "conflict", $"HA only observes {_id}: nothing is cut and nothing is moved there. Switch observeOnly of its location or group off first.");
                break;
            case OperatorVerb.Fence:
                Handle(new OrderFence(by, Now), d =>
                {
                    var held = WhatHoldsOrders();
                    if (d is Decision<IHypervisorEvent>.Accepted && State.Phase is HypervisorPhase.Down or HypervisorPhase.FenceFailed)
                    {
                        // What was asked without the order is no answer to it.
                        TakeQuestionBack();
                        ForgetWithheld();
                        _lastAskAt = null;
                    }

                    // The pause between attempts is for devices that nobody looks at. Who orders has looked.
                    if (d is Decision<IHypervisorEvent>.Accepted && State.Phase == HypervisorPhase.FenceFailed)
                    {
                        Timers.Cancel("retry");
                        _mayRetry = true;
                    }

                    Answer(asker, d, $"The fence of {_id} is ordered; its power is cut and proved off as soon as the gate permits.{held}");
                });
                break;
            case OperatorVerb.IdentityChanged:
                Handle(new ForgetIdentity(request.Reason, Now), d =>
                {
                    if (d is Decision<IHypervisorEvent>.Accepted)
                    {
                        ForgetLiveFacts();
                    }

                    Answer(asker, d, $"{_id} is unknown until a probe passes at its new address.");
                });
                break;
            case OperatorVerb.Delete when State.IncidentOpen:
                Refuse(asker, "open-incident", $"{_id} is in incident {State.Incident}, so it can't be deleted; wait for its end, or cancel it (GET /api/v1/incidents/{State.Incident}).");
                break;
            case OperatorVerb.Delete:
                // What may still run there is the instances' word; only a signature that stands goes past it.
                asker.Tell(new OperatorAnswer(_id, true, State is { IsProvedOff: true, Proof: ProofKind.Acknowledged } ? "acknowledged" : "accepted", $"{_id} may be deleted, as far as its own state goes."));
                break;
            case OperatorVerb.CancelIncident:
                Handle(new CancelIncident(new IncidentId(request.TypedId ?? ""), by, Now), d =>
                    AnswerAnd(TellMayLeave, asker, d, $"{request.TypedId} is cancelled: each instance that waits ends; one that is being started is followed to its answer first."));
                break;
            case OperatorVerb.ConfirmFenced when request.TypedId != _id.Value:
                Refuse(asker, "invalid", $"To confirm that {_id} runs nothing, type its id again as \"hypervisorId\": \"{_id}\".");
                break;
            case OperatorVerb.PowerOn when State.IncidentOpen && State.Phase is HypervisorPhase.Fencing or HypervisorPhase.Fenced or HypervisorPhase.Evacuating:
                Refuse(asker, "conflict", $"{_id} is {State.Phase}: its instances are being moved while it must stay off. Power it on when it is Evacuated.");
                break;
            case OperatorVerb.TestIpmi or OperatorVerb.AcceptDevices or OperatorVerb.PowerOn or OperatorVerb.ConfirmFenced:
                Look(request, asker);
                break;
            default:
                Refuse(asker, "invalid", $"{request.Verb} is not something that can be asked of a hypervisor.");
                break;
        }
    }

    /// <summary>What needs the device, or a look at the world, before it can be answered.</summary>
    private void Look(OperatorRequest request, IActorRef asker)
    {
        var question = ++_question;
        var look = new OperatorLook(question, request, asker);
        _looks[question] = look;
        _power.Tell(request.Verb == OperatorVerb.PowerOn
            ? new SendOn(question, [])
            : new ReadAll(question, WithIdentity: request.Verb is OperatorVerb.TestIpmi or OperatorVerb.AcceptDevices, ByPerson: true));
        if (request.Verb == OperatorVerb.ConfirmFenced)
        {
            ProbeForSignature(look);
        }
        else
        {
            look.Probed = true;
        }

        Timers.StartSingleTimer($"look-{question}", new OperatorLook(question, request, asker) { TimedOut = true }, TimeSpan.FromSeconds(30));
    }

    private void OnOperatorPower(PowerReport report)
    {
        if (_looks.TryGetValue(report.Question, out var look))
        {
            look.Report = report;
            Conclude(look);
        }
    }

    private void OnOperatorLook(OperatorLook late)
    {
        if (_looks.Remove(late.Question))
        {
            Refuse(late.Asker, "unavailable", $"{_id}: its BMC or the probe did not answer within 30 s.");
        }
    }

    private void Conclude(OperatorLook look)
    {
        if (look.Report is not { } report || !look.Probed || look.Unheard.Count > 0)
        {
            return;
        }

        _looks.Remove(look.Question);
        Timers.Cancel($"look-{look.Question}");
        Timers.Cancel($"opinions-{look.Question}");
        var by = new OperatorAct(look.Request.Who, look.Request.Reason, Now);
        switch (look.Request.Verb)
        {
            case OperatorVerb.TestIpmi:
                OnChecked(report.Answers);
                AnswerTest(look, report);
                break;
            case OperatorVerb.AcceptDevices:
                AcceptDevices(look, report, by);
                break;
            case OperatorVerb.PowerOn:
                if (report.Answers.Any(a => a.Reading.Outcome == PowerOutcome.Accepted))
                {
                    Accept(look.Asker, $"{_id} was told to power on{Except(report, a => a.Reading.Outcome == PowerOutcome.Accepted)}.");
                }
                else
                {
                    Refuse(look.Asker, "conflict", $"{_id} could not be powered on: {Said(report)}.");
                }

                break;
            case OperatorVerb.ConfirmFenced:
                Sign(look, report, by);
                break;
        }
    }

    private void ForgetLiveFacts()
    {
        _seenPassing = false;
        _lastPassAt = null;
        _lastPass = null;
        _capacity = null;
        _listedVersion = null;
        _listedAt = _listHeldAt = null;
        _hostAt = null;
        _seen.Clear();
        ForgetDevices(all: true);
        _lastCounted = null;
    }

    private void Accept(IActorRef asker, string message) => asker.Tell(new OperatorAnswer(_id, true, "accepted", message));

    private void Refuse(IActorRef asker, string code, string message) => asker.Tell(new OperatorAnswer(_id, false, code, message));

    private void AnswerAnd(Action also, IActorRef asker, Decision<IHypervisorEvent> decision, string done)
    {
        also();
        Answer(asker, decision, done);
    }

    private void Answer(IActorRef asker, Decision<IHypervisorEvent> decision, string done)
    {
        switch (decision)
        {
            case Decision<IHypervisorEvent>.Accepted:
                Accept(asker, done);
                break;
            case Decision<IHypervisorEvent>.Ignored ignored:
                Accept(asker, $"Nothing to do: {ignored.Because}.");
                break;
            case Decision<IHypervisorEvent>.Refused refused:
                Refuse(asker, "conflict", refused.Because);
                break;
        }
    }

    /// <summary>One sentence for one device, and every device by its name if there are several.</summary>
    private void AnswerTest(OperatorLook look, PowerReport report)
    {
        if (report.Answers is [var only])
        {
            if (only.Reading.IsOn || only.Reading.IsOff)
            {
                Accept(look.Asker, $"The BMC of {_id} answers: the power is {(only.Reading.IsOn ? "on" : "off")}{IdentityOf(only)}.");
            }
            else
            {
                Refuse(look.Asker, "conflict", $"The BMC of {_id} could not be read: {HypervisorLog.Name(only.Reading.Outcome)} ({only.Reading.Detail}).");
            }
        }
        else if (report.Answers.Length > 0 && report.Answers.All(a => a.Reading.IsOn || a.Reading.IsOff))
        {
            Accept(look.Asker, $"Every fence device of {_id} answers: {Said(report)}.");
        }
        else
        {
            Refuse(look.Asker, "conflict", report.Answers.IsEmpty ? $"{_id}: {report.Trouble ?? "no fence device is registered"}." : $"Not every fence device of {_id} could be read: {Said(report)}.");
        }
    }

    /// <summary>The identity, where it is not the one that is known: that is what a person has to look at.</summary>
    private string IdentityOf(DeviceAnswer answer) => answer.Identity is DeviceIdentity.Known told && State.Device(answer.Device) is { Identity: { } known } && known != told.Id
        ? $"; it tells the identity {told.Id}, and {known} is the registered one: it is no fence path until you accept it (\"acceptIdentity\": true)"
        : "";

    private void AcceptDevices(OperatorLook look, PowerReport report, OperatorAct by)
    {
        var unread = report.Answers.Where(a => !(a.Reading.IsOn || a.Reading.IsOff) || a.Identity is not (DeviceIdentity.Known or DeviceIdentity.None)).ToArray();
        if (report.Answers.IsEmpty || unread.Length > 0)
        {
            Refuse(look.Asker, "conflict", report.Answers.IsEmpty
                ? $"{_id}: {report.Trouble ?? "no fence device is registered"}."
                : $"Nothing was accepted: not every fence device of {_id} could be read ({Said(report)}). Mend or remove that one first.");
            return;
        }

        if (State.Phase is HypervisorPhase.Healthy && report.Answers.FirstOrDefault(a => a.Reading.IsOff) is { } off)
        {
            Refuse(look.Asker, "conflict", $"Nothing was accepted: {_id} answers, and {off.Device} says that it is off. That device is not this machine's, or it lies.");
            return;
        }

        foreach (var answer in report.Answers)
        {
            Handle(new AcceptDevice(answer.Device, (answer.Identity as DeviceIdentity.Known)?.Id, by, Now));
        }

        Accept(look.Asker, $"The fence devices of {_id} are accepted as its own. Read just now: {Said(report)}.");
    }

    private static string Said(PowerReport report) => report.Answers.IsEmpty
        ? report.Trouble ?? "no fence device is registered"
        : string.Join("; ", report.Answers.Select(a => report.Answers.Length == 1 ? Said(a.Reading) : $"{a.Device}: {Said(a.Reading)}"));

    private static string Said(PowerReading r) => r.IsOn ? "on" : r.IsOff ? "off" : $"{HypervisorLog.Name(r.Outcome)} ({r.Detail})";

    private static string Except(PowerReport report, Func<DeviceAnswer, bool> good) =>
        report.Answers.All(good) ? "" : $", but not by {string.Join(", ", report.Answers.Where(a => !good(a)).Select(a => $"{a.Device}: {Said(a.Reading)}"))}";

    private sealed class OperatorLook(long question, OperatorRequest request, IActorRef asker)
    {
        public long Question { get; } = question;

        public OperatorRequest Request { get; } = request;

        public IActorRef Asker { get; } = asker;

        public PowerReport? Report { get; set; }

        public bool Probed { get; set; }

        public ProbeOutcome? Outcome { get; set; }

        /// <summary>Other masters that have not said yet what they hear of it.</summary>
        public SortedSet<string> Unheard { get; } = new(StringComparer.Ordinal);

        public (string Master, ProbeOutcome Outcome)? HeardBy { get; set; }

        public bool TimedOut { get; init; }
    }

    /// <summary>Of what an order does not pass, what the gate said last; empty if nothing of that held it.</summary>
    private string WhatHoldsOrders() => _armed == false ? " HA is disarmed: arm it, for no order goes past that."
        : State.Phase is (HypervisorPhase.Down or HypervisorPhase.FenceFailed) && _withheldCheck is GateChecks.FenceDevice or GateChecks.IsItMe or GateChecks.JournalWritable ? $" No order goes past what holds it now: {_withheldNow}"
        : "";
}
