using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaActors.Domain;

/// <summary>A password or token. It never shows itself: not in a log, an exception, a record's text, JSON or the journal.</summary>
[JsonConverter(typeof(NeverWritten))]
public sealed class Secret : IEquatable<Secret>
{
    private readonly string _value;

    public Secret(string value) => _value = value;

    public static Secret None { get; } = new("");

    public bool IsEmpty => _value.Length == 0;

    /// <summary>The clear text, for the one call that needs it; never keep or print it.</summary>
    public string Reveal() => _value;

    public bool Equals(Secret? other) => other is not null && _value == other._value;

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => IsEmpty ? "(none)" : "(secret)";

    private sealed class NeverWritten : JsonConverter<Secret>
    {
        public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new JsonException("A secret is never read from a message or the journal.");

        public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) =>
            throw new JsonException("A secret is never written to a message or the journal.");
    }
}
