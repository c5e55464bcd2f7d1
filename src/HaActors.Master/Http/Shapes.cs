using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using HaActors.Api;

namespace HaActors.Master.Http;

/// <summary>Compares a body with the record that it is for, member by member, before anything is made of it.</summary>
internal static class Shapes
{
    /// <param name="readOnly">Names of the answer that may not be sent.</param>
    /// <param name="patch">Null is allowed for what has a default only in a full body, never in a patch: it would silently reset a policy.</param>
    internal static void Check(JsonObject body, Type type, IReadOnlySet<string>? readOnly, bool patch, string path = "")
    {
        var known = ApiJson.Options.GetTypeInfo(type).Properties;
        foreach (var (name, value) in body)
        {
            var full = path + Shown.Short(name);
            var property = known.FirstOrDefault(p => p.Name == name) ?? throw Unknown(full, name, known, path, readOnly);
            Kind(full, value, property, patch);
            if (value is JsonObject inner && !IsTexts(property.PropertyType))
                Check(inner, property.PropertyType, null, patch, full + ".");
            if (value is JsonArray list && ItemOf(property.PropertyType) is { } item)
                Items(list, item, patch, full);
        }
    }

    /// <summary>Names that an answer of type <typeparamref name="TInfo"/> has and a body of type <typeparamref name="TBody"/> has not.</summary>
    internal static IReadOnlySet<string> ReadOnly<TInfo, TBody>() =>
        ApiJson.Options.GetTypeInfo(typeof(TInfo)).Properties.Select(p => p.Name)
            .Except(ApiJson.Options.GetTypeInfo(typeof(TBody)).Properties.Select(p => p.Name)).ToHashSet(StringComparer.Ordinal);

    private static Refusal Unknown(string full, string name, IEnumerable<JsonPropertyInfo> known, string path, IReadOnlySet<string>? readOnly)
    {
        if (readOnly?.Contains(name) == true)
            return Refusal.Bad("read-only-member", $"'{full}' is told, not set; leave it out.");
        var names = string.Join(", ", known.Select(p => path + p.Name));
        return Refusal.Bad("unknown-member", $"'{full}' is no member of this body; there are {names}.");
    }

    private static void Kind(string full, JsonNode? value, JsonPropertyInfo property, bool patch)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (value is null)
        {
            if (type != property.PropertyType || !type.IsValueType)
                return;
            throw Wrong(full, type, patch ? "null (a policy isn't reset by leaving it empty)" : "null");
        }

        var fits = value.GetValueKind() switch
        {
            JsonValueKind.String => type == typeof(string),
            JsonValueKind.True or JsonValueKind.False => type == typeof(bool),
            JsonValueKind.Number => type == typeof(int) && value.AsValue().TryGetValue<int>(out _),
            JsonValueKind.Object when IsTexts(type) => value.AsObject().All(m => m.Value?.GetValueKind() == JsonValueKind.String),
            JsonValueKind.Object => !IsSimple(type) && ItemOf(type) is null,
            JsonValueKind.Array => IsList(type) ? value.AsArray().All(v => v?.GetValueKind() == JsonValueKind.String) : ItemOf(type) is not null,
            _ => false,
        };
        if (!fits)
            throw Wrong(full, type, value.GetValueKind() is JsonValueKind.Number ? Shown.Short(value.ToJsonString()) : value.GetValueKind().ToString().ToLowerInvariant());
    }

    /// <summary>Objects in a list, each by its place.</summary>
    private static void Items(JsonArray list, Type item, bool patch, string full)
    {
        for (var i = 0; i < list.Count; i++)
        {
            var at = $"{full}[{i}]";
            if (list[i] is not JsonObject inner)
                throw Wrong(at, item, list[i] is null ? "null" : list[i]!.GetValueKind().ToString().ToLowerInvariant());
            Check(inner, item, null, patch, at + ".");
        }
    }

    /// <summary>What a list of objects is of; null: it is none.</summary>
    private static Type? ItemOf(Type type) =>
        !IsList(type) && type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    /// <summary>Texts by name, whose names are the operator's.</summary>
    private static bool IsTexts(Type type) => type == typeof(IReadOnlyDictionary<string, string>);

    private static bool IsList(Type type) => type == typeof(IReadOnlyList<string>);

    private static bool IsSimple(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var t && (t.IsPrimitive || t == typeof(string) || IsList(t));

    private static Refusal Wrong(string full, Type type, string given) =>
        Refusal.Bad("wrong-type", $"'{full}' is {given}; it must be {(type == typeof(string) ? "a string" : type == typeof(bool) ? "true or false" : type == typeof(int) ? "a whole number" : IsList(type) ? "a list of strings" : IsTexts(type) ? "an object of strings" : ItemOf(type) is not null ? "a list of objects" : "an object")}.");
}
