using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Akka.Actor;
using Akka.Serialization;

namespace HaActors.Actors.Serialization;

/// <summary>JSON with explicit, versioned manifests: rows of the journal read <c>7001 | hv-down.1 | {…}</c> and name no CLR type.</summary>
/// <remarks>
/// Evolution: optional fields may be added to a manifest; a changed meaning is a new manifest (<c>.2</c>) with an upcast here. A manifest is never removed:
/// a journal that holds it must stay readable.
/// </remarks>
public sealed class HaMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Written in each row; never reused. Akka keeps 0 to 100 for itself.</summary>
    public const int Id = 7001;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        TypeInfoResolver = JsonTypeInfoResolver.Combine(HypervisorJson.Default, InstanceJson.Default),
    };

    public override int Identifier => Id;

    public override string Manifest(object o) => Manifests.NameOf(o.GetType());

    public override byte[] ToBinary(object obj) => JsonSerializer.SerializeToUtf8Bytes(obj, Options.GetTypeInfo(obj.GetType()));

    public override object FromBinary(byte[] bytes, string manifest) =>
        JsonSerializer.Deserialize(bytes, Options.GetTypeInfo(Manifests.TypeOf(manifest)))
        ?? throw new SerializationException($"Empty payload for '{manifest}'.");
}
