namespace HaActors.Api;

/// <summary>An instance: found by an agent, opted in by an operator.</summary>
/// <param name="Id">libvirt's UUID.</param>
/// <param name="HypervisorId">Where it was last seen or started.</param>
/// <param name="State"><c>Running</c>, <c>Paused</c>, <c>ShutOff</c> or <c>Unknown</c>: what it was last seen doing there.</param>
/// <param name="UserStopped">Shut off by its user, so it isn't started.</param>
/// <param name="Epoch">Numbers its starts by the masters.</param>
/// <param name="MissingSince">Since when its hypervisor reports it no more. Only told when one instance is read.</param>
/// <param name="MayRun">Hypervisors on which it may run.</param>
/// <param name="IncidentId">The open incident that it is in.</param>
/// <param name="Wait">What it waits for in that incident: <c>Fence</c>, <c>Gate</c>, <c>Room</c>, <c>Copy</c>, <c>Person</c>, <c>Guard</c> or <c>Start</c>.</param>
/// <param name="Reason">Why it waits, in a sentence.</param>
/// <param name="Destination">Where it is being started.</param>
/// <param name="Guarded">The agent there has it on disk that a boot must not start it. False: not told yet, and should that hypervisor die now, it waits for you. Null: HA is off for it, or it isn't known now.</param>
public sealed record InstanceInfo(
    string Id, string Name, string HypervisorId, string State, bool UserStopped, bool HaEnabled, int MaxRestartAttempts, int Priority, int Vcpus, long MemoryMiB,
    IReadOnlyList<DiskInfo> Disks, long Epoch, DateTimeOffset? MissingSince, IReadOnlyList<string> MayRun, string? IncidentId, string? Wait, string? Reason, string? Destination,
    int AttemptsUsed, bool? Guarded);

/// <summary>Why an instance is as it is, and what happens next.</summary>
/// <param name="Phase"><c>Resting</c>, <c>Recovering</c>, <c>Starting</c>, <c>Cancelling</c> or <c>Stuck</c>.</param>
/// <param name="Who">Who must act; null while it waits for nothing.</param>
/// <param name="Since">Since when it waits.</param>
/// <param name="NextAt">Next try by itself; null: nobody tries before somebody acts.</param>
/// <param name="MayRun">Who may run it; nothing is started elsewhere before each other one is proved.</param>
/// <param name="Sentences">To be read in order.</param>
public sealed record InstanceExplainInfo(
    string InstanceId, string Phase, string? HypervisorId, string? IncidentId, string? Wait, string? Reason, string? Who, DateTimeOffset? Since, DateTimeOffset? NextAt,
    string? Destination, IReadOnlyList<MayRunInfo> MayRun, IReadOnlyList<string> Sentences);

/// <summary>A hypervisor that may run an instance.</summary>
/// <param name="Proof"><c>powered_off</c>, <c>already_off</c> or <c>acknowledged</c>; null: it may run it.</param>
/// <param name="Missing">Why there is no proof now, as last answered.</param>
public sealed record MayRunInfo(string HypervisorId, string? Proof, string? Missing);

/// <summary>A writable disk.</summary>
/// <param name="Datastore">Null: on no datastore that an agent knows.</param>
public sealed record DiskInfo(string Target, string Source, string? Datastore, long SizeMiB);

/// <summary>Body of <c>retry</c>.</summary>
public sealed record RetryBody
{
    public string? Reason { get; init; }

    /// <summary>
    /// I have made sure that this hypervisor, whose agent was never told of the instance, can't start it when it boots (its autostart mark is gone, its disk is out of reach,
    /// it will never boot again). Only for what waits for that; refused else.
    /// </summary>
    public string? CannotStartOn { get; init; }
}

/// <summary>What an operator decides for an instance.</summary>
public sealed record InstanceChange
{
    public bool? HaEnabled { get; init; }

    /// <summary>Starts that may answer "no" in one incident before a person is asked; 1 to 20.</summary>
    public int? MaxRestartAttempts { get; init; }

    /// <summary>0 to 1000, higher is started first.</summary>
    public int? Priority { get; init; }
}
