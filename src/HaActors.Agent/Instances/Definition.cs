using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace HaActors.Agent.Instances;

/// <summary>What the agent reads from a domain's XML.</summary>
/// <param name="Uuid">Lower case, or null if the definition has none.</param>
internal sealed record Definition(string? Uuid, string? Name, int Vcpus, long MemoryMiB, IReadOnlyList<DefinedDisk> Disks)
{
    /// <summary>Reads a definition.</summary>
    /// <exception cref="XmlException">No XML, or no domain.</exception>
    internal static Definition Parse(string xml)
    {
        using var reader = XmlReader.Create(new StringReader(xml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        var root = XDocument.Load(reader).Root!;
        if (root.Name.LocalName != "domain") throw new XmlException($"the root is <{root.Name.LocalName}>, not <domain>");
        var disks = root.Element("devices")?.Elements("disk").Select(DefinedDisk.From).OfType<DefinedDisk>().ToList();
        return new Definition(
            ((string?)root.Element("uuid"))?.Trim().ToLowerInvariant(),
            (string?)root.Element("name"),
            int.TryParse((string?)root.Element("vcpu"), NumberStyles.None, CultureInfo.InvariantCulture, out var vcpus) ? vcpus : 1,
            MiB(root.Element("maxMemory") ?? root.Element("memory")),
            disks ?? []);
    }

    private static long MiB(XElement? memory)
    {
        if (memory is null || !ulong.TryParse(memory.Value.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return 0;
        decimal unit = (string?)memory.Attribute("unit") switch
        {
            "b" or "bytes" => 1,
            "KB" => 1000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            "M" or "MiB" => 1L << 20,
            "G" or "GiB" => 1L << 30,
            "T" or "TiB" => 1L << 40,
            _ => 1024,
        };
        return (long)Math.Min(long.MaxValue, Math.Ceiling(value * unit / (1L << 20)));
    }
}

/// <summary>One writable disk of a definition.</summary>
/// <param name="Source">A path on the host, or for network storage <c>protocol:name</c>.</param>
/// <param name="Pool">Of a volume: its pool; <paramref name="Source"/> is then the volume's name.</param>
internal sealed record DefinedDisk(string Target, string Source, string? Pool, bool Shareable)
{
    /// <summary>The disk, or null if it is a cdrom, a floppy, read-only or empty.</summary>
    internal static DefinedDisk? From(XElement disk)
    {
        var source = disk.Element("source");
        if (source is null || disk.Element("readonly") is not null || (string?)disk.Attribute("device") is "cdrom" or "floppy") return null;
        var target = (string?)disk.Element("target")?.Attribute("dev") ?? "?";
        var shareable = disk.Element("shareable") is not null;
        return (string?)disk.Attribute("type") switch
        {
            "block" => Of((string?)source.Attribute("dev")),
            "volume" => (string?)source.Attribute("volume") is { } volume ? new DefinedDisk(target, volume, (string?)source.Attribute("pool"), shareable) : null,
            "network" => Of($"{(string?)source.Attribute("protocol")}:{(string?)source.Attribute("name")}"),
            _ => Of((string?)source.Attribute("file") ?? (string?)source.Attribute("dir")),
        };

        DefinedDisk? Of(string? path) => path is null ? null : new DefinedDisk(target, path, null, shareable);
    }
}

/// <summary>A storage pool that is a directory on this host.</summary>
internal sealed record DirectoryPool(string Name, string Path)
{
    /// <summary>The pool, or null if its XML is of another kind.</summary>
    internal static DirectoryPool? From(string xml)
    {
        var root = XDocument.Parse(xml).Root!;
        return (string?)root.Attribute("type") is "dir" or "fs" or "netfs"
            && (string?)root.Element("name") is { } name && (string?)root.Element("target")?.Element("path") is { } path
            ? new DirectoryPool(name, path) : null;
    }
}
