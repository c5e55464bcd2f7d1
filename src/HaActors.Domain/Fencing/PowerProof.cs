namespace HaActors.Domain.Fencing;

/// <summary>What a proof of power-off rests on (SAFETY 13, 15).</summary>
public static class PowerProof
{
    /// <summary>A reading that was begun longer ago proves nothing of now.</summary>
    public static readonly TimeSpan ReadingFresh = TimeSpan.FromSeconds(10);
}
