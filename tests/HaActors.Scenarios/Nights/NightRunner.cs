using System.Collections.Immutable;
using HaActors.Scenarios.Run;
using HaActors.Scenarios.Run.Checking;

namespace HaActors.Scenarios.Nights;

/// <summary>What came of one night.</summary>
/// <param name="Virtual">How long the night was, on its own clock.</param>
internal sealed record NightOutcome(NightText Night, ImmutableArray<Broken> Broken, TimeSpan Virtual, int Acts, int Starts, int Lies, long Steps)
{
    public bool Failed => !Broken.IsEmpty;

    /// <summary>What a shrunk night must break as well.</summary>
    public string? Rule => Failed ? Broken[0].Rule : null;
}

/// <summary>Plays one drawn night.</summary>
internal static class NightRunner
{
    public static NightOutcome Run(NightText night, Variant variant)
    {
        var scenario = night.Read();
        using var site = new SimulatedSite(scenario.Fleet, variant);
        var broken = ScenarioRunner.BrokenBy(scenario, site);
        return new NightOutcome(night, broken, scenario.Until, scenario.Acts.Length, site.Watch.Starts, site.Watch.LiesBelieved, site.Timeline.Steps);
    }
}
