using System.Collections.Immutable;
using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using HaActors.Domain;

namespace HaActors.Simulation.World;

/// <summary>One disk in a definition.</summary>
/// <param name="Source">Path on the host; the same path reaches the same image wherever the same datastore is mounted.</param>
/// <param name="Shareable">libvirt's <c>&lt;shareable/&gt;</c>: no image lock protects it.</param>
public sealed record DefinedDisk(string Target, string Source, bool Shareable = false);

/// <summary>What the simulated libvirt reads from a domain's XML, and writes.</summary>
public sealed record InstanceDefinition(InstanceId Id, string Name, int Vcpus, long MemoryMiB, ImmutableArray<DefinedDisk> Disks)
{
    public string ToXml() => new XElement("domain",
        new XAttribute("type", "kvm"),
        new XElement("uuid", Id.Value),
        new XElement("name", Name),
        new XElement("memory", new XAttribute("unit", "MiB"), MemoryMiB),
        new XElement("vcpu", Vcpus),
        new XElement("devices", Disks.Select(d => new XElement("disk",
            new XAttribute("type", "file"), new XAttribute("device", "disk"),
            new XElement("source", new XAttribute("file", d.Source)),
            new XElement("target", new XAttribute("dev", d.Target), new XAttribute("bus", "virtio")),
            d.Shareable ? new XElement("shareable") : null)))).ToString(SaveOptions.DisableFormatting);

    /// <summary>Null if it is no definition that this libvirt takes.</summary>
    public static InstanceDefinition? TryParse(string? xml)
    {
        try
        {
            var root = XElement.Parse(xml ?? "");
            var uuid = root.Element("uuid")?.Value.Trim().ToLowerInvariant();
            var name = root.Element("name")?.Value;
            if (root.Name.LocalName != "domain" || string.IsNullOrEmpty(uuid) || string.IsNullOrEmpty(name)) return null;
            return new InstanceDefinition(
                new InstanceId(uuid), name,
                int.TryParse(root.Element("vcpu")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var vcpus) ? vcpus : 1,
                long.TryParse(root.Element("memory")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var memory) ? memory : 0,
                [.. (root.Element("devices")?.Elements("disk") ?? []).Select(d => new DefinedDisk(
                    d.Element("target")?.Attribute("dev")?.Value ?? "vda", d.Element("source")?.Attribute("file")?.Value ?? "", d.Element("shareable") is not null))]);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
