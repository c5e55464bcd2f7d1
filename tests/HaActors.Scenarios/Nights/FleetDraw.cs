using System.Collections.Immutable;
using System.Globalization;

namespace HaActors.Scenarios.Nights;

/// <summary>Draws a fleet.</summary>
internal static class FleetDraw
{
    private static readonly string[] Ticks = ["30s", "30s", "30s", "30s", "20s", "10s"];

    public static ImmutableArray<string> Draw(int seed, Dice dice)
    {
        var lines = ImmutableArray.CreateBuilder<string>();
        if (dice.Chance(40)) lines.Add(Text($"location threshold {dice.Between(1, 5)}"));
        var hosts = Enumerable.Range(1, dice.Chance(85) ? dice.Between(2, 6) : dice.Between(7, 12)).Select(n => Text($"hv{n}")).ToList();
        foreach (var host in hosts) lines.Add(Text($"hypervisors {host} memory {dice.Pick(["16GiB", "24GiB", "32GiB", "64GiB"])}{(dice.Chance(5) ? " without bmc" : "")}"));

        var stores = Stores(hosts, dice).ToList();
        lines.AddRange(stores.Select(s => $"datastore {s.Name} on {string.Join(' ', s.On)}{(dice.Chance(75) ? " without locks" : "")}"));
        var instances = Math.Min(20, dice.Between(1, Math.Max(2, hosts.Count * 2)));
        for (var n = 1; n <= instances; n++)
        {
            var on = dice.Pick(hosts);
            var disk = dice.Pick(stores.Where(s => s.On.Contains(on)).ToList()).Name;
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
        return lines.ToImmutable();
    }

    /// <summary>One for all, or two that share the hosts between them, and sometimes local ones.</summary>
    private static IEnumerable<(string Name, List<string> On)> Stores(List<string> hosts, Dice dice)
    {
        yield return ("san", dice.Chance(70) ? hosts : [.. hosts.Where((_, i) => i % 2 == 0)]);
        yield return ("nas", dice.Chance(50) ? hosts : [.. hosts.Where((_, i) => i % 2 == 1 || i < 2)]);
        foreach (var host in hosts.Where(_ => dice.Chance(10))) yield return ($"local-{host}", [host]);
    }

    private static string Options(Dice dice) =>
        $"{(dice.Chance(8) ? " ha off" : "")}{(dice.Chance(5) ? " off" : "")}{(dice.Chance(15) ? Text($" priority {dice.Between(1, 9) * 50}") : "")}{(dice.Chance(10) ? Text($" attempts {dice.Between(1, 2)}") : "")}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
