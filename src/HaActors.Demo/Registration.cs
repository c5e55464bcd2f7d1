using HaActors.Api;
using HaActors.Simulation.Live;

namespace HaActors.Demo;

/// <summary>What an operator does on the first day, over the HTTP API and nothing else.</summary>
internal static class Registration
{
    internal const string Location = "dc1";
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    internal static async Task RegisterAsync(HaActorsClient client, LiveFleet fleet, Story story, CancellationToken stopping)
    {
        await client.CreateLocationAsync(new LocationInfo { Id = Location, Name = "Demo site", HaEnabled = true, FailureThreshold = 3 }, stopping).ConfigureAwait(false);
        foreach (var hypervisor in fleet.Hypervisors)
        {
            var typed = new HypervisorBody
            {
                Id = hypervisor.Id,
                Name = hypervisor.Id,
                LocationId = Location,
                Address = hypervisor.Address,
                Agent = new AgentBody { Url = hypervisor.AgentUrl.ToString(), Token = hypervisor.AgentToken },
                Ipmi = new IpmiBody { Host = hypervisor.IpmiHost, Port = hypervisor.IpmiPort, Username = hypervisor.IpmiUser, Password = hypervisor.IpmiPassword },
            };
            await client.CreateHypervisorAsync(typed, stopping).ConfigureAwait(false);
        }

        story.Tell(Voice.Demo, $"location {Location} and {fleet.Hypervisors.Count} hypervisors registered over the HTTP API; waiting for their first probes");
    }

    /// <summary>Instances are found by the agents, then an operator opts them in.</summary>
    internal static async Task OptInAsync(HaActorsClient client, LiveFleet fleet, Story story, CancellationToken stopping)
    {
        var wanted = fleet.Instances().Select(i => i.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        await UntilAsync(async () => wanted.IsSubsetOf((await client.InstancesAsync(stopping).ConfigureAwait(false)).Select(i => i.Id)), stopping).ConfigureAwait(false);
        story.Tell(Voice.Demo, $"{wanted.Count} instances found by the agents");
        foreach (var id in wanted) await client.PatchInstanceAsync(id, new InstanceChange { HaEnabled = true }, stopping).ConfigureAwait(false);
        story.Tell(Voice.Demo, $"HA switched on for {wanted.Count} instances");
        await UntilAsync(async () => (await client.HypervisorsAsync(stopping).ConfigureAwait(false)).All(h => h.State == "Healthy"), stopping).ConfigureAwait(false);

        // Nothing is started elsewhere on a guess: each pair has to read from the datastore what the other has written there.
        var pairs = fleet.Hypervisors.Count * (fleet.Hypervisors.Count - 1) / 2;
        await UntilAsync(async () => (await client.StatusAsync(stopping).ConfigureAwait(false)).SharedDatastores >= pairs, stopping).ConfigureAwait(false);
        story.Tell(Voice.Demo, $"all {pairs} pairs of hypervisors have proved that they share their datastore");
    }

    /// <summary>The master may still be forming its cluster of one: what it can't answer yet is asked again.</summary>
    private static async Task UntilAsync(Func<Task<bool>> holds, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                if (await holds().ConfigureAwait(false)) return;
            }
            catch (HaActorsException unavailable) when (unavailable.Status is 0 or >= 500)
            {
            }

            await Task.Delay(Pace, stopping).ConfigureAwait(false);
        }
    }
}
