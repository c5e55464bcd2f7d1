using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using HaActors.Actors.Instances;
using HaActors.Actors.Protocol;
using HaActors.Domain.EventLog;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Hypervisors;

/// <summary>Why it is as it is, and what happens next: from the state, and the answers of gate, devices and instances on which it decides; nothing is computed a second time.</summary>
public sealed partial class HypervisorActor
{
    private void AnswerExplain(IActorRef asker)
    {
        var explained = Explain();
        if (_evacuation is { } running)
        {
            running.Actor.Tell(new ExplainWaits(explained, asker));
        }
        else
        {
            asker.Tell(explained);
        }
    }

    /// <summary>Why it is in its state, in one clause.</summary>
    private string Reason() => State.Phase switch
    {
        HypervisorPhase.Unknown when _lastProbe?.Health == HealthFinding.WrongHost => $"another host answers at its address ({_lastProbe.Detail})",
        HypervisorPhase.Unknown => State.LastMiss is { } miss ? $"has not answered yet ({miss})" : "has not been probed yet",
        HypervisorPhase.Healthy or HypervisorPhase.Suspect when State.Notice is { } notice => string.Create(CultureInfo.InvariantCulture, $"is being shut down or rebooted in order, as its agent told at {notice.At:HH:mm:ss} UTC"),
        HypervisorPhase.Healthy when _lastProbe is { Passed: true, Ping: PingFinding.Lost } => "the last probe passed; ping is filtered",
        HypervisorPhase.Healthy when _lastProbe is { Passed: false } => $"the last probe did not pass ({_lastProbe.Detail})",
        HypervisorPhase.Healthy => "the last probe passed",
        HypervisorPhase.Suspect => $"{Amounts.Of(State.Misses, "miss", "misses")} in a row ({State.LastMiss})",
        HypervisorPhase.Down => _withheldNow ?? State.Withheld?.Reason ?? $"{Amounts.Of(State.Misses, "miss", "misses")} in a row ({State.LastMiss}); a permit is asked for",
        HypervisorPhase.Fencing => string.Create(CultureInfo.InvariantCulture, $"attempt {State.Attempt}: power-off asked for, not proved yet"),
        HypervisorPhase.FenceFailed => $"not proved off: {(State.LastFailure is { } f ? HypervisorLog.Name(f) : "?")} ({string.Join("; ", State.LastFailures.Select(d => State.LastFailures.Length == 1 ? d.Detail : $"{d.Device}: {HypervisorLog.Name(d.Cause)}, {d.Detail}"))}); {(IsTakenBack ? $"it answers{(_notTakenBack is { } but ? $", but {but}" : "")}" : null) ?? _withheldNow ?? State.Withheld?.Reason ?? "tried again after a pause"}",
        HypervisorPhase.Fenced or HypervisorPhase.Evacuating or HypervisorPhase.Evacuated when State.PowerReturnedAt is not null => "its power returned; starts have stopped",
        HypervisorPhase.Fenced => "proved off",
        HypervisorPhase.Evacuating => "proved off; its instances are being started elsewhere",
        HypervisorPhase.Evacuated => State.Waiting > 0 ? $"proved off; {Amounts.Of(State.Waiting, "instance waits", "instances wait")}" : "proved off; nothing more to do here",
        HypervisorPhase.Returning => State.ClearedBootId == State.BootId ? $"answers again; {State.Passes} of {HypervisorDecider.PassesToReturn} passes" : $"answers again; its instances are being settled{(_return?.Waits is { } waits ? $" ({waits})" : "")}",
        _ => State.Phase.ToString(),
    };

    private HypervisorExplained Explain()
    {
        var check = WithheldNow();
        var devices = Devices();
        return new HypervisorExplained(
            _id, View(), [.. Sentences(check, devices)], _lastReading is { } r ? $"{HypervisorLog.Name(r.Outcome)} ({r.Detail})" : null,
            check?.Check, check?.Since, check is null ? null : _withheldAt, NextAt(), devices, [], 0);
    }

    /// <summary>The gate's last answer, or the reason why it is not even asked; null while nothing withholds a fence.</summary>
    private (string Check, string Reason, DateTimeOffset Since)? WithheldNow() =>
        State.Phase is not (HypervisorPhase.Down or HypervisorPhase.FenceFailed) || IsTakenBack ? null
        : (_withheldCheck ?? State.Withheld?.Check) is not { } check || (_withheldNow ?? State.Withheld?.Reason) is not { } reason ? null
        : (check, reason, State.Withheld is { } stored && stored.Check == check ? stored.At : _withheldAt ?? State.Since ?? Now);

    private ImmutableArray<DeviceExplained> Devices() =>
    [
        .. Places.Select(p =>
        {
            var (reading, at) = _readings.TryGetValue(p.Device, out var last) ? ((PowerReading?)last.Reading, (DateTimeOffset?)last.At) : (null, null);
            var by = State.Device(p.Device).ContradictedBy;
            return new DeviceExplained(
                p.Device, reading is null ? null : HypervisorLog.Name(reading.Outcome), reading?.Detail, at,
                by.IsEmpty ? null : $"contradicted by {string.Join(", ", by.Order().Take(5))}");
        }),
    ];

    private IEnumerable<string> Sentences((string Check, string Reason, DateTimeOffset Since)? check, ImmutableArray<DeviceExplained> devices)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{_id} is {State.Phase}{(State.Since is { } since ? $" since {since:yyyy-MM-dd HH:mm:ss} UTC" : "")}: {Reason().TrimEnd('.')}.");
        yield return Policy.HaEnabled
            ? $"HA is on: {Amounts.Of(Policy.FailureThreshold, "miss", "misses")} in a row, {(_settings.ConfirmInterval > TimeSpan.Zero ? $"{_settings.ConfirmInterval} apart once it is suspect and not before {_settings.MinSilence} of silence" : $"{_settings.TickInterval} apart")}, declare it down; evacuation is {(Policy.EvacuationEnabled ? "enabled" : "disabled")}{(Policy.ObserveOnly ? "; it only observes: what it would do is told, and nothing is touched" : "")}."
            : "HA is off for it: it is probed and its instances are listed, and nothing else.";
        if (_armed != true)
        {
            yield return _armed == false ? "HA is disarmed: no permit, no start and no further off command, until somebody arms it." : "Whether HA is armed is not known yet, so nothing is cut or started.";
        }

        if (_lastProbe is { } probe && _lastProbeAt is { } at)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Last probe at {at:HH:mm:ss} UTC: ping {probe.Ping.ToString().ToLowerInvariant()}, /health {HypervisorLog.Name(probe.Health)}{(probe.Detail is { } detail ? $" ({detail})" : "")}. Ping is {(State.PingIsEvidence ? "" : "no ")}evidence here.");
        }

        if (State.QuarantinedUntil is { } until)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"It is in quarantine until {until:yyyy-MM-dd HH:mm:ss} UTC, because it went down {Flapping.Downs} times within {Flapping.Window.TotalHours:0} h: probed and fenced as ever, never a destination. Release it when you know why.");
        }

        if (State.Notice is { } told)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Its agent told at {told.At:HH:mm:ss} UTC that the host is being shut down or rebooted in order: if it stays silent it is not fenced for {HypervisorDecider.NoticeGrace.TotalMinutes:0} min from then. A fence order does not wait.");
        }

        if (State.Maintenance)
        {
            yield return "It is in maintenance: probed, never fenced by itself, never a destination.";
        }

        if (State.IncidentOpen)
        {
            yield return $"Incident {State.Incident} is open{(State.DownAt is { } down ? $" since {ExplainWords.Time(down)}" : "")}, attempt {State.Attempt}{(State.Order is { } order ? $", its fence ordered by {order.Who} ({order.Reason})" : "")}{(State.Cancelled is { } by ? $", cancelled by {by.Who} ({by.Reason})" : "")}.";
        }

        if (check is { } held)
        {
            yield return $"The check '{held.Check}' holds its fence since {ExplainWords.Time(held.Since)}{(_withheldAt is { } asked ? $", asked last at {ExplainWords.Time(asked)}" : "")}: {held.Reason.TrimEnd('.')}.{(_withheldUntil is { } again ? held.Check is HaIsOff or IncidentCancelled ? $" The gate is asked again {again}." : $" It can say yes {again}; the gate is asked anew at each probe, and every {_settings.RepeatInterval.TotalSeconds:0} s." : "")}";
        }

        foreach (var device in devices)
        {
            yield return $"{device.Name} {(device.Reads is { } reads ? $"was read last at {ExplainWords.Time(device.ReadAt ?? Now)}: {reads}{(string.IsNullOrEmpty(device.Detail) ? "" : $" ({device.Detail})")}" : "has not been read in this master's life")}{(device.Contradicted is { } contradicted ? $"; {contradicted}, so its readings prove nothing until that is gone" : "")}.";
        }

        foreach (var device in DeviceViews())
        {
            yield return $"Fence device {device.Device}, level {device.Level}: {device.Problem ?? $"{(IsUnread(device.Device) ? "well at its last check, and it could not be read since" : "well")}; {(device.Identity is { } identity ? $"its identity is {identity}" : "it has no identity of its own")}"}.";
        }

        if (Places.Length > 0 && NotFenceable() is { } not)
        {
            yield return $"Its power could not be cut now: {not}.";
        }

        if (devices.IsEmpty)
        {
            yield return "It has no fence device: only a person's signature can prove it off.";
        }

        if (State.Phase is HypervisorPhase.Fenced or HypervisorPhase.Evacuating or HypervisorPhase.Evacuated && State.Proof is { } proof)
        {
            yield return ProofSentence(proof);
        }

        if (_capacity is { Protected: false })
        {
            yield return "It is unprotected: libvirt's hook is not installed there, so somebody could start an instance behind the masters' back.";
        }

        yield return _settings.Gate.Witnesses.IsEmpty
            ? "No witness is configured: a master that is cut off from everything can't tell that from a storm by itself."
            : $"Before a fence, one of the witnesses {string.Join(", ", _settings.Gate.Witnesses)} has to answer the master.";
        yield return Next();
    }

    private string ProofSentence(ProofKind proof) => string.Create(
        CultureInfo.InvariantCulture,
        $"Proved off ({HypervisorLog.Name(proof)}){(State.ProvedAt is { } at ? $" at {ExplainWords.Time(at)}" : "")}; {(State.PowerReturnedAt is { } on ? $"its power returned at {ExplainWords.Time(on)}, so nothing more is started under this proof" : State.ProofIsLost ? "its power can't be read now, so starts pause" : proof == ProofKind.Acknowledged ? "a person signed for it, and nothing has contradicted that" : _lastReading is { IsOff: true } read ? $"last read off {(Clock - read.Begun).TotalSeconds:F0} s ago" : "it is read anew when somebody needs it")}.");

    private string Next() => State.Phase switch
    {
        HypervisorPhase.Unknown => "Next: the first probe that passes makes it Healthy.",
        HypervisorPhase.Healthy => "Next: nothing; it is probed at each tick.",
        HypervisorPhase.Suspect when State.Misses >= Policy.FailureThreshold => $"Next: a pass makes it Healthy; the next miss after {_settings.MinSilence} of silence declares it down.",
        HypervisorPhase.Suspect => $"Next: a pass makes it Healthy; {Amounts.Of(Math.Max(1, Policy.FailureThreshold - State.Misses), "more miss declares", "more misses in a row declare")} it down.",
        HypervisorPhase.Down when State is { Cancelled: not null, Order: null } => $"Next: nothing by itself; {IfItAnswers()}; an order fences it.",
        HypervisorPhase.Down when HaIsOffHere => $"Next: nothing while HA is off for it; {IfItAnswers()}; {IfYouConfirm()}.",
        HypervisorPhase.Down => $"Next: the gate is asked again{AtTime(NextAt())}; {IfItAnswers()}; {IfYouConfirm()}.",
        HypervisorPhase.Fencing when WhyNoOff() is { } why => $"Next: what was issued is followed to its answer, and no further off leaves ({why}).",
        HypervisorPhase.Fencing => "Next: the power is read until it is off twice, within the attempt's deadline.",
        HypervisorPhase.FenceFailed when State is { Cancelled: not null, Order: null } => "Next: nothing by itself; it is taken back when it answers, an order fences it.",
        HypervisorPhase.FenceFailed when IsTakenBack => $"Next: its power is looked at again{AtTime(NextAt())}; it is taken back when {(_notTakenBack is null ? "nothing of its fence can still happen" : "that is over")}. An order fences it.",
        HypervisorPhase.FenceFailed when HaIsOffHere => $"Next: no attempt while HA is off for it; {IfYouConfirm()}.",
        HypervisorPhase.FenceFailed => $"Next: another attempt{AtTime(NextAt())}, through the gate; {IfYouConfirm()}.",
        HypervisorPhase.Fenced or HypervisorPhase.Evacuating => "Next: each instance that may move is started elsewhere while the power is read every few seconds.",
        HypervisorPhase.Evacuated when State is { PowerReturnedAt: not null, IncidentOpen: true } => $"Next: the first pass makes it Returning; without one it is down again after {ReturnPatience.TotalMinutes:0} min, and the gate is asked.",
        HypervisorPhase.Evacuated when State.PowerOns > 0 && State.PowerReturnedAt is null => "Next: it was told to power on, as its location wants it; the first pass makes it Returning.",
        HypervisorPhase.Evacuated when Policy is { PowerOnAfterEvacuation: true, Acts: true } && State.IncidentOpen => "Next: when each of its instances has an end it is told to power on, as its location wants it.",
        HypervisorPhase.Evacuated when Policy is { PowerOnAfterEvacuation: true, Acts: true } && IsLateForPowerOn => $"Next: it stays off until somebody powers it on, for its incident ended more than {PowerOnWithin.TotalHours:0} h ago, or it has been off for more than {OffForLong.TotalHours:0} h; the first pass makes it Returning.",
        HypervisorPhase.Evacuated => "Next: it stays off until somebody powers it on; the first pass makes it Returning.",
        _ => $"Next: when each instance is settled and three probes passed ({State.Passes} so far) it is Healthy.",
    };

    /// <summary>What its answers come to while it is down.</summary>
    private string IfItAnswers()
    {
        var passes = $"two passes make it {(State.NeedsClearing ? "Returning" : "Healthy")}";
        return State.Order is { } order && OrderStands
            ? string.Create(CultureInfo.InvariantCulture, $"it is not taken back before {Now + HypervisorDecider.OrderLasts - (Clock - _ordered.Since):HH:mm:ss} UTC, for {order.Who} ordered its fence; after that {passes}")
            : $"{passes} ({State.Passes} so far)";
    }

    /// <summary>What confirm-fenced would come to now; what it would be refused for is looked at anew when somebody signs.</summary>
    private string IfYouConfirm() =>
        Policy.ObserveOnly ? "HA only observes it, so confirm-fenced is refused"
        : _lastProbe is { AnyAnswer: true } probe ? $"confirm-fenced is refused while {HowItAnswers(probe)}"
        : Places.FirstOrDefault(p => _readings.TryGetValue(p.Device, out var r) && r.Reading.IsOn) is not { } on ? $"if you are sure that it is off, confirm-fenced: {WhatASignatureMoves()}"
        : _readings[on.Device].At >= State.DownAt ? $"confirm-fenced is refused while {on.Device} reads on"
        : $"if you are sure that it is off, confirm-fenced, which is refused should {on.Device} still read on: {WhatASignatureMoves()}";

    /// <summary>What may start once it counts as off.</summary>
    private string WhatASignatureMoves() =>
        !Policy.EvacuationEnabled ? "its instances stay, for evacuation is disabled for it"
        : _armed != true ? "its instances are moved once HA is armed"
        : !Policy.HaEnabled ? "its instances are moved to where HA is on, if it is anywhere"
        : State.IsProvedOff ? "what still waits for that is moved"
        : "its instances are moved";

    /// <summary>Its last word was none about the power: a fence, say, found it silent after the check that found it well.</summary>
    private bool IsUnread(string device) => _readings.TryGetValue(device, out var last) && last.Reading is { IsOn: false, IsOff: false };

    private static string AtTime(DateTimeOffset? at) => at is { } time ? $" at {ExplainWords.Time(time)}" : "";

    /// <summary>When something is asked or looked at again by itself; null if nothing is.</summary>
    private DateTimeOffset? NextAt() => State.Phase switch
    {
        HypervisorPhase.Down or HypervisorPhase.FenceFailed when State is { Cancelled: not null, Order: null } || HaIsOffHere => NextProbe(),
        HypervisorPhase.Down => _askedAt is not null || _lastAskAt is not { } last ? Now : Now + Later(last + _settings.RepeatInterval - Clock),
        HypervisorPhase.FenceFailed when IsTakenBack => NextProbe(),
        HypervisorPhase.FenceFailed => _mayRetry ? Now : _retryAt,
        HypervisorPhase.Fencing or HypervisorPhase.Fenced or HypervisorPhase.Evacuating => Now,
        _ => NextProbe(),
    };

    private DateTimeOffset? NextProbe() => _lastProbeAt is { } at ? at + _settings.TickInterval : null;

    private static TimeSpan Later(TimeSpan pause) => pause > TimeSpan.Zero ? pause : TimeSpan.Zero;
}
