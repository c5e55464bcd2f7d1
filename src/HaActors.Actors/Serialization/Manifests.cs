using System.Collections.Frozen;
using System.Runtime.Serialization;

namespace HaActors.Actors.Serialization;

/// <summary>Every message and event that may leave a process, by its name on the wire. A name is for ever.</summary>
public static class Manifests
{
    private static readonly FrozenDictionary<string, Type> Types =
        HypervisorManifests.All.Concat(InstanceManifests.All).ToFrozenDictionary(m => m.Name, m => m.Type);

    private static readonly FrozenDictionary<Type, string> Names = Types.ToFrozenDictionary(m => m.Value, m => m.Key);

    /// <summary>All of them, by name.</summary>
    public static IEnumerable<(string Name, Type Type)> All => Types.Select(t => (t.Key, t.Value)).OrderBy(t => t.Key, StringComparer.Ordinal);

    public static string NameOf(Type type) => Names.TryGetValue(type, out var name)
        ? name
        : throw new SerializationException($"{type.Name} has no manifest; name it in {nameof(HypervisorManifests)} or {nameof(InstanceManifests)}.");

    public static Type TypeOf(string name) => Types.TryGetValue(name, out var type)
        ? type
        : throw new SerializationException($"Manifest '{name}' is not known to this version; was it written by a newer one?");
}
