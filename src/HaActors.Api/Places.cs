namespace HaActors.Api;

/// <summary>A site, in and out.</summary>
public sealed record LocationInfo
{
    /// <summary>Needed to create; after that it can't change, and in a change it may be left out.</summary>
    public string? Id { get; init; }

    /// <summary>Left out: as the id.</summary>
    public string? Name { get; init; }

    public bool HaEnabled { get; init; }

    /// <summary>Misses in a row after which a hypervisor is declared down; 1 to 20.</summary>
    public int FailureThreshold { get; init; } = 3;

    /// <summary>False: a dead hypervisor is declared down, never fenced, and nothing is moved.</summary>
    public bool EvacuationEnabled { get; init; } = true;

    /// <summary>What a newly found instance's own opt-in starts as.</summary>
    public bool InstancesHaEnabled { get; init; }

    /// <summary>True: what HA would do is decided and told (<c>would_have_fenced</c>), and nothing is touched: no power command, no start, no change on an agent.</summary>
    public bool ObserveOnly { get; init; }
    /// <summary>Power a fenced hypervisor on again when each of its instances has an end. Default: leave it off.</summary>
    public bool PowerOnAfterEvacuation { get; init; }
    /// <summary>From the declaration to the first off, 0 to 3600: a host that panicked may still be writing its dump. It is not waited for if the power is off already.</summary>
    public int CrashDumpWaitSeconds { get; init; }
}

/// <summary>A rack or a cluster inside a location, in and out. Null means: as the location says.</summary>
public sealed record GroupInfo
{
    /// <inheritdoc cref="LocationInfo.Id"/>
    public string? Id { get; init; }

    /// <inheritdoc cref="LocationInfo.Name"/>
    public string? Name { get; init; }

    public string? LocationId { get; init; }

    /// <summary>HA is on if the location or the group says so.</summary>
    public bool HaEnabled { get; init; }

    /// <inheritdoc cref="LocationInfo.FailureThreshold"/>
    public int? FailureThreshold { get; init; }

    /// <inheritdoc cref="LocationInfo.EvacuationEnabled"/>
    public bool? EvacuationEnabled { get; init; }

    /// <inheritdoc cref="LocationInfo.ObserveOnly"/>
    public bool? ObserveOnly { get; init; }
    /// <inheritdoc cref="LocationInfo.PowerOnAfterEvacuation"/>
    public bool? PowerOnAfterEvacuation { get; init; }
    /// <inheritdoc cref="LocationInfo.CrashDumpWaitSeconds"/>
    public int? CrashDumpWaitSeconds { get; init; }
}
