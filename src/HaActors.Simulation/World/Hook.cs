namespace HaActors.Simulation.World;

/// <summary>libvirt's <c>qemu</c> hook: works from the agent's files alone, so it also refuses while the agent is dead.</summary>
internal static class Hook
{
    /// <summary>Why it refuses a start, or null.</summary>
    public static string? Refuses(Host host, InstanceDefinition instance)
    {
        if (!host.HookInstalled || !host.Files.Records.TryGetValue(instance.Id, out var record) || !(record.Guard || record.Managed)) return null;
        if (record.Permit > 0 && record.Permit == record.Floor && record.PermitBoot == host.BootId) return null;
        if (record.Away) return $"moved away: {instance.Name} lives on another hypervisor, or was cancelled here";
        if (record.Floor > record.Started) return $"moved away: epoch {record.Floor} of {instance.Name} is known, and only epoch {record.Started} was started here";
        return host.Files.ClearedBoot == host.BootId ? null : "not cleared: this host has booted since a master last cleared it";
    }
}
