using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;

namespace HaActors.Actors.Hypervisors;

/// <summary>What every other master hears of a hypervisor from its own place, before it is believed to be off: the protocol of the second opinion.</summary>
internal static class OtherMasters
{
    /// <summary>Asks each one that can be reached.</summary>
    /// <param name="question">Of <paramref name="asker"/>, said again in each <see cref="OpinionGiven"/>.</param>
    /// <returns>Their names: who is still to be heard.</returns>
    public static ImmutableArray<string> Ask(ImmutableArray<MasterDoor> masters, HypervisorId hypervisor, long question, string? knownUuid, IActorRef asker)
    {
        ImmutableArray<MasterDoor> others = [.. masters.Where(m => m is { IsThis: false, IsReachable: true })];
        foreach (var master in others)
        {
            master.Prober.Tell(new AskOpinion(hypervisor, question, master.Name, knownUuid), asker);
        }

        return [.. others.Select(m => m.Name)];
    }

    /// <summary>Who has not answered by then has no opinion: a probe, and the way there and back.</summary>
    public static TimeSpan AnswerWithin(HaSettings settings) => settings.ProbeTimeout + TimeSpan.FromSeconds(2);
}
