using HaActors.AgentApi;

namespace HaActors.Agent.Instances;

/// <summary>What libvirt had at one moment.</summary>
/// <param name="Version">Changes with any change of an instance or of what is remembered of it.</param>
internal sealed record Sighting(string HypervisorUuid, string BootId, string Version, IReadOnlyList<SeenInstance> Instances);

/// <param name="Autostart">libvirt's own mark.</param>
/// <param name="Transient">libvirt forgets it when it ends.</param>
internal sealed record SeenInstance(
    string Uuid, string Name, InstanceState State, string? Reason, bool Autostart, string Xml, Definition Definition, bool Transient = false);
