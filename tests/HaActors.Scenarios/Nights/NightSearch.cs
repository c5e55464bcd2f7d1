using System.Diagnostics;
using HaActors.Scenarios.Run;

namespace HaActors.Scenarios.Nights;

/// <summary>How many nights, and which failed.</summary>
internal sealed record NightSummary(int Seeds, List<NightOutcome> Failed, int Acts, int Starts, int Lies, long Steps, TimeSpan Virtual, TimeSpan Real)
{
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{Seeds} nights, {Failed.Count} failed; {Acts} acts, {Starts} starts, {Lies} lies of BMCs believed, {Steps / 1e6:F1} million steps, {Virtual.TotalHours:F0} h of virtual time in {Real.TotalSeconds:F0} s ({Seeds / Math.Max(0.001, Real.TotalSeconds):F1} nights/s)");
}

/// <summary>Plays the nights of a range of seeds, each on a thread of its own with its own virtual time.</summary>
internal static class NightSearch
{
    /// <param name="stopAfter">Stops drawing more once so many have failed.</param>
    /// <param name="progress">Hears a line every few seconds, and each failure.</param>
    public static NightSummary Run(int first, int last, Variant variant, int jobs, int stopAfter, Action<string> progress)
    {
        var clock = Stopwatch.StartNew();
        var gate = new Lock();
        var failed = new List<NightOutcome>();
        var (next, done, acts, starts, lies, steps, hours) = (first, 0, 0, 0, 0, 0L, TimeSpan.Zero);
        var told = TimeSpan.Zero;

        void Work()
        {
            while (true)
            {
                int seed;
                lock (gate)
                {
                    if (next > last || failed.Count >= stopAfter) return;
                    seed = next++;
                }

                var outcome = NightRunner.Run(NightDraw.Draw(seed), variant);
                lock (gate)
                {
                    (done, acts, starts, lies, steps, hours) = (done + 1, acts + outcome.Acts, starts + outcome.Starts, lies + outcome.Lies, steps + outcome.Steps, hours + outcome.Virtual);
                    if (outcome.Failed)
                    {
                        failed.Add(outcome);
                        progress($"seed {seed}: {outcome.Broken[0]}");
                    }

                    if (clock.Elapsed - told > TimeSpan.FromSeconds(10))
                    {
                        told = clock.Elapsed;
                        progress($"{done} of {last - first + 1} nights, {failed.Count} failed, {done / clock.Elapsed.TotalSeconds:F1} nights/s");
                    }
                }
            }
        }

        var threads = Enumerable.Range(0, Math.Max(1, jobs)).Select(_ => new Thread(Work, 16 * 1024 * 1024)).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return new NightSummary(done, [.. failed.OrderBy(f => f.Night.Name.Length).ThenBy(f => f.Night.Name, StringComparer.Ordinal)], acts, starts, lies, steps, hours, clock.Elapsed);
    }
}
