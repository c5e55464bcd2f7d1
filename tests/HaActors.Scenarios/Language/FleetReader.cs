using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Notifications;

namespace HaActors.Scenarios.Language;

/// <summary>Reads the lines of a fleet, one after the other.</summary>
internal sealed partial class FleetReader
{
    private static readonly string[] TimeSettings = ["tick", "probe-timeout", "quiet-period", "cold-start-grace", "degraded-grace", "fence-deadline", "storm-cooldown", "fence-window", "webhook-max-age", "confirm-interval", "min-silence", "check-interval"];

    public FleetPlan Plan { get; private set; } = new();

    /// <returns>What is wrong with the line, or null.</returns>
    public string? Read(string[] line)
    {
        switch (line)
        {
            case ["hypervisors", .. var rest]:
                return Hypervisors(rest);
            case ["datastore", var name, "on", .. var rest]:
                return Datastore(name, rest);
            case ["devices", .. var rest]:
                return Devices(rest);
            case ["instances", .. var rest]:
                return Instances(rest);
            case ["location", var name, "of", .. var rest]:
                return Place(name, rest, Plan.Locations, places => Plan = Plan with { Locations = places });
            case ["group", var name, "of", .. var rest]:
                return Place(name, rest, Plan.Groups, places => Plan = Plan with { Groups = places })
                    ?? (Plan.Groups[^1].Of.Select(Plan.LocationOf).Distinct().Count() > 1 ? "a group lies in one location; name the locations first" : null);
            case ["location", .. var rest]:
                return Policy(rest, Plan.Policy, policy => Plan = Plan with { Policy = policy });
            case ["webhook", var name, .. var types] when types is [] or ["types", _, ..]:
                Plan = Plan with
                {
                    Webhooks = Plan.Webhooks.Add(new Webhook(
                        new WebhookId(name), new Uri($"https://{name}.example/haactors"), true, types.Length == 0 ? null : [.. types[1..]], [], new Secret("a secret of the night"))),
                };
                return null;
            case ["lose", "each", "message", "once"]:
                Plan = Plan with { LosesMessages = true };
                return null;
            case ["setting", "seed", var n] when int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var seed):
                Plan = Plan with { Seed = seed };
                return null;
            case ["setting", "instances", "in", "numbers"]:
                Plan = Plan with { InstancesInNumbers = true };
                return null;
            case ["setting", "shuffle", var n] when int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var shuffle):
                Plan = Plan with { Shuffle = shuffle };
                return null;
            case ["setting", "storm-percent", var n] when int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent is >= 1 and <= 100:
                Plan = Plan with { StormPercent = percent };
                return null;
            case ["setting", "max-fences", var n] when int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var fences) && fences >= 1:
                Plan = Plan with { MaxFences = fences };
                return null;
            case ["witnesses", _, ..] when line[1..].All(w => Witness.TryParse(w, out _)):
                Plan = Plan with { Witnesses = [.. line[1..].Select(w => Witness.TryParse(w, out var witness) ? witness : throw new FormatException(w))] };
                return null;
            case ["setting", var name, var value] when TimeSettings.Contains(name) && Quantities.TryTime(value, out var time):
                Plan = Plan with { Times = Plan.Times.SetItem(name, time) };
                return null;
            default:
                return $"'{string.Join(' ', line)}' is no line of a fleet: hypervisors, devices, datastore, instances, location [NAME of hv1 …], group NAME of hv1 …, witnesses (host or host:port), webhook NAME [types …], setting (seed, shuffle, storm-percent, max-fences, {string.Join(", ", TimeSettings)})";
        }
    }

    private string? Datastore(string name, string[] words)
    {
        var plan = words switch
        {
            [.. var on, "without", "locks"] => new DatastorePlan(name, On(on), false),
            [.. var on, "locks", "outlive", var time] when Quantities.TryTime(time, out var outlive) => new DatastorePlan(name, On(on), true, outlive),
            _ => new DatastorePlan(name, On(words), true),
        };
        Plan = Plan with { Datastores = Plan.Datastores.Add(plan) };
        return Unknown(plan.On);

        static ImmutableArray<HypervisorId> On(string[] names) => [.. names.SelectMany(Quantities.Named).Select(h => new HypervisorId(h))];
    }

    private string? Hypervisors(string[] words)
    {
        var (names, options) = (words.TakeWhile(w => w is not ("memory" or "without")).SelectMany(Quantities.Named).ToList(), words.SkipWhile(w => w is not ("memory" or "without")).ToArray());
        var plan = new HypervisorPlan(default, 65_536, true);
        for (var i = 0; i < options.Length; i += 2)
        {
            switch (options[i..])
            {
                case ["memory", var size, ..] when Quantities.TrySize(size, out var mib):
                    plan = plan with { MemoryMiB = mib };
                    break;
                case ["without", "bmc", ..]:
                    plan = plan with { Bmc = false };
                    break;
                default:
                    return $"'{options[i]}' is no option of hypervisors: memory 64GiB, without bmc";
            }
        }

        Plan = Plan with { Hypervisors = Plan.Hypervisors.AddRange(names.Select(n => plan with { Id = new HypervisorId(n) })) };
        return names.Count == 0 ? "no hypervisor is named" : names.FirstOrDefault(n => !IdRules.IsValid(n)) is { } bad ? $"'{bad}' is no id: {IdRules.Says}" : null;
    }

    private string? Devices(string[] words)
    {
        ImmutableArray<HypervisorId> of = [.. words.TakeWhile(w => w != "level").Select(w => new HypervisorId(w))];
        var devices = ImmutableArray.CreateBuilder<DevicePlan>();
        var level = 0;
        for (var i = of.Length; i < words.Length;)
        {
            switch (words[i..])
            {
                case ["level", [>= '1' and <= '9'] n, ..]:
                    level = n[0] - '0';
                    i += 2;
                    break;
                case ["bmc", ..] when level > 0:
                    devices.Add(new DevicePlan(level, null));
                    i++;
                    break;
                case ["outlet", var strip, ..] when level > 0:
                    devices.Add(new DevicePlan(level, strip));
                    i += 2;
                    break;
                default:
                    return "say: devices hv1 hv2 level 1 bmc level 2 outlet pdu-a outlet pdu-b";
            }
        }

        Plan = Plan with { Hypervisors = [.. Plan.Hypervisors.Select(h => of.Contains(h.Id) ? h with { Devices = devices.ToImmutable() } : h)] };
        return of.IsEmpty || devices.Count == 0 ? "say: devices hv1 hv2 level 1 bmc level 2 outlet pdu-a outlet pdu-b" : Unknown(of);
    }

    private string? Instances(string[] words)
    {
        var at = Array.IndexOf(words, "on");
        if (at < 1 || at + 1 >= words.Length) return "say: instances vm1 vm2 on hv1 [disk san] [memory 4GiB] [ha off] [off] [priority 200] [attempts 3]";
        var plan = new InstancePlan("", new HypervisorId(words[at + 1]), [], 4096, true, true, 100, 3);
        for (var i = at + 2; i < words.Length; i += words[i] == "off" ? 1 : 2)
        {
            switch (words[i..])
            {
                case ["off", ..]:
                    plan = plan with { Running = false };
                    break;
                case ["disk", var name, ..]:
                    plan = plan with { Datastores = plan.Datastores.Add(name) };
                    break;
                case ["memory", var size, ..] when Quantities.TrySize(size, out var mib):
                    plan = plan with { MemoryMiB = mib };
                    break;
                case ["ha", var on, ..] when on is "on" or "off":
                    plan = plan with { Ha = on == "on" };
                    break;
                case ["priority", var n, ..] when int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var priority):
                    plan = plan with { Priority = priority };
                    break;
                case ["attempts", var n, ..] when int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var attempts):
                    plan = plan with { MaxRestartAttempts = attempts };
                    break;
                default:
                    return $"'{words[i]}' is no option of instances: disk, memory, ha on/off, off, priority, attempts";
            }
        }

        if (plan.Datastores.IsEmpty) plan = plan with { Datastores = [Plan.Datastores.FirstOrDefault(d => d.On.Contains(plan.On))?.Name ?? ""] };
        Plan = Plan with { Instances = Plan.Instances.AddRange(words[..at].SelectMany(Quantities.Named).Select(n => plan with { Name = n })) };
        return Unknown([plan.On])
            ?? (plan.Datastores.FirstOrDefault(n => !Plan.Datastores.Any(d => d.Name == n && d.On.Contains(plan.On))) is { } far ? $"{plan.On} reaches no datastore '{far}'; name the datastores first" : null);
    }

    private string? Unknown(ImmutableArray<HypervisorId> ids) =>
        ids.Cast<HypervisorId?>().FirstOrDefault(id => Plan.Hypervisors.All(h => h.Id != id)) is { } unknown ? $"'{unknown}' is no hypervisor of this fleet; name the hypervisors first" : null;
}
