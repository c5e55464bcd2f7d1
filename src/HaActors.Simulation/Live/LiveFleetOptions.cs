namespace HaActors.Simulation.Live;

/// <summary>What a live fleet looks like.</summary>
public sealed record LiveFleetOptions
{
    /// <summary>1 to 250, default 5.</summary>
    public int Hypervisors { get; init; } = 5;

    /// <summary>On each hypervisor; default 4.</summary>
    public int InstancesEach { get; init; } = 4;

    /// <summary>Deadline of a probe; the master's own setting has no say over a probe that is replaced. Default 1 s.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>From power on until agent and libvirt answer; default 8 s, where real hardware takes minutes.</summary>
    public TimeSpan Boot { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The same seed gives the same ids and the same delays.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>How a hypervisor dies.</summary>
public enum Death
{
    /// <summary>Its kernel hangs: no ping, no agent, and its instances run on until its power is cut.</summary>
    Hang,
    /// <summary>Its mains fail; its BMC has power of its own and reads off.</summary>
    Power,
    /// <summary>Its network cable is cut; its instances run on until its power is cut.</summary>
    Cable,
}
