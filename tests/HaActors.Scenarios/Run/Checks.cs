using System.Collections.Immutable;
using System.Text.RegularExpressions;
using HaActors.Domain.EventLog;
using HaActors.Domain.Hypervisors;
using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <summary>What holds at the end of every night, whatever its log says.</summary>
internal static partial class Checks
{
    private static readonly string[] MainTypes = [LogTypes.HypervisorUp, LogTypes.HypervisorDown, LogTypes.HypervisorFenced, LogTypes.InstanceEvacuated];

    public static ImmutableArray<string> Of(SimulatedSite site) => [.. NoTwoCopies(site), .. EachOffWasStored(site), .. NothingToldTwice(site)];

    /// <summary>For a night after which everything must run again: each HA instance that ran runs in exactly one copy.</summary>
    public static IEnumerable<string> EachRunsOnce(SimulatedSite site, FleetPlan plan) =>
        from instance in plan.Instances
        where instance is { Ha: true, Running: true }
        let copies = site.World.Copies(site.Names.Instances[instance.Name])
        where copies.Length != 1
        select copies.IsEmpty ? $"{instance.Name} runs nowhere" : $"{instance.Name} runs on {string.Join(" and ", copies.Select(c => c.Hypervisor))}";

    private static IEnumerable<string> NoTwoCopies(SimulatedSite site) =>
        site.World.Violations.Select(v => $"{Quantities.Seconds(v.At)}: {v.Text}");

    private static IEnumerable<string> EachOffWasStored(SimulatedSite site)
    {
        var issued = site.Database.Rows.Where(r => r.Written is FenceOffIssued)
            .Select(r => (Hv: ((FenceOffIssued)r.Written).HypervisorId.Value, At: r.StoredAt - site.Timeline.Start)).ToList();
        foreach (var act in site.World.Acts)
        {
            if (OffSent().Match(act.Text) is not { Success: true } match) continue;
            var found = issued.FindIndex(i => i.Hv == match.Groups["hv"].Value && i.At <= act.At && act.At - i.At <= TimeSpan.FromSeconds(10));
            if (found < 0) yield return $"{Quantities.Seconds(act.At)}: '{act.Text}' without a FenceOffIssued that was stored at most 10 s before";
            else issued.RemoveAt(found);
        }
    }

    private static IEnumerable<string> NothingToldTwice(SimulatedSite site) =>
        from entry in site.EventLog.Entries
        where MainTypes.Contains(entry.Type) && entry.Incident is not null
        group entry by (entry.Type, entry.Hypervisor, entry.Instance, entry.Incident) into told
        where told.Count() > 1
        select $"{told.Key.Type} of {told.Key.Incident} {told.Key.Instance} was told {told.Count()} times";

    [GeneratedRegex(@"^off (?<hv>\S+) sent by ", RegexOptions.ExplicitCapture)]
    private static partial Regex OffSent();
}
