using System.Globalization;

namespace HaActors.Simulation.World;

/// <summary>One line of what happened in the world, in words an operator reads aloud.</summary>
/// <param name="Number">Order of the acts; starts at 1.</param>
/// <param name="At">Time since the world was made.</param>
public sealed record Act(int Number, TimeSpan At, string Text)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At:hh\\:mm\\:ss\\.fff} {Text}");
}
