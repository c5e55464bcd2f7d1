using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Protocol;

/// <summary>HaMonitor to the HypervisorActor of each hypervisor of the inventory, at each sweep: be awake, and this is the policy in force.</summary>
/// <remarks>No secrets: whoever needs the agent's token or a device's password reads the inventory.</remarks>
/// <param name="Devices">Its fence devices, lower levels first.</param>
/// <param name="DevicesChanged">How often this monitor has seen them change, credentials included.</param>
/// <param name="Shared">Those of its devices whose identity another hypervisor's device tells too; null while this monitor has not heard of all.</param>
public sealed record WakeHypervisor(
    HypervisorId HypervisorId, LocationId Location, HaPolicy Policy, ImmutableArray<DevicePlace> Devices, long DevicesChanged, ImmutableArray<SharedIdentity>? Shared)
    : IWithHypervisorId, IWireMessage;

/// <summary>A fence device by its name, and its level.</summary>
public sealed record DevicePlace(string Device, int Level);

/// <summary>A device whose identity a device of <paramref name="With"/> tells too.</summary>
public sealed record SharedIdentity(string Device, HypervisorId With);

/// <summary>ProberActor to HypervisorActor: what a probe found.</summary>
/// <param name="Sweep">Number of the sweep, or of the extra probe; grows within its monitor's life.</param>
/// <param name="Pace">How often it is asked: a miss counts only if half of it has passed since the last counted one. Zero: an extra probe, whose miss never counts.</param>
/// <param name="At">When it was begun, on the wall clock of its master: shown, never compared.</param>
/// <param name="Begun">The same on the monotonic clock of its process: exact for whoever lives in that one.</param>
/// <param name="Age">From its begin to this message: for whoever lives in another process.</param>
/// <param name="Monitor">The monitor's life that asked; 0 for an extra probe.</param>
public sealed record RecordProbe(
    HypervisorId HypervisorId, long Sweep, TimeSpan Pace, ProbeOutcome Outcome, DateTimeOffset At, TimeSpan Begun = default, TimeSpan Age = default, long Monitor = 0) : IWithHypervisorId, IWireMessage;

/// <summary>How a hypervisor stands with whoever asks for its probe: it decides whose lane the probe takes.</summary>
public enum ProbeStanding
{
    /// <summary>It answered last time, as far as is known.</summary>
    Answers,
    /// <summary>It missed, and whether it is down is not decided: before the dead.</summary>
    Suspect,
    /// <summary>Known to be silent; nothing hangs on its next answer.</summary>
    Dead,
}

/// <summary>Whom a sweep probes; secrets are not in it, the prober reads them.</summary>
public sealed record SweepTarget(HypervisorId Id, string? KnownUuid, ProbeStanding Standing = ProbeStanding.Answers) : IWireMessage;

/// <summary>HaMonitor, FenceGateActor or HypervisorActor to ProberActor, up to 100 targets each.</summary>
/// <param name="Pace">As in <see cref="RecordProbe"/>.</param>
/// <param name="Monitor">As in <see cref="RecordProbe"/>.</param>
public sealed record RunSweep(long Sweep, TimeSpan Pace, ImmutableArray<SweepTarget> Targets, long Monitor = 0) : IWireMessage;

/// <summary>ProberActor to whoever sent <see cref="RunSweep"/>: all outcomes of that page.</summary>
public sealed record SweepCompleted(long Sweep, ImmutableArray<ProbeOutcome> Outcomes, long TookMs) : IWireMessage;

/// <summary>HypervisorActor in Down or FenceFailed to FenceGateActor: may I? Said again at every probe result.</summary>
/// <param name="Question">Grows with each question of this actor's life; a permit counts only within 10 s of its own question.</param>
/// <param name="Devices">Its fence devices with what is remembered of each.</param>
/// <param name="ToGain">HA-enabled instances that ran there.</param>
/// <param name="Unguarded">Of those, which it may start by itself when it boots; empty if nobody was asked (an order, observe-only).</param>
/// <param name="Unheard">Of those, which did not answer that.</param>
/// <param name="NoticeUntil">Its agent gave notice of a shutdown: end of the grace that goes with it, on the wall clock of this moment.</param>
/// <param name="Needs">What each of them needs of a destination; one whose disks lie nowhere that an agent knows is not in it.</param>
/// <param name="ReadsOff">Its power reads off by every device of a level; null: not read lately.</param>
/// <param name="Load">Of each hypervisor of its location that has guests, as the inventory has it.</param>
/// <param name="Order">An operator asked for it: storm, quiet period and grace do not apply.</param>
/// <param name="Incident">The open one.</param>
/// <param name="OffSent">An off was sent in this incident.</param>
public sealed record AskPermit(
    HypervisorId HypervisorId, int Attempt, long Question, LocationId Location, HaPolicy Policy, bool Maintenance, MissClass? Failing, DateTimeOffset? FailingSince,
    ImmutableArray<AskedDevice> Devices, int ToGain, ImmutableArray<InstanceId> Unguarded, ImmutableArray<InstanceId> Unheard, bool SeenPassing, bool Order, string? KnownUuid,
    IncidentId Incident, bool OffSent = false, DateTimeOffset? NoticeUntil = null, ImmutableArray<InstanceNeed> Needs = default, ImmutableArray<GuestLoad> Load = default, bool? ReadsOff = null) : IWithHypervisorId, IWireMessage;

/// <summary>FenceGateActor: yes, stored as FencePermitted before it is told.</summary>
/// <param name="Peers">Healthy ones of its location.</param>
/// <param name="ProvedOff">Those of its location that were powered off by their own device, and are proved off.</param>
/// <param name="Excluded">Devices that are no fence path now.</param>
/// <param name="OnlyIfOff">It may be proved off, and no off may be sent.</param>
public sealed record PermitGranted(
    HypervisorId HypervisorId, int Attempt, long Question, ImmutableArray<HypervisorId> Peers, ImmutableArray<HypervisorId> ProvedOff, ImmutableArray<ExcludedDevice> Excluded, bool OnlyIfOff = false)
    : IWithHypervisorId, IWireMessage;

/// <summary>FenceGateActor: not now; the check by its name, the reason in a sentence.</summary>
/// <param name="Transient">Decides within seconds by itself: shown, not told in the event log.</param>
/// <param name="Again">When this check can say yes.</param>
public sealed record PermitWithheld(HypervisorId HypervisorId, int Attempt, long Question, string Check, string Reason, bool Transient, AskedAgain Again) : IWithHypervisorId, IWireMessage;

/// <summary>FenceGateActor, FenceActor or HypervisorActor to the ProberActor of every master, or every other one: what do you see of it from your place? Answered with <see cref="OpinionGiven"/>.</summary>
/// <param name="Question">Of who asks; grows with each question of its life.</param>
/// <param name="Master">Who is meant; said again in the answer.</param>
public sealed record AskOpinion(HypervisorId HypervisorId, long Question, string Master, string? KnownUuid) : IWithHypervisorId, IWireMessage;

/// <summary>ProberActor to who asked.</summary>
/// <param name="Outcome">Of the probe that it made for this question; null if it could not make one.</param>
/// <param name="PassAge">Since it last saw a pass before that, on its own monotonic clock; null if it never did.</param>
public sealed record OpinionGiven(HypervisorId HypervisorId, long Question, string Master, ProbeOutcome? Outcome, TimeSpan? PassAge) : IWithHypervisorId, IWireMessage;

/// <summary>HypervisorActor to FenceGateActor, again and again until it is judged, and as long as it is judged common: it answers itself, and a fence device of it does not.</summary>
/// <param name="Detail">What the device's call came to.</param>
/// <param name="HeardAgo">Since it last answered; null if it never did in this life of the asker.</param>
public sealed record DevicesSilent(HypervisorId HypervisorId, LocationId Location, string Detail, TimeSpan? HeardAgo) : IWithHypervisorId, IWireMessage;

/// <summary>FenceGateActor to HypervisorActor: read your devices now. Answered with <see cref="DevicesAnswered"/>.</summary>
/// <param name="Roll">Of the gate; grows within its life.</param>
public sealed record AskDevices(HypervisorId HypervisorId, long Roll) : IWithHypervisorId, IWireMessage;

/// <summary>HypervisorActor to FenceGateActor.</summary>
/// <param name="Counts">It answers itself, and has devices other than those that are known to be silent by themselves: what these answer says something about the way to them.</param>
/// <param name="Silent">What a silent one's call came to; null: all of these answered, whatever they said.</param>
public sealed record DevicesAnswered(HypervisorId HypervisorId, long Roll, bool Counts, string? Silent) : IWithHypervisorId, IWireMessage;

/// <summary>FenceGateActor to HypervisorActor: whose fault the silence is.</summary>
/// <param name="CommonSince">The way to the devices of its location has been broken since then: told once, for all. Null: its device is silent alone, so it tells of it itself.</param>
public sealed record SilenceJudged(HypervisorId HypervisorId, DateTimeOffset? CommonSince) : IWithHypervisorId, IWireMessage;

/// <summary>FenceGateActor to each hypervisor it has a view of, at each change and beside each answer: no off leaves and no start goes out while disarmed.</summary>
public sealed record ArmedChanged(HypervisorId HypervisorId, bool Armed) : IWithHypervisorId, IWireMessage;

/// <summary>HaMonitor to HypervisorActor and FenceGateActor: it is not in the inventory any more.</summary>
public sealed record RemoveHypervisor(HypervisorId HypervisorId) : IWithHypervisorId, IWireMessage;

/// <summary>HaMonitor to FenceGateActor: a whole sweep of this incarnation is done.</summary>
public sealed record SweepDone(long Sweep) : IWireMessage;
