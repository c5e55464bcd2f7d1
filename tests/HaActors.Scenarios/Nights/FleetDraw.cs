using System.Collections.Immutable;
using System.Globalization;

namespace HaActors.Scenarios.Nights;

/// <summary>Draws a fleet.</summary>
internal static class FleetDraw
{
    private static readonly string[] Ticks = ["30s", "30s", "30s", "30s", "20s", "10s"];

    public static ImmutableArray<string> Draw(int seed, Dice dice)
    {
        var lines = new List<string>();
        if (dice.Chance(45)) lines.Add($"location {Policy(dice)}");
        var hosts = Enumerable.Range(1, dice.Chance(85) ? dice.Between(2, 6) : dice.Between(7, 12)).Select(n => Text($"hv{n}")).ToList();
        foreach (var host in hosts) lines.Add(Text($"hypervisors {host} memory {dice.Pick(["16GiB", "24GiB", "32GiB", "64GiB"])}{(dice.Chance(5) ? " without bmc" : "")}"));

        lines.AddRange(Places(hosts, dice));
        if (dice.Chance(25)) lines.AddRange(hosts.Where(_ => dice.Chance(50)).Select(h => $"devices {h} {Devices(dice, lines.Exists(l => l.StartsWith($"hypervisors {h} ", StringComparison.Ordinal) && l.EndsWith("without bmc", StringComparison.Ordinal)))}").ToList());
        if (dice.Chance(20)) lines.Add("webhook pager");
        if (dice.Chance(20)) lines.Add("witnesses gw1 gw2");
        var stores = Stores(hosts, dice).ToList();
        lines.AddRange(stores.Select(s => $"datastore {s.Name} on {string.Join(' ', s.On)}{(dice.Chance(75) ? " without locks" : "")}"));
        var instances = Math.Min(20, dice.Between(1, Math.Max(2, hosts.Count * 2)));
        for (var n = 1; n <= instances; n++)
        {
            var on = dice.Pick(hosts);
            var reached = stores.Where(s => s.On.Contains(on)).ToList();
            var disk = dice.Pick(reached).Name;
            if (dice.Chance(8) && reached.Find(s => s.Name != disk) is { Name: { } other }) disk = $"{disk} disk {other}";
            lines.Add(Text($"instances vm{n} on {on} disk {disk} memory {dice.Pick(["1GiB", "2GiB", "4GiB"])}{Options(dice)}"));
        }

        var tick = dice.Pick(Ticks);
        if (tick != "30s") lines.Add($"setting tick {tick}");
        if (dice.Chance(25)) lines.Add("setting probe-timeout 2s");
        if (dice.Chance(30)) lines.Add($"setting degraded-grace {dice.Pick(["1m", "3m", "5m"])}");
        if (dice.Chance(30)) lines.Add($"setting cold-start-grace {dice.Pick(["0s", "1m", "3m"])}");
        if (dice.Chance(30)) lines.Add($"setting quiet-period {dice.Pick(["0s", "10s", "1m"])}");
        if (dice.Chance(15)) lines.Add(Text($"setting max-fences {dice.Between(1, 2)}"));
        if (dice.Chance(20)) lines.Add("setting storm-percent 80");
        if (dice.Chance(20)) lines.Add($"setting fence-deadline {dice.Pick(["20s", "40s"])}");
        lines.Add(Text($"setting seed {seed}"));
        if (dice.Chance(60)) lines.Add(Text($"setting shuffle {seed}"));
        if (dice.Chance(25)) lines.Add("lose each message once");
        return [.. lines];
    }

    /// <summary>One for all, or two that share the hosts between them, and sometimes local ones.</summary>
    private static IEnumerable<(string Name, List<string> On)> Stores(List<string> hosts, Dice dice)
    {
        yield return ("san", dice.Chance(70) ? hosts : [.. hosts.Where((_, i) => i % 2 == 0)]);
        yield return ("nas", dice.Chance(50) ? hosts : [.. hosts.Where((_, i) => i % 2 == 1 || i < 2)]);
        foreach (var host in hosts.Where(_ => dice.Chance(10))) yield return ($"local-{host}", [host]);
    }

    /// <summary>Sometimes a second location behind the same storage, and a group that differs from its location.</summary>
    private static IEnumerable<string> Places(List<string> hosts, Dice dice)
    {
        var first = hosts.Count;
        if (hosts.Count >= 3 && dice.Chance(25))
        {
            first = dice.Between(1, hosts.Count - 1);
            yield return $"location dc2 of {string.Join(' ', hosts[first..])} {Policy(dice, 12)}{(dice.Chance(8) ? " ha off" : "")}";
        }

        if (first >= 2 && dice.Chance(20)) yield return $"group rack1 of {string.Join(' ', hosts[..dice.Between(1, first - 1)])} {Policy(dice, 20)}";
    }

    /// <summary>As a location or a group may have it; mostly only a threshold.</summary>
    /// <param name="passive">In so many of a hundred it only observes, in as many it does not evacuate.</param>
    private static string Policy(Dice dice, int passive = 4)
    {
        var words = new List<string> { Text($"threshold {dice.Between(1, 5)}") };
        if (dice.Chance(15)) words.Add("power-on on");
        if (dice.Chance(12)) words.Add($"crash-dump {dice.Pick(["20s", "60s"])}");
        if (dice.Chance(passive)) words.Add("evacuation off");
        if (dice.Chance(passive)) words.Add("observe on");
        return string.Join(' ', words);
    }

    /// <summary>A second level behind the BMC, two power supplies alone, or both at one level.</summary>
    private static string Devices(Dice dice, bool withoutBmc) => withoutBmc
        ? "level 1 outlet strip-a outlet strip-b"
        : dice.Pick(["level 1 bmc level 2 outlet strip-a outlet strip-b", "level 1 bmc level 2 outlet strip-a outlet strip-b", "level 1 bmc level 2 outlet strip-a", "level 1 outlet strip-a outlet strip-b", "level 1 bmc outlet strip-a"]);

    private static string Options(Dice dice) =>
        $"{(dice.Chance(8) ? " ha off" : "")}{(dice.Chance(5) ? " off" : "")}{(dice.Chance(15) ? Text($" priority {dice.Between(1, 9) * 50}") : "")}{(dice.Chance(10) ? Text($" attempts {dice.Between(1, 2)}") : "")}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
