using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace HaActors.Actors.Hosting;

/// <summary>The masters of a cluster as one of them sees it.</summary>
internal static class ClusterMasters
{
    /// <summary>
    /// Members that the resolver has decided about are leaving or gone, and are not listed. A prober lives at one path on each master; who does not answer there has no opinion.
    /// </summary>
    public static ImmutableArray<MasterDoor> Of(Cluster cluster, IActorRef own)
    {
        var state = cluster.State;
        var others = state.Members
            .Where(m => m.HasRole(HaActorsHosting.MasterRole) && m.UniqueAddress != cluster.SelfUniqueAddress && m.Status is MemberStatus.Up or MemberStatus.Leaving)
            .OrderBy(m => m.Address.ToString(), StringComparer.Ordinal)
            .Select(m => new MasterDoor(
                Name(m.Address), IsThis: false, !state.Unreachable.Contains(m), cluster.System.ActorSelection(new RootActorPath(m.Address) / "user" / own.Path.Name)));
        return [new MasterDoor(Name(cluster.SelfAddress), IsThis: true, IsReachable: true, own), .. others];
    }

    private static string Name(Address address) => $"{address.Host}:{address.Port}";
}
