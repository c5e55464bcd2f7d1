using System.Collections.Immutable;
using HaActors.Actors.Protocol;
using HaActors.Domain.Fencing;

namespace HaActors.Actors.Hypervisors;

// Between a hypervisor's actor, its fence attempt and its PowerActor: always in one process, never on the wire. A device is meant by its name.

/// <summary>Which devices are registered now? Answered with <see cref="DevicePlan"/>.</summary>
public sealed record ReadPlan(long Question);

/// <summary>Lower levels first.</summary>
/// <param name="Trouble">Why they could not be read; then there are none in it.</param>
public sealed record DevicePlan(long Question, ImmutableArray<DevicePlace> Devices, string? Trouble);

/// <summary>Read the power. Answered with <see cref="PowerAnswer"/>.</summary>
public sealed record ReadPower(long Question, string Device);

/// <summary>Ask the device who it is. Answered with <see cref="IdentityAnswer"/>.</summary>
public sealed record ReadIdentity(long Question, string Device);

/// <summary>Hard power off, if it can leave within 10 s of <paramref name="StoredAt"/> on the monotonic clock.</summary>
public sealed record SendOff(long Question, string Device, TimeSpan StoredAt);

/// <summary>Power on, by these devices; empty: by all. Answered with <see cref="PowerReport"/>.</summary>
/// <param name="StoredAt">The policy's: it leaves within 10 s of this on the monotonic clock, and while the policy still wants it. Null: a person's, who waits for it.</param>
public sealed record SendOn(long Question, ImmutableArray<string> Devices, TimeSpan? StoredAt = null);

/// <summary>Read the power through every device. Answered with <see cref="PowerReport"/>.</summary>
/// <param name="WithIdentity">Ask each who it is, too.</param>
/// <param name="ByPerson">A person waits: also those are asked that have refused the password lately.</param>
public sealed record ReadAll(long Question, bool WithIdentity = false, bool ByPerson = false);

/// <summary>Begin, or cease, to read the power at the hold's pace; each reading goes to the parent as <see cref="HeldReading"/>.</summary>
/// <param name="Devices">Those of the level that proved it; empty: all.</param>
public sealed record HoldProof(bool Hold, ImmutableArray<string> Devices);

/// <summary>What still waits in the queue leaves only while it may: an off, and the policy's on.</summary>
public sealed record MayLeave(bool Off, bool On);

/// <summary>Check the devices at their times, or not: while they are being fenced by, or held, they are read anyway.</summary>
/// <param name="Soon">Now rather than at their time: somebody waits for it, or they were changed.</param>
/// <param name="Again">After a check that failed or identified not all: again in a while.</param>
public sealed record WatchDevices(bool Watch, bool Soon, bool Again);

public sealed record PowerAnswer(long Question, PowerReading Reading, string Device);

public sealed record IdentityAnswer(long Question, string Device, DeviceIdentity Identity);

/// <summary>What every device answered; empty: none is registered.</summary>
public sealed record PowerReport(long Question, ImmutableArray<DeviceAnswer> Answers, string? Trouble);

/// <param name="Identity">Null: not asked.</param>
public sealed record DeviceAnswer(string Device, int Level, PowerReading Reading, DeviceIdentity? Identity);

public sealed record HeldReading(PowerReading Reading, string Device);

/// <summary>PowerActor to its parent: the scheduled check, or one that was asked for.</summary>
public sealed record DevicesChecked(ImmutableArray<DeviceAnswer> Answers);

/// <summary>PowerActor to its parent: what somebody else's call came to, so that it can be told.</summary>
public sealed record DeviceSeen(PowerReading Reading, string Device);
