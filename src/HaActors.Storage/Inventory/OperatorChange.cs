using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Notifications;

namespace HaActors.Storage.Inventory;

/// <summary>Who changes the inventory, when, and why if they said so; it becomes a line of the event log.</summary>
public sealed record OperatorChange(string Who, DateTimeOffset At, string? Reason = null);

/// <summary>What an operator decides for one instance.</summary>
/// <param name="MaxRestartAttempts">1 to 20, default 3.</param>
/// <param name="Priority">0 to 1000, default 100, higher is started first.</param>
public sealed record InstanceSettings(bool HaEnabled, int MaxRestartAttempts, int Priority);

/// <summary>An instance with what only the store knows of it.</summary>
/// <param name="MissingSince">Since when its place reports it no more; null while it is reported.</param>
/// <param name="MayRun">Hypervisors on which it may run, as its actor last said.</param>
public sealed record StoredInstance(Instance Instance, DateTimeOffset? MissingSince, IReadOnlyList<HypervisorId> MayRun);

/// <summary>Tells two versions of a record apart in words, secrets by "changed" only.</summary>
internal static class Differences
{
    internal static string Between(Location a, Location b) => Join(
        ("name", a.Name, b.Name), ("haEnabled", a.HaEnabled, b.HaEnabled), ("failureThreshold", a.FailureThreshold, b.FailureThreshold),
        ("evacuationEnabled", a.EvacuationEnabled, b.EvacuationEnabled), ("instancesHaEnabled", a.InstancesHaEnabled, b.InstancesHaEnabled),
        ("observeOnly", a.ObserveOnly, b.ObserveOnly),
        ("powerOnAfterEvacuation", a.PowerOnAfterEvacuation, b.PowerOnAfterEvacuation), ("crashDumpWaitSeconds", a.CrashDumpWait.TotalSeconds, b.CrashDumpWait.TotalSeconds));

    internal static string Between(HypervisorGroup a, HypervisorGroup b) => Join(
        ("name", a.Name, b.Name), ("locationId", a.LocationId, b.LocationId), ("haEnabled", a.HaEnabled, b.HaEnabled),
        ("failureThreshold", a.FailureThreshold, b.FailureThreshold), ("evacuationEnabled", a.EvacuationEnabled, b.EvacuationEnabled), ("observeOnly", a.ObserveOnly, b.ObserveOnly),
        ("powerOnAfterEvacuation", a.PowerOnAfterEvacuation, b.PowerOnAfterEvacuation), ("crashDumpWaitSeconds", a.CrashDumpWait?.TotalSeconds, b.CrashDumpWait?.TotalSeconds));

    internal static string Between(Hypervisor a, Hypervisor b) => Join([
        ("name", a.Name, b.Name), ("locationId", a.LocationId, b.LocationId), ("groupId", a.GroupId, b.GroupId), ("address", a.Address, b.Address),
        ("agent.url", a.Agent.Url, b.Agent.Url), ("agent.token", a.Agent.Token, b.Agent.Token),
        .. DeviceFields(a, b)]);

    /// <summary>The BMC that the contract calls <c>ipmi</c> by its members; every other device as one that came, went or changed.</summary>
    private static IEnumerable<(string Name, object? Old, object? New)> DeviceFields(Hypervisor a, Hypervisor b)
    {
        yield return ("ipmi", a.Ipmi?.Name, b.Ipmi?.Name);
        yield return ("ipmi.username", a.Ipmi?.Username, b.Ipmi?.Username);
        yield return ("ipmi.password", a.Ipmi?.Password, b.Ipmi?.Password);
        yield return ("ipmi.cipherSuite", a.Ipmi?.CipherSuite, b.Ipmi?.CipherSuite);
        var (others, now) = (a.FenceDevices.Where(d => d != a.Ipmi).ToArray(), b.FenceDevices.Where(d => d != b.Ipmi).ToArray());
        foreach (var device in others)
        {
            if (now.FirstOrDefault(d => d.Name == device.Name) is not { } same)
                yield return ($"fence device {device.Name}", $"level {device.Level}", null);
            else if (same.Level != device.Level)
                yield return ($"fence device {device.Name}", $"level {device.Level}", $"level {same.Level}");
            else if (same != device)
                yield return ($"fence device {device.Name}", new Secret("old"), new Secret("new"));
        }

        foreach (var device in now.Where(d => others.All(o => o.Name != d.Name)))
            yield return ($"fence device {device.Name}", null, $"level {device.Level}");
    }

    internal static string Between(InstanceSettings a, InstanceSettings b) => Join(
        ("haEnabled", a.HaEnabled, b.HaEnabled), ("maxRestartAttempts", a.MaxRestartAttempts, b.MaxRestartAttempts), ("priority", a.Priority, b.Priority));

    /// <summary>The URL may hold a token in its path, so only its host is told.</summary>
    internal static string Between(Webhook a, Webhook b) => Join(
        ("url", a.Url == b.Url ? null : Secret.None, a.Url == b.Url ? null : new Secret(b.Url.AbsoluteUri)), ("host", a.Url.Host, b.Url.Host), ("enabled", a.Enabled, b.Enabled),
        ("types", Types(a), Types(b)), ("locations", Locations(a), Locations(b)), ("secret", a.Secret, b.Secret));

    private static string Types(Webhook it) => it.Types is { } types ? string.Join(' ', types) : "the default";

    private static string Locations(Webhook it) => it.Locations.IsEmpty ? "all" : string.Join(' ', it.Locations);

    private static string Join(params IEnumerable<(string Name, object? Old, object? New)> fields) => string.Join(
        ", ",
        from f in fields
        where !Equals(f.Old, f.New)
        select f.Old is Secret || f.New is Secret ? $"{f.Name} changed" : $"{f.Name} {Word(f.Old)} → {Word(f.New)}");

    private static string Word(object? value) => value switch
    {
        null => "none",
        true => "true",
        false => "false",
        _ => value.ToString() ?? "",
    };
}
