using System.Collections.Immutable;
using System.Diagnostics;
using HaActors.Scenarios.Run;

namespace HaActors.Scenarios.Nights;

/// <summary>Takes out of a failing night whatever is not needed for it to break the same rule in the same way: bursts of acts, single acts, instances, hypervisors, settings.</summary>
internal sealed class Shrinker(Variant variant, int mostRuns, TimeSpan mostTime)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _runs;

    private bool MayTry => _runs < mostRuns && _clock.Elapsed < mostTime;

    public NightOutcome Shrink(NightOutcome failed)
    {
        var best = failed;
        for (var changed = true; changed && MayTry;)
        {
            var before = Size(best.Night);
            best = Acts(best);
            best = Each(best, n => n.Instances, (n, name) => n.WithoutInstance(name));
            best = Each(best, n => n.Hypervisors, (n, id) => n.WithoutHypervisor(id));
            best = Each(best, n => [.. n.Fleet.Where(l => l.StartsWith("setting ", StringComparison.Ordinal) || l.StartsWith("devices ", StringComparison.Ordinal) || l.StartsWith("webhook ", StringComparison.Ordinal) || l.StartsWith("group ", StringComparison.Ordinal) || l.StartsWith("witnesses ", StringComparison.Ordinal) || l.StartsWith("location ", StringComparison.Ordinal) || l.StartsWith("lose ", StringComparison.Ordinal) || l.StartsWith("datastore ", StringComparison.Ordinal))],
                (n, line) => n with { Fleet = n.Fleet.Remove(line) });
            changed = Size(best.Night) < before;
        }

        return best;
    }

    private static int Size(NightText night) => night.Fleet.Sum(l => l.Length) + night.Acts.Sum(l => l.Length);

    /// <summary>Halves, quarters, … single lines.</summary>
    private NightOutcome Acts(NightOutcome best)
    {
        for (var chunk = Math.Max(1, best.Night.Acts.Length / 2); chunk >= 1 && MayTry; chunk /= 2)
        {
            for (var from = 0; from < best.Night.Acts.Length && MayTry;)
            {
                var length = Math.Min(chunk, best.Night.Acts.Length - from);
                if (Try(best.Night with { Acts = best.Night.Acts.RemoveRange(from, length) }, best.Cause!) is { } smaller) best = smaller;
                else from += length;
            }
        }

        return best;
    }

    private NightOutcome Each(NightOutcome best, Func<NightText, ImmutableArray<string>> parts, Func<NightText, string, NightText> without)
    {
        foreach (var part in parts(best.Night))
        {
            if (MayTry && Try(without(best.Night, part), best.Cause!) is { } smaller) best = smaller;
        }

        return best;
    }

    private NightOutcome? Try(NightText night, string cause)
    {
        _runs++;
        try
        {
            var outcome = NightRunner.Run(night, variant);
            return outcome.Cause == cause ? outcome : null;
        }
        catch (Language.ScenarioException)
        {
            // Without that line it is no scenario: an instance without its datastore, a fleet without a host.
            return null;
        }
    }
}
