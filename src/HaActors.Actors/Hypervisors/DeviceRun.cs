using HaActors.Domain.Fencing;

namespace HaActors.Actors.Hypervisors;

/// <summary>What an attempt knows of one device of the level that is tried now.</summary>
internal sealed class DeviceRun(string device)
{
    /// <summary>A reading off counts once more after this (SAFETY 13).</summary>
    public static readonly TimeSpan BetweenProofs = TimeSpan.FromSeconds(2);

    public string Device { get; } = device;

    public long Question { get; set; }

    /// <summary>In this attempt it told the name that is known of it, or no name is known of it.</summary>
    public bool IsIdentified { get; set; }

    public TimeSpan? FirstOff { get; set; }

    public TimeSpan? LastOff { get; set; }

    public TimeSpan? LastOffSent { get; set; }

    public bool Sent { get; set; }

    /// <summary>It said of an off command that it takes it.</summary>
    public bool Taken { get; set; }

    /// <summary>What was known of offs before the one that is under way.</summary>
    public (TimeSpan? LastOffSent, bool Sent, bool AnySent) Before { get; set; }

    /// <summary>From its last question to the answer.</summary>
    public TimeSpan Took { get; set; }

    public int Silent { get; set; }

    public PowerOutcome LastTrouble { get; set; } = PowerOutcome.Unreachable;

    public string LastDetail { get; set; } = "";

    /// <summary>Its last reading off was begun so lately that it says something of now.</summary>
    public bool IsFresh(TimeSpan now) => LastOff is { } last && now - last <= PowerProof.ReadingFresh;

    public bool IsProved => FirstOff is { } first && LastOff is { } last && last - first >= BetweenProofs;
}
