using System.Text.Json.Serialization;

namespace HaActors.Domain.Hypervisors;

/// <summary>Where a hypervisor is in its life with HA. Maintenance is a mark beside it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HypervisorPhase>))]
public enum HypervisorPhase
{
    /// <summary>No probe has passed since it was registered or its address, agent URL or BMC address changed. Never fenced.</summary>
    Unknown,
    /// <summary>The last probe passed.</summary>
    Healthy,
    /// <summary>One to threshold-1 misses in a row.</summary>
    Suspect,
    /// <summary>Declared; waits for a permit, and the reason is always shown.</summary>
    Down,
    /// <summary>Power-off asked for, not proved. A host that answers again is still fenced: half of it may be gone.</summary>
    Fencing,
    /// <summary>Not proved off: nothing is moved; each retry needs a fresh permit.</summary>
    FenceFailed,
    /// <summary>Proved off.</summary>
    Fenced,
    /// <summary>Instances are being started elsewhere while the proof is held.</summary>
    Evacuating,
    /// <summary>Nothing more to do here now; instances that wait keep the incident open, not this state.</summary>
    Evacuated,
    /// <summary>Answers again; what moved away is cleared from it before it may start anything.</summary>
    Returning,
}
