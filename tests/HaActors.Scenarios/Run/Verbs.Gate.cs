using HaActors.Domain;
using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <content>What the gate looks at: witnesses, versions of agents, overrides of storms, policy.</content>
public static partial class Verbs
{
    private static IEnumerable<Verb> Gate() =>
    [
        new("witness {word} away", (s, w) => s.World.WitnessAway(w[0])),
        new("witness {word} back", (s, w) => s.World.WitnessBack(w[0])),
        new("upgrade agent {hv} to {word}", (s, w) => s.World.UpgradeAgent(w.Hv(0), w[1])),
        new("upgrade agent {hv} to {word} in vain", (s, w) => s.World.UpgradeAgent(w.Hv(0), w[1], starts: false)),
        new("storm-override {word} for {time} by {word} because {text}", (s, w) => s.OverrideStorm(w[0], w.Time(1), w[2], w[3])),
        new("end storm-override {word} by {word}", (s, w) => s.OverrideStorm(w[0], null, w[1], "")),
        new("location threshold {n}", (s, w) => s.Change($"threshold of dc1 set to {w[0]}", r => r with { Locations = r.Locations.SetItem(new LocationId("dc1"), r.Locations[new LocationId("dc1")] with { FailureThreshold = w.Number(0) }) })),
    ];
}
