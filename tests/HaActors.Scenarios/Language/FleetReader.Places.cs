using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Scenarios.Language;

/// <content>Locations and groups, and their policies.</content>
internal sealed partial class FleetReader
{
    private static readonly string[] Options = ["ha", "observe", "evacuation", "power-on", "crash-dump", "threshold"];

    private string? Place(string name, string[] words, ImmutableArray<PlacePlan> places, Action<ImmutableArray<PlacePlan>> take)
    {
        ImmutableArray<HypervisorId> of = [.. words.TakeWhile(w => !Options.Contains(w)).SelectMany(Quantities.Named).Select(w => new HypervisorId(w))];
        if (of.IsEmpty || !IdRules.IsValid(name) || name == FleetPlan.Dc1.Value) return "say: location dc2 of hv4 hv5 [threshold 3 …], group rack1 of hv1 hv2 [observe on …]";
        if (Unknown(of) is { } unknown) return unknown;
        if (Twice(of.Select(h => h.Value)) is { } twice) return $"'{twice}' is named twice";
        if (places.Any(p => p.Id == name || p.Of.Any(of.Contains))) return $"'{name}', or one of its hypervisors, is in such a line already";
        return Policy([.. words.SkipWhile(w => !Options.Contains(w))], new HaPolicy(), policy => take(places.Add(new PlacePlan(name, of, policy))));
    }

    private static string? Policy(string[] words, HaPolicy policy, Action<HaPolicy> take)
    {
        for (var i = 0; i + 1 < words.Length; i += 2)
        {
            switch (words[i], words[i + 1])
            {
                case ("ha", "on" or "off"):
                    policy = policy with { HaEnabled = words[i + 1] == "on" };
                    break;
                case ("observe", "on" or "off"):
                    policy = policy with { ObserveOnly = words[i + 1] == "on" };
                    break;
                case ("evacuation", "on" or "off"):
                    policy = policy with { EvacuationEnabled = words[i + 1] == "on" };
                    break;
                case ("power-on", "on" or "off"):
                    policy = policy with { PowerOnAfterEvacuation = words[i + 1] == "on" };
                    break;
                case ("crash-dump", var t) when Quantities.TryTime(t, out var wait) && wait <= HaPolicy.MaxCrashDumpWait:
                    policy = policy with { CrashDumpWait = wait };
                    break;
                case ("threshold", var n):
                    if (Number(n, HaPolicy.MinThreshold, HaPolicy.MaxThreshold, threshold => policy = policy with { FailureThreshold = threshold }) is { } noThreshold) return noThreshold;
                    break;
                default:
                    return $"'{words[i]} {words[i + 1]}' is no option of a location: ha on/off, evacuation on/off, observe on/off, threshold 3, power-on on/off, crash-dump 60s (at most 1h)";
            }
        }

        if (words.Length % 2 != 0) return $"the option '{words[^1]}' has no value";
        take(policy);
        return null;
    }
}
