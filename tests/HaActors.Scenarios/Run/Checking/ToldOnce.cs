using HaActors.Domain.EventLog;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>
/// None of the four main events is told twice for one incident; a proof of power-off once for each attempt, for one that is void, or signed anew, is news; up once for each boot that ended
/// what was to run there.
/// </summary>
internal static class ToldOnce
{
    private static readonly string[] MainTypes = [LogTypes.HypervisorUp, LogTypes.HypervisorDown, LogTypes.HypervisorFenced, LogTypes.InstanceEvacuated];

    public static IEnumerable<string> Look(SimulatedSite site) =>
        from entry in site.EventLog.Entries
        where MainTypes.Contains(entry.Type) && entry.Incident is not null
        // A proof that was lost or voided is followed by another one, of another attempt.
        let which = entry.Type == LogTypes.HypervisorFenced ? entry.Data.GetValueOrDefault("attempt")
            : entry.Type == LogTypes.HypervisorUp ? $"{site.EventLog.Entries.TakeWhile(e => !ReferenceEquals(e, entry)).Count(e => e.Type == LogTypes.HypervisorRebooted && e.Incident == entry.Incident)}"
            : null
        group entry by (entry.Type, entry.Hypervisor, entry.Instance, entry.Incident, which) into told
        where told.Count() > 1
        select $"{told.Key.Type} of {told.Key.Incident} {told.Key.Instance} was told {told.Count()} times";
}
