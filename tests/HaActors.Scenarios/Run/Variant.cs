using HaActors.Actors.Hosting;

namespace HaActors.Scenarios.Run;

/// <summary>The product with one wrong port or one wrong rule, given to its actors as the right ones are. The checks must find each.</summary>
/// <param name="Name">As <c>nights --broken NAME</c> takes it.</param>
/// <param name="What">What is wrong, in a clause.</param>
public sealed record Variant(string Name, string What)
{
    /// <summary>The product as it is.</summary>
    public static Variant None { get; } = new("none", "nothing is wrong");

    public HaRules Rules { get; init; } = HaRules.Real;

    /// <summary>The ports as a master is given them.</summary>
    public Func<HaPorts, HaPorts> Ports { get; init; } = ports => ports;
}
