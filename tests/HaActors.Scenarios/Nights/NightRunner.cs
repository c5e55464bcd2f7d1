using System.Collections.Immutable;
using System.Text.RegularExpressions;
using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run;
using HaActors.Scenarios.Run.Checking;

namespace HaActors.Scenarios.Nights;

/// <summary>What came of one night.</summary>
/// <param name="Virtual">How long the night was, on its own clock.</param>
internal sealed partial record NightOutcome(NightText Night, ImmutableArray<Broken> Broken, TimeSpan Virtual, int Acts, int Starts, int Lies, long Steps)
{
    public bool Failed => !Broken.IsEmpty;

    public string? Rule => Failed ? Broken[0].Rule : null;

    /// <summary>What a shrunk night must break as well: the same rule, in the same words but for names, times and what stands in parentheses. Without those another night of another cause would do.</summary>
    public string? Cause => Failed ? $"{Broken[0].Rule} {Particulars().Replace(Broken[0].Text, "")}" : null;

    [GeneratedRegex(@"\(.*\)|\S*\d\S*", RegexOptions.Singleline)]
    private static partial Regex Particulars();
}

/// <summary>Plays one drawn night.</summary>
internal static class NightRunner
{
    public static NightOutcome Run(NightText night, Variant variant)
    {
        var scenario = night.Read();
        using var site = new SimulatedSite(scenario.Fleet, variant);
        var broken = Play(scenario, site);
        return new NightOutcome(night, broken, scenario.Until, scenario.Acts.Length, site.Watch.Starts, site.Watch.LiesBelieved, site.Timeline.Steps);
    }

    /// <summary>What was drawn must be possible, so what is not is a mistake of the draw and found like any other.</summary>
    private static ImmutableArray<Broken> Play(Scenario scenario, SimulatedSite site)
    {
        try
        {
            return ScenarioRunner.Play(scenario, site, null, tellStory: false).Broken;
        }
        catch (ScenarioException e)
        {
            return [new Broken(Rules.Crash, site.Timeline.Elapsed, e.Message)];
        }
    }
}
