using System.Xml;
using HaActors.Agent.Libvirt;
using HaActors.AgentApi;

namespace HaActors.Agent.Instances;

/// <summary>Reads libvirt's text after a failed start: it has one error number for all of them.</summary>
internal static class StartFailures
{
    private static readonly string[] Locked =
    [
        "Failed to get \"write\" lock",                 // QEMU's own image lock
        "Failed to get shared \"write\" lock",
        "Is another process using the image",
        "Failed to lock byte",
        "Lockspace resource",                           // virtlockd
        "Failed to acquire lock",                       // sanlock
        "is locked by",
    ];

    internal static AgentRefusal Refusal(LibvirtConnection libvirt, Definition wanted, string message)
    {
        if (message.Contains(Hook.HookScript.NotCleared, StringComparison.Ordinal))
            return AgentRefusal.Conflict(AgentCodes.NotCleared, $"{wanted.Name}: the qemu hook refused the start, the host has booted since a master last cleared it: {message}");
        if (Locked.Any(text => message.Contains(text, StringComparison.OrdinalIgnoreCase)))
            return AgentRefusal.Conflict(AgentCodes.ImageLocked, $"{wanted.Name}: a disk is locked by another process: {message}", HolderHere(libvirt, wanted));
        return message.Contains("Cannot allocate memory", StringComparison.Ordinal) || message.Contains("cannot set up guest memory", StringComparison.Ordinal)
            ? AgentRefusal.Conflict(AgentCodes.NoRoom, $"{wanted.Name}: the host has no memory for it: {message}")
            : new AgentRefusal(500, AgentCodes.StartFailed, $"{wanted.Name} did not start: {message}");
    }

    /// <summary>libvirt does not name the holder; on this host it can be found. Null: it is elsewhere, or no instance of libvirt's.</summary>
    private static string? HolderHere(LibvirtConnection libvirt, Definition wanted)
    {
        var sources = wanted.Disks.Select(d => d.Source).ToHashSet(StringComparer.Ordinal);
        foreach (var domain in libvirt.Domains())
        {
            using (domain)
            {
                try
                {
                    if (domain.Uuid() == wanted.Uuid || !domain.IsActive()) continue;
                    if (Definition.Parse(domain.Definition()).Disks.Any(d => sources.Contains(d.Source))) return $"{domain.Name()} ({domain.Uuid()}) on this host";
                }
                catch (Exception failure) when (failure is LibvirtException or XmlException)
                {
                    // a domain that went away meanwhile holds nothing
                }
            }
        }

        return null;
    }
}
