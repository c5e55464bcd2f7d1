using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain;
using HaActors.Domain.Gate;
using HaActors.Domain.Inventory;
using HaActors.Domain.Notifications;

namespace HaActors.Scenarios.Language;

/// <summary>Reads the lines of a fleet, one after the other.</summary>
internal sealed partial class FleetReader
{
    /// <summary>Their addresses are 10.77.0.11 and on.</summary>
    private const int MostHypervisors = 240;

    private static readonly string[] HypervisorOptions = ["memory", "without"];

    private readonly HashSet<string> _set = new(StringComparer.Ordinal);

    public FleetPlan Plan { get; private set; } = new();

    /// <summary>What two of its lines say against each other, once all are read; or null.</summary>
    public string? Contradiction => TimeSetting.Contradiction(Plan.Settings);

    /// <returns>What is wrong with the line, or null.</returns>
    public string? Read(string[] line)
    {
        // A name may hold a dot, and what looks like a range and is none would be one host of a strange name.
        if (line.FirstOrDefault(w => w.Contains("..", StringComparison.Ordinal) && Quantities.Named(w).All(n => n == w)) is { } range) return $"'{range}' is no range: one name, numbers of at most four digits that go upwards, as hv1..hv9";
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
                return Webhook(name, types.Length == 0 ? null : [.. types[1..]]);
            case ["lose", "each", "message", "once"]:
                Plan = Plan with { LosesMessages = true };
                return null;
            case ["setting", .. var setting]:
                return Setting(setting);
            case ["witnesses", .. var names]:
                return Witnesses(names);
            default:
                return $"'{string.Join(' ', line)}' is no line of a fleet; these are: hypervisors hv1 hv2, devices hv1 level 1 bmc, datastore san on hv1 hv2, instances vm1 vm2 on hv1, location [NAME of hv1 hv2], group NAME of hv1 hv2, witnesses gw1 gw2:443, webhook NAME [types TYPE …], setting NAME VALUE, lose each message once";
        }
    }

    private string? Webhook(string name, ImmutableArray<string>? types)
    {
        if (!IdRules.IsValid(name)) return $"'{name}' is no id: {IdRules.Says}";
        if (Plan.Webhooks.Any(w => w.Id.Value == name)) return $"the webhook '{name}' is in such a line already";
        if (types?.Select(t => Placeholders.OneOf(t, "type of event for a webhook", Placeholders.EventTypes)).FirstOrDefault(p => p is not null) is { } unknown) return unknown;
        Plan = Plan with { Webhooks = Plan.Webhooks.Add(new Webhook(new WebhookId(name), new Uri($"https://{name}.example/haactors"), true, types, [], new Secret("a secret of the night"))) };
        return null;
    }

    private string? Witnesses(string[] names)
    {
        var witnesses = ImmutableArray.CreateBuilder<Witness>();
        foreach (var name in names)
        {
            if (!Witness.TryParse(name, out var witness)) return $"'{name}' is no witness: a host such as gw1, or host:port such as gw1:443";
            if (witnesses.Contains(witness)) return $"the witness '{name}' is named twice";
            witnesses.Add(witness);
        }

        if (witnesses.Count == 0 || !Plan.Witnesses.IsEmpty) return "say all of them in one line: witnesses gw1 gw2:443";
        Plan = Plan with { Witnesses = witnesses.ToImmutable() };
        return null;
    }

    private string? Setting(string[] setting)
    {
        if (setting.Length > 0 && !_set.Add(setting[0])) return $"'setting {setting[0]}' is said already; say it once";
        switch (setting)
        {
            case ["seed", var n] when int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var seed):
                Plan = Plan with { Seed = seed };
                return null;
            case ["shuffle", var n] when int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var shuffle):
                Plan = Plan with { Shuffle = shuffle };
                return null;
            case ["instances", "in", "numbers"]:
                Plan = Plan with { InstancesInNumbers = true };
                return null;
            case ["storm-percent", var n]:
                return Number(n, 1, 100, percent => Plan = Plan with { StormPercent = percent });
            case ["max-fences", var n]:
                return Number(n, 1, 1000, fences => Plan = Plan with { MaxFences = fences });
            case [var name, var value] when TimeSetting.All.FirstOrDefault(s => s.Name == name) is { } known:
                if (!Quantities.TryTime(value, out var time)) return $"'{value}' is no time {Quantities.TimesSay}";
                if (!known.Takes(time)) return $"{name} is {value}; it must be {known.Range}, as for the master";
                Plan = Plan with { Times = Plan.Times.SetItem(name, time) };
                return null;
            default:
                return $"'setting {string.Join(' ', setting)}' is no setting; these are: seed N, shuffle N, instances in numbers, storm-percent N, max-fences N, and with a time {TimeSetting.Names}";
        }
    }

    private static string? Number(string word, int least, int most, Action<int> take)
    {
        if (Placeholders.Count(word, least, most) is { } problem) return problem;
        take(int.Parse(word, CultureInfo.InvariantCulture));
        return null;
    }

    private string? Datastore(string name, string[] words)
    {
        var plan = words switch
        {
            [.. var on, "without", "locks"] => new DatastorePlan(name, On(on), false),
            [.. var on, "locks", "outlive", var time] when Quantities.TryTime(time, out var outlive) => new DatastorePlan(name, On(on), true, outlive),
            _ => new DatastorePlan(name, On(words), true),
        };
        if (!IdRules.IsValid(name)) return $"'{name}' is no name: {IdRules.Says}";
        if (plan.On.IsEmpty) return "on no hypervisor? say: datastore san on hv1 hv2 [without locks] [locks outlive 10m]";
        if (Plan.Datastores.Any(d => d.Name == name)) return $"the datastore '{name}' is in such a line already";
        if (Twice(plan.On.Select(h => h.Value)) is { } twice) return $"'{twice}' is named twice";
        Plan = Plan with { Datastores = Plan.Datastores.Add(plan) };
        return Unknown(plan.On);

        static ImmutableArray<HypervisorId> On(string[] names) => [.. names.SelectMany(Quantities.Named).Select(h => new HypervisorId(h))];
    }

    private string? Hypervisors(string[] words)
    {
        var (names, options) = (words.TakeWhile(w => !HypervisorOptions.Contains(w)).SelectMany(Quantities.Named).ToList(), words.SkipWhile(w => !HypervisorOptions.Contains(w)).ToArray());
        var plan = new HypervisorPlan(default, 65_536, true);
        for (var i = 0; i < options.Length; i += 2)
        {
            switch (options[i..])
            {
                case ["memory", var size, ..]:
                    if (!Quantities.TrySize(size, out var mib)) return $"'{size}' is no size {Quantities.SizesSay}";
                    plan = plan with { MemoryMiB = mib };
                    break;
                case ["without", "bmc", ..]:
                    plan = plan with { Bmc = false };
                    break;
                default:
                    return $"'{options[i]}' is no option of hypervisors: memory 64GiB, without bmc";
            }
        }

        if (names.Count == 0) return "no hypervisor is named; say: hypervisors hv1 hv2 hv3, or hypervisors hv1..hv9";
        if (names.FirstOrDefault(n => !IdRules.IsValid(n)) is { } bad) return $"'{bad}' is no id: {IdRules.Says}";
        if (Twice(Plan.Hypervisors.Select(h => h.Id.Value).Concat(names)) is { } twice) return $"the hypervisor '{twice}' is named already";
        if (Plan.Hypervisors.Length + names.Count > MostHypervisors) return $"more than {MostHypervisors} hypervisors are more than the simulated network has addresses";
        Plan = Plan with { Hypervisors = Plan.Hypervisors.AddRange(names.Select(n => plan with { Id = new HypervisorId(n) })) };
        return null;
    }

    private string? Devices(string[] words)
    {
        const string Say = "say: devices hv1 hv2 level 1 bmc level 2 outlet strip-a outlet strip-b";
        var first = words.TakeWhile(w => w != "level").Count();
        ImmutableArray<HypervisorId> of = [.. words[..first].SelectMany(Quantities.Named).Select(w => new HypervisorId(w))];
        var devices = ImmutableArray.CreateBuilder<DevicePlan>();
        var level = 0;
        for (var i = first; i < words.Length;)
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
                case ["outlet", var strip, ..] when level > 0 && IdRules.IsValid(strip):
                    devices.Add(new DevicePlan(level, strip));
                    i += 2;
                    break;
                default:
                    return $"'{words[i]}' is not understood; {Say}";
            }
        }

        if (of.IsEmpty || devices.Count == 0) return Say;
        if (Unknown(of) is { } unknown) return unknown;
        if (devices.Count > Hypervisor.MostFenceDevices) return $"{devices.Count} devices are too many; a hypervisor has at most {Hypervisor.MostFenceDevices}";
        if (Twice(devices.Select(d => d.Strip ?? "bmc")) is { } twice) return $"'{twice}' is named twice; a device is in one level";
        var known = Plan.Hypervisors.Where(h => of.Contains(h.Id)).ToList();
        if (known.Find(h => h.Devices is not null) is { } again) return $"the devices of {again.Id} are in such a line already";
        if (devices.Any(d => d.Strip is null) && known.Find(h => !h.Bmc) is { } without) return $"{without.Id} has no BMC ('hypervisors {without.Id} without bmc'); name its outlets only";
        Plan = Plan with { Hypervisors = [.. Plan.Hypervisors.Select(h => of.Contains(h.Id) ? h with { Devices = devices.ToImmutable() } : h)] };
        return null;
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
                case ["memory", var size, ..]:
                    if (!Quantities.TrySize(size, out var mib)) return $"'{size}' is no size {Quantities.SizesSay}";
                    plan = plan with { MemoryMiB = mib };
                    break;
                case ["ha", var on, ..] when on is "on" or "off":
                    plan = plan with { Ha = on == "on" };
                    break;
                case ["priority", var n, ..]:
                    if (Number(n, 0, 1000, priority => plan = plan with { Priority = priority }) is { } noPriority) return noPriority;
                    break;
                case ["attempts", var n, ..]:
                    if (Number(n, 1, 20, attempts => plan = plan with { MaxRestartAttempts = attempts }) is { } noAttempts) return noAttempts;
                    break;
                default:
                    return $"'{string.Join(' ', words[i..].Take(2))}' is no option of instances: disk san, memory 4GiB, ha on/off, off, priority 200, attempts 3";
            }
        }

        if (Unknown([plan.On]) is { } unknown) return unknown;
        if (plan.Datastores.IsEmpty) plan = plan with { Datastores = [Plan.Datastores.FirstOrDefault(d => d.On.Contains(plan.On))?.Name ?? ""] };
        if (plan.Datastores.FirstOrDefault(n => !Plan.Datastores.Any(d => d.Name == n && d.On.Contains(plan.On))) is { } far)
            return far.Length == 0 ? $"{plan.On} reaches no datastore; say above: datastore san on {plan.On}" : $"{plan.On} reaches no datastore '{far}'; name the datastores first";
        var names = words[..at].SelectMany(Quantities.Named).ToList();
        if (names.Find(n => !IdRules.IsValid(n)) is { } bad) return $"'{bad}' is no name: {IdRules.Says}";
        if (Twice(Plan.Instances.Select(i => i.Name).Concat(names)) is { } twice) return $"the instance '{twice}' is named already; a name is one instance";
        Plan = Plan with { Instances = Plan.Instances.AddRange(names.Select(n => plan with { Name = n })) };
        return null;
    }

    private static string? Twice(IEnumerable<string> names) => names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;

    private string? Unknown(ImmutableArray<HypervisorId> ids) =>
        ids.Cast<HypervisorId?>().FirstOrDefault(id => Plan.Hypervisors.All(h => h.Id != id)) is { } unknown ? $"'{unknown}' is no hypervisor of this fleet; name the hypervisors first" : null;
}
