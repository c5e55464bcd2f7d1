using System.Globalization;

namespace HaActors.Domain.Gate;

/// <summary>The gate's answer.</summary>
public abstract record GateDecision
{
    /// <param name="For">What has a destination, and which: until it is started there nobody else is fenced for the same room. Null: an order, or nobody counted that.</param>
    /// <param name="OnlyIfOff">Nothing of it starts elsewhere now, and its power reads off: it may be proved off, and no off may be sent.</param>
    public sealed record Permitted(PromisedRoom? For = null, bool OnlyIfOff = false) : GateDecision;

    /// <param name="Check">Name of the check that says no, one of <see cref="GateChecks"/>.</param>
    /// <param name="Reason">One or two sentences with the facts, and what an operator can do.</param>
    /// <param name="Transient">Gone in seconds by itself: shown, not told in the event log.</param>
    public sealed record Withheld(string Check, string Reason, bool Transient, AskedAgain Again) : GateDecision;
}

/// <summary>Room for one instance, which made a fence worth while.</summary>
public sealed record PromisedRoom(HypervisorId Destination, InstanceNeed Need);

/// <summary>
/// When a check that said no can say yes. Whatever it is, the gate is asked anew at every probe of the hypervisor and at least every 10 s, so nothing hangs on this:
/// it is told so that nobody has to guess.
/// </summary>
/// <param name="At">Not before this; null if no clock decides it.</param>
/// <param name="When">The occasion, as a clause: <c>when HA is armed</c>.</param>
public sealed record AskedAgain(DateTimeOffset? At, string When)
{
    public override string ToString() => At is { } at ? string.Create(CultureInfo.InvariantCulture, $"{When}, not before {at:HH:mm:ss} UTC") : When;
}
