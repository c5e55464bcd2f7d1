using System.Collections.Immutable;

namespace HaActors.Domain.Gate;

/// <summary>A stored fact about the gate, which is one for the whole fleet.</summary>
public interface IGateEvent : IDomainEvent;

/// <summary>A permit was given. Only this is repeated to the same request.</summary>
public sealed record FencePermitted(HypervisorId HypervisorId, int Attempt, LocationId Location, IncidentId Incident, DateTimeOffset At) : IGateEvent;

/// <summary>An off was issued to it: it counts in the window from now on. Again with each further off, for the one before may never have left.</summary>
/// <param name="OffAt">When the hypervisor stored that off: which one is meant.</param>
public sealed record FenceCounted(HypervisorId HypervisorId, LocationId Location, IncidentId Incident, DateTimeOffset OffAt, DateTimeOffset At) : IGateEvent;

/// <summary>Too many hypervisors of a location fail at once.</summary>
/// <param name="Failing">Of <paramref name="Counted"/>, when it began.</param>
/// <param name="Percent">The limit that was in force.</param>
public sealed record StormBegan(LocationId Location, int Failing, int Counted, int Percent, DateTimeOffset At) : IGateEvent;

/// <summary>The failing ones stayed few for the cool-down.</summary>
public sealed record StormEnded(LocationId Location, int Failing, int Counted, long LastedMs, DateTimeOffset At) : IGateEvent;

/// <summary>An operator knows better than the percentage: until then, storms of this location withhold nothing. The window still limits.</summary>
public sealed record StormOverridden(LocationId Location, string Who, string Reason, DateTimeOffset Until, DateTimeOffset At) : IGateEvent;

/// <summary>The override is over: its time has come, or an operator took it back.</summary>
/// <param name="Who">Null: by itself.</param>
public sealed record StormOverrideEnded(LocationId Location, string? Who, DateTimeOffset At) : IGateEvent;

/// <summary>The fence devices of many hypervisors of a location, which answer themselves, fell silent together: the way to the devices is broken.</summary>
/// <param name="Silent">Of the <paramref name="Counted"/> that were asked.</param>
/// <param name="Detail">What a silent device's call came to.</param>
public sealed record FencePathLost(LocationId Location, ImmutableArray<HypervisorId> Silent, int Counted, string Detail, DateTimeOffset At) : IGateEvent;

/// <summary>Most of them answer again.</summary>
/// <param name="Silent">Those that still do not; each is told of as one that is silent alone.</param>
public sealed record FencePathRegained(LocationId Location, ImmutableArray<HypervisorId> Silent, int Counted, long LastedMs, DateTimeOffset At) : IGateEvent;

public sealed record Disarmed(string Who, string Reason, DateTimeOffset At) : IGateEvent;

public sealed record Armed(string Who, string Reason, DateTimeOffset At) : IGateEvent;

/// <summary>The journal holds less than somebody remembers of it: it was set back to a backup, or a standby without the last rows took over. HA is disarmed with it.</summary>
/// <param name="Detail">Who remembers what, in one sentence.</param>
public sealed record JournalSetBack(string Detail, DateTimeOffset At) : IGateEvent;

/// <summary>The journal took a row just now. Stored while somebody asks for a permit, and every 2 min, so that a restart knows how long nobody was there.</summary>
public sealed record GateHeartbeat(DateTimeOffset At) : IGateEvent;
