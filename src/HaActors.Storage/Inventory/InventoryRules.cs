using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Notifications;

namespace HaActors.Storage.Inventory;

/// <summary>What an operator may enter; everything that needs no database to be told.</summary>
internal static class InventoryRules
{
    private const int NameMax = 100;

    private const int UrlMax = 2000;

    internal static void Check(Location it)
    {
        Id("location", it.Id.Value);
        Name("location", it.Name);
        Threshold(it.FailureThreshold);
        CrashDump(it.CrashDumpWait);
    }

    internal static void Check(HypervisorGroup it)
    {
        Id("group", it.Id.Value);
        Name("group", it.Name);
        if (it.FailureThreshold is { } threshold)
            Threshold(threshold);
        if (it.CrashDumpWait is { } wait)
            CrashDump(wait);
    }

    internal static void Check(Hypervisor it)
    {
        Id("hypervisor", it.Id.Value);
        Name("hypervisor", it.Name);
        if (it.Address.StartsWith('-') || Uri.CheckHostName(it.Address) is UriHostNameType.Unknown or UriHostNameType.Basic)
            throw new InventoryException(InventoryCodes.InvalidAddress, $"The address '{Shown(it.Address)}' of {it.Id} is no host name or IP address; enter what 'ping' takes, without a port.");
        var url = it.Agent.Url;
        if (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
            throw new InventoryException(InventoryCodes.InvalidAgent, $"The agent URL of {it.Id} must be absolute and http or https, e.g. http://10.0.0.11:8081.");
        if (url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
            throw new InventoryException(InventoryCodes.InvalidAgent, $"The agent URL of {it.Id} must hold no user, query or fragment; the token has a field of its own.");
        if (it.Agent.Token.Reveal() is { } token && (token.Length > 4096 || token.Any(c => c is < '!' or > '~')))
            throw new InventoryException(InventoryCodes.InvalidAgent, $"The agent token of {it.Id} must be at most 4096 visible ASCII characters without spaces: it travels in a header.");
        Devices(it);
    }

    internal static void Check(InstanceId id, InstanceSettings it)
    {
        if (it.MaxRestartAttempts is < 1 or > 20)
            throw new InventoryException(InventoryCodes.InvalidInstance, $"maxRestartAttempts of {id} is {it.MaxRestartAttempts}; it must be 1 to 20.");
        if (it.Priority is < 0 or > 1000)
            throw new InventoryException(InventoryCodes.InvalidInstance, $"priority of {id} is {it.Priority}; it must be 0 to 1000, higher is started first.");
    }

    /// <param name="secretStays">It has one that this change does not name.</param>
    internal static void Check(Webhook it, bool secretStays = false)
    {
        Id("webhook", it.Id.Value);
        if (!it.Url.IsAbsoluteUri || it.Url.Scheme is not ("http" or "https") || it.Url.Host.Length == 0 || it.Url.AbsoluteUri.Length > UrlMax)
            throw new InventoryException(InventoryCodes.InvalidWebhook, $"The URL of webhook {it.Id} must be absolute, http or https, and at most {UrlMax} characters, e.g. https://pager.example/haactors.");
        if (it.Url.UserInfo.Length > 0 || it.Url.Fragment.Length > 0)
            throw new InventoryException(InventoryCodes.InvalidWebhook, $"The URL of webhook {it.Id} must hold no user and no fragment; calls are signed with its secret.");
        if (it.Types is { IsEmpty: true })
            throw new InventoryException(InventoryCodes.InvalidWebhook, $"types of webhook {it.Id} is empty, so it would never be called; leave it out for the default, or send [\"*\"] for everything.");
        if (!secretStays && it.Secret.Reveal() is var secret && (secret.Length is < 16 or > 256 || secret.Any(char.IsControl)))
            throw new InventoryException(InventoryCodes.InvalidWebhook, $"The secret of webhook {it.Id} must be 16 to 256 characters: it signs each call, so that the receiver knows who calls.");
    }

    private static void Devices(Hypervisor it)
    {
        if (it.FenceDevices.Length > Hypervisor.MostFenceDevices)
            throw new InventoryException(InventoryCodes.InvalidFenceDevice, $"{it.Id} has {it.FenceDevices.Length} fence devices; at most {Hypervisor.MostFenceDevices} are possible.");
        foreach (var device in it.FenceDevices)
        {
            if (device.Problem is { } problem)
            {
                throw device is IpmiDevice
                    ? new InventoryException(InventoryCodes.InvalidIpmi, $"The IPMI device of {it.Id}: {problem}")
                    : new InventoryException(InventoryCodes.InvalidFenceDevice, $"The fence device {Shown(device.Name)} of {it.Id}: {problem}");
            }
        }

        // By its name a device is known in the log and in what is remembered of it.
        if (it.FenceDevices.GroupBy(d => d.Name, StringComparer.Ordinal).Concat(it.FenceDevices.GroupBy(d => d.Key, StringComparer.Ordinal)).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InventoryException(InventoryCodes.InvalidFenceDevice, $"{it.Id} names the fence device {Shown(twice.First().Name)} twice; a device is in one level. Two agents that differ in their plug only need the options 'ip' and 'plug'.");
    }

    private static void Id(string what, string? id)
    {
        if (!IdRules.IsValid(id))
            throw new InventoryException(InventoryCodes.InvalidId, $"The {what} id '{Shown(id)}' is not allowed; an id is {IdRules.Says}.");
    }

    private static void Name(string what, string? name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > NameMax || name.Any(char.IsControl))
            throw new InventoryException(InventoryCodes.InvalidName, $"The {what} name '{Shown(name)}' is not allowed; a name is 1 to {NameMax} characters on one line.");
    }

    private static void Threshold(int threshold)
    {
        if (threshold is < HaPolicy.MinThreshold or > HaPolicy.MaxThreshold)
            throw new InventoryException(InventoryCodes.InvalidThreshold, $"failureThreshold is {threshold}; it must be {HaPolicy.MinThreshold} to {HaPolicy.MaxThreshold} misses in a row (3 is usual).");
    }

    private static void CrashDump(TimeSpan wait)
    {
        if (wait < TimeSpan.Zero || wait > HaPolicy.MaxCrashDumpWait)
            throw new InventoryException(InventoryCodes.InvalidCrashDumpWait, $"crashDumpWaitSeconds is {wait.TotalSeconds:F0}; it must be 0 (default) to {HaPolicy.MaxCrashDumpWait.TotalSeconds:F0}.");
    }

    private static string Shown(string? text) => text is null ? "" : new([.. text.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);
}
