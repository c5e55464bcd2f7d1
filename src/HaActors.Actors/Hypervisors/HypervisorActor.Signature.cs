using HaActors.Actors.Protocol;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Hypervisors;

/// <summary>A person wants to sign that it runs nothing: does a device read on, or does it answer any master? (SAFETY 16)</summary>
public sealed partial class HypervisorActor
{
    private void ProbeForSignature(OperatorLook look)
    {
        _doors.Prober.Tell(new RunSweep(look.Question, TimeSpan.Zero, [new SweepTarget(_id, State.HypervisorUuid)]), Self);
        look.Unheard.UnionWith(OtherMasters.Ask(_doors.Masters(), _id, look.Question, State.HypervisorUuid, Self));
        if (look.Unheard.Count > 0)
        {
            Timers.StartSingleTimer($"opinions-{look.Question}", new SignatureOpinionsOverdue(look.Question), OtherMasters.AnswerWithin(_settings));
        }
    }

    private void OnOperatorProbe(SweepCompleted probes)
    {
        if (_looks.TryGetValue(probes.Sweep, out var look))
        {
            look.Probed = true;
            look.Outcome = probes.Outcomes.FirstOrDefault(o => o.Hypervisor == _id);
            Conclude(look);
        }
    }

    private void OnOpinion(OpinionGiven opinion)
    {
        if (_looks.TryGetValue(opinion.Question, out var look) && look.Unheard.Remove(opinion.Master))
        {
            look.HeardBy ??= opinion.Outcome is { AnyAnswer: true } heard ? (opinion.Master, heard) : null;
            Conclude(look);
        }
    }

    /// <summary>Who does not answer in time has no opinion, as before a fence.</summary>
    private void OnOpinionsOverdue(SignatureOpinionsOverdue late)
    {
        if (_looks.TryGetValue(late.Question, out var look))
        {
            look.Unheard.Clear();
            Conclude(look);
        }
    }

    private void Sign(OperatorLook look, PowerReport report, OperatorAct by)
    {
        var contradiction = report.Answers.FirstOrDefault(a => a.Reading.IsOn) is { } on ? $"{(report.Answers.Length == 1 ? "its BMC" : on.Device)} reads on{(IsAnothers(on.Device) ? ", though it does not tell the identity of its BMC: correct its address, or accept the device, if that is so" : "")}"
            : look.Outcome is { AnyAnswer: true } own ? HowItAnswers(own)
            : look.HeardBy is { } heard ? $"{HowItAnswers(heard.Outcome)}, as master {heard.Master} hears"
            : null;
        if (contradiction is null && look.Outcome is null)
        {
            Refuse(look.Asker, "unavailable", $"{_id} could not be probed just now, so nobody can say that nothing of it answers. Try again.");
            return;
        }

        var moves = WhatASignatureMoves();
        Handle(new Acknowledge(by, contradiction, Now), d => Answer(look.Asker, d, $"{_id} counts as off, signed by {by.Who}; {moves}."));
    }

    /// <summary>Another board's reading is none of this host's; but a board that was replaced tells another identity, too, so it counts until somebody says which it is.</summary>
    private bool IsAnothers(string device) => State.Device(device).Trouble is { Cause: FenceFailure.IdentityChanged };

    private static string HowItAnswers(ProbeOutcome outcome) => outcome.Ping == PingFinding.Ok ? "it answers ping" : "its agent's port answers";

    private sealed record SignatureOpinionsOverdue(long Question);
}
