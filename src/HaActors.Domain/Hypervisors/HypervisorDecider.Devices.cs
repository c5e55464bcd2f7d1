using HaActors.Domain.Fencing;
using Verdict = HaActors.Domain.Decision<HaActors.Domain.Hypervisors.IHypervisorEvent>;

namespace HaActors.Domain.Hypervisors;

/// <summary>What becomes known of its fence devices. It is true in every state, so these commands ask for none.</summary>
public static partial class HypervisorDecider
{
    private static Verdict OfDevice(HypervisorState s, IHypervisorCommand command) => command switch
    {
        SeeDeviceOn d => s.Device(d.Device).IsContradicted ? Emit(new ContradictionCleared(s.Id, d.Device, null, d.At)) : Ignored("nothing contradicted it"),
        ContradictDevice c when c.By.IsEmpty => Ignored("nobody contradicts it"),
        ContradictDevice c => Contradict(s, c),
        RecordIdentity r => Identify(s, r),
        RecordCheck c => Check(s, c),
        RecordShared r when s.Device(r.Device).SharedWith == r.With => Ignored("as it is known"),
        RecordShared r => Emit(new DeviceIdentityShared(s.Id, r.Device, r.With, r.At)),
        AcceptDevice a => Accept(s, a),
        KeepDevices k when Gone(s, k) is { Length: > 0 } gone => Emit(gone),
        KeepDevices => Ignored("all of them are registered"),
        _ => Unnamed(s, command),
    };

    /// <summary>Remembered with the device, in whatever state: an attempt that finds it is over seconds later.</summary>
    private static Verdict Contradict(HypervisorState s, ContradictDevice c)
    {
        var known = s.Device(c.Device);
        if (c.Attempt is { } attempt && attempt != s.Attempt)
        {
            return Ignored($"of attempt {attempt}, not of {s.Attempt}");
        }

        var isNews = !known.ContradictedBy.SequenceEqual(c.By);
        // The time of an old contradiction is renewed by an attempt only: what a check repeats says nothing new.
        return c.Attempt is null && !isNews
            ? Ignored("contradicted already")
            : Emit(new DeviceContradicted(s.Id, c.Attempt is null ? null : s.Incident, s.Attempt, c.Device, c.Detail, c.By, isNews, c.At));
    }

    /// <summary>The first answer is remembered; another one later is no fence path, until it is the first again or an operator says so.</summary>
    private static Verdict Identify(HypervisorState s, RecordIdentity r)
    {
        var known = s.Device(r.Device);
        if (!known.Identified)
        {
            return Emit(new DeviceIdentified(s.Id, r.Device, r.Identity, null, r.At));
        }

        if (known.Identity == r.Identity)
        {
            return known.OtherIdentity is null ? Ignored("the one that is known") : Emit(new DeviceCheckRecovered(s.Id, r.Device, r.At));
        }

        if (known.Identity is null)
        {
            // It had none, so whatever it tells first is the first that can be remembered.
            return Emit(new DeviceIdentified(s.Id, r.Device, r.Identity, null, r.At));
        }

        return r.Identity is null
            ? Ignored("it told an identity before and tells none now, which says nothing of whose it is")
            : known.OtherIdentity == r.Identity
                ? Ignored("another one, as is known")
                : Emit(new DeviceCheckFailed(s.Id, r.Device, FenceFailure.IdentityChanged, $"it was {known.Identity} and is {r.Identity} now", r.Identity, r.At));
    }

    private static Verdict Check(HypervisorState s, RecordCheck c)
    {
        var known = s.Device(c.Device);
        return c.Cause switch
        {
            // As long as it is another device, its being well means nothing.
            null when known.Trouble is { } t && t.Cause != FenceFailure.IdentityChanged => Emit(new DeviceCheckRecovered(s.Id, c.Device, c.At)),
            null => Ignored("well as before"),
            // Its host is silent, too: one common cause, which the host's own lines tell, or a fence that will say what comes of its device. Told when the host is back and it is not.
            FenceFailure.Unreachable or FenceFailure.TimedOut when s.Phase is not (HypervisorPhase.Unknown or HypervisorPhase.Healthy or HypervisorPhase.Returning) => Ignored("its host is silent, too"),
            { } cause when known.Trouble is { } t && (t.Cause == cause || t.Cause == FenceFailure.IdentityChanged) => Ignored("troubled as before"),
            { } cause => Emit(new DeviceCheckFailed(s.Id, c.Device, cause, c.Detail, null, c.At)),
        };
    }

    private static Verdict Accept(HypervisorState s, AcceptDevice a)
    {
        var known = s.Device(a.Device);
        var events = new List<IHypervisorEvent>();
        if (!known.Identified || known.Identity != a.Identity || known.OtherIdentity is not null)
        {
            events.Add(new DeviceIdentified(s.Id, a.Device, a.Identity, a.By, a.At));
        }

        if (known.Trouble is not null)
        {
            events.Add(new DeviceCheckRecovered(s.Id, a.Device, a.At));
        }

        if (known.IsContradicted)
        {
            events.Add(new ContradictionCleared(s.Id, a.Device, a.By, a.At));
        }

        return events.Count > 0 ? Emit([.. events]) : Ignored("nothing spoke against it");
    }

    private static IHypervisorEvent[] Gone(HypervisorState s, KeepDevices k) =>
        [.. s.Devices.Keys.Where(d => !k.Devices.Contains(d)).Select(d => new DeviceForgotten(s.Id, d, k.At))];

    /// <summary>Its policy's on: once each instance has an end, so that no start still rests on its being off, and only on top of a reading of ours.</summary>
    private static Verdict PowerOn(HypervisorState s, SendPowerOn p) =>
        s.Phase != HypervisorPhase.Evacuated ? Ignored("not evacuated")
        : s.IncidentOpen ? Ignored("instances wait, and a start of theirs may rest on its being off")
        : s.Proof is not (ProofKind.PoweredOff or ProofKind.AlreadyOff) ? Ignored("a person said that it is off, so a person decides when it is on")
        : s is { Proof: ProofKind.AlreadyOff, Notice: not null } ? Ignored("it was shut down in order, so whoever did that decides when it is on")
        : s.PowerReturnedAt is not null ? Ignored("its power is back")
        : s.Maintenance ? Ignored("in maintenance")
        : s.ClosedByOperator ? Ignored("an operator ended its incident, so an operator decides when it is on")
        : s.ProvedBy.Any(d => s.Device(d).Problem is not null) ? Ignored("a device that proved it is no longer believed")
        : s.PowerOns >= MaxPowerOns ? Ignored("sent often enough")
        : Emit(new PowerOnSent(s.Id, s.Incident!.Value, s.PowerOns + 1, s.ProvedBy, p.At));

    /// <summary>On commands of one incident: each later one only because the one before was not taken.</summary>
    public const int MaxPowerOns = 3;
}
