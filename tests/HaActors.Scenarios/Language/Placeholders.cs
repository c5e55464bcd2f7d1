using System.Globalization;
using HaActors.Actors.Serialization;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Inventory;
using HaActors.Domain.Notifications;

namespace HaActors.Scenarios.Language;

/// <summary>What may stand where a phrase has <c>{hv}</c>, <c>{time}</c> and so on. A name that nobody has would make the phrase do nothing, and its night prove nothing.</summary>
internal static class Placeholders
{
    /// <returns>What is wrong with the word and what is allowed, or null.</returns>
    public static string? Problem(string kind, string word, FleetPlan fleet) => kind switch
    {
        "{hv}" => OneOf(word, "hypervisor of this fleet", Hypervisors(fleet)),
        "{bmc}" => OneOf(word, "hypervisor of this fleet with a BMC", fleet.Hypervisors.Where(h => h.Bmc).Select(h => h.Id.Value)),
        "{ipmi}" => OneOf(word, "hypervisor of this fleet whose BMC is one of its devices", fleet.Hypervisors.Where(HasIpmi).Select(h => h.Id.Value)),
        "{vm}" => OneOf(word, "instance of this fleet", fleet.Instances.Select(i => i.Name)),
        "{ds}" => OneOf(word, "datastore of this fleet", fleet.Datastores.Select(d => d.Name)),
        "{wh}" => OneOf(word, "webhook of this fleet", fleet.Webhooks.Select(w => w.Id.Value)),
        "{strip}" => OneOf(word, "power strip of this fleet; a line 'devices hv1 level 1 outlet strip-a' has them", fleet.Hypervisors.SelectMany(Strips)),
        "{witness}" => OneOf(word, "witness of this fleet; a line 'witnesses gw1 gw2:443' has them", fleet.Witnesses.Select(w => w.Name)),
        "{location}" => OneOf(word, "location of this fleet", fleet.Locations.Select(l => l.Id).Prepend(FleetPlan.Dc1.Value)),
        "{incident}" => word.LastIndexOf('-') is var dash and > 0 && Count(word[(dash + 1)..], 1, 10_000) is null && Hypervisors(fleet).Contains(word[..dash])
            ? null : $"'{word}' is no incident of this fleet; the first of hv1 is hv1-1",
        "{event}" => OneOf(word, "event that is stored", StoredEvents),
        "{type}" => OneOf(word, "type of event for a webhook", EventTypes),
        "{on}" => OneOf(word, "switch", ["on", "off"]),
        "{time}" => Quantities.TryTime(word, out _) ? null : $"'{word}' is no time {Quantities.TimesSay}",
        "{size}" => Quantities.TrySize(word, out _) ? null : $"'{word}' is no size {Quantities.SizesSay}",
        "{threshold}" => Count(word, HaPolicy.MinThreshold, HaPolicy.MaxThreshold),
        "{attempts}" => Count(word, 1, 20),
        "{times}" => Count(word, 1, 1000),
        "{status}" => Count(word, 200, 599),
        "{who}" or "{version}" or "{address}" or "{text}" => word.Trim().Length > 0 ? null : $"the word for {kind} is empty",
        _ => throw new ArgumentException($"There is no kind '{kind}'.", nameof(kind)),
    };

    internal static bool HasIpmi(HypervisorPlan host) => host.Bmc && (host.Devices is not { } devices || devices.Any(d => d.Strip is null));

    internal static string? Count(string word, int least, int most) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= least && n <= most ? null : $"'{word}' is no number from {least} to {most}";

    internal static string? OneOf(string word, string what, IEnumerable<string> allowed)
    {
        var all = allowed.Distinct().ToList();
        return all.Contains(word) ? null : $"'{word}' is no {what}{(all.Count == 0 ? ": there is none" : $"; there {(all.Count == 1 ? "is" : "are")}: {string.Join(", ", all.Take(Shown))}{(all.Count > Shown ? ", …" : "")}")}";
    }

    private const int Shown = 60;

    private static IEnumerable<string> Hypervisors(FleetPlan fleet) => fleet.Hypervisors.Select(h => h.Id.Value);

    private static IEnumerable<string> Strips(HypervisorPlan host) => host.Devices is { } devices ? devices.Select(d => d.Strip).OfType<string>() : [];

    private static IEnumerable<string> StoredEvents => Manifests.All.Where(m => m.Type.IsAssignableTo(typeof(IDomainEvent))).Select(m => m.Name);

    internal static IEnumerable<string> EventTypes =>
        typeof(LogTypes).GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!).Concat(WebhookTypes.Waits).Prepend(WebhookTypes.All);
}
