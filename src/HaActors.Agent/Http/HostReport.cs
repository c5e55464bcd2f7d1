using HaActors.Agent.Hook;
using HaActors.Agent.Hosts;
using HaActors.Agent.Instances;
using HaActors.Agent.State;
using HaActors.AgentApi;

namespace HaActors.Agent.Http;

/// <summary>The host as a whole, with what an operator should know about it.</summary>
internal sealed class HostReport(InstanceWatch watch, StateStore store, IHostFacts facts, Datastores datastores, HookInstaller hook)
{
    internal async Task<HostAnswer> TellAsync(TimeSpan limit)
    {
        var sighting = await watch.LookAsync(TimeSpan.FromSeconds(1), limit).ConfigureAwait(false);
        var (found, troubles) = await datastores.LookAsync().ConfigureAwait(false);
        var unprotected = hook.Problem(LibvirtDaemon.Find(hook.HookPath));
        var warnings = new List<string>(troubles);
        if (unprotected is not null) warnings.Add(unprotected);
        if (!store.FloorsKnown) warnings.Add("The state directory was empty: every run is refused until a master has told the epochs.");
        if (datastores.Paths.Count == 0) warnings.Add("No datastore is known: libvirt has no directory pools, and HaAgent:Datastores is empty.");
        warnings.AddRange(sighting.Instances
            .Where(i => store.Get(i.Uuid).Managed && i.Autostart)
            .Select(i => $"{i.Name} is managed, and somebody has set its autostart mark again; opt it in once more, or take the mark off."));
        return new HostAnswer(
            sighting.HypervisorUuid, sighting.BootId, facts.HostName, facts.MemoryMiB, facts.FreeMemoryMiB, facts.Vcpus,
            Protected: unprotected is null, Cleared: store.ClearedBoot == facts.BootId, store.FloorsKnown, found, warnings);
    }
}
