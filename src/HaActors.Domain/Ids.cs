using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaActors.Domain;

/// <summary>A typed id that is one string on the wire, in the journal and in the log.</summary>
public interface IStringId<TSelf> where TSelf : struct, IStringId<TSelf>
{
    string Value { get; }

    static abstract TSelf Of(string value);
}

/// <summary>Id of a location, chosen by an operator, e.g. <c>dc1</c>.</summary>
[JsonConverter(typeof(StringIdConverter<LocationId>))]
public readonly record struct LocationId(string Value) : IStringId<LocationId>, IComparable<LocationId>
{
    public static LocationId Of(string value) => new(value);

    public int CompareTo(LocationId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>Id of a hypervisor group, chosen by an operator, e.g. <c>rack1</c>.</summary>
[JsonConverter(typeof(StringIdConverter<GroupId>))]
public readonly record struct GroupId(string Value) : IStringId<GroupId>, IComparable<GroupId>
{
    public static GroupId Of(string value) => new(value);

    public int CompareTo(GroupId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>Id of a hypervisor, chosen by an operator, e.g. <c>hv1</c>: also the name of its actor and of its journal.</summary>
[JsonConverter(typeof(StringIdConverter<HypervisorId>))]
public readonly record struct HypervisorId(string Value) : IStringId<HypervisorId>, IComparable<HypervisorId>
{
    public static HypervisorId Of(string value) => new(value);

    public int CompareTo(HypervisorId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>Id of an instance: libvirt's domain UUID in lower case.</summary>
[JsonConverter(typeof(StringIdConverter<InstanceId>))]
public readonly record struct InstanceId(string Value) : IStringId<InstanceId>, IComparable<InstanceId>
{
    public static InstanceId Of(string value) => new(value);

    public int CompareTo(InstanceId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>Id of a datastore: the UUID in its marker file.</summary>
[JsonConverter(typeof(StringIdConverter<DatastoreId>))]
public readonly record struct DatastoreId(string Value) : IStringId<DatastoreId>, IComparable<DatastoreId>
{
    public static DatastoreId Of(string value) => new(value);

    public int CompareTo(DatastoreId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>One failure, from hypervisor_down to its last instance's end: <c>hv1-7</c> is the seventh of <c>hv1</c>.</summary>
[JsonConverter(typeof(StringIdConverter<IncidentId>))]
public readonly record struct IncidentId(string Value) : IStringId<IncidentId>, IComparable<IncidentId>
{
    public IncidentId(HypervisorId hypervisor, int number) : this(string.Create(CultureInfo.InvariantCulture, $"{hypervisor.Value}-{number}"))
    {
    }

    public static IncidentId Of(string value) => new(value);

    public int CompareTo(IncidentId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>The checks that an id typed by an operator must pass.</summary>
public static class IdRules
{
    /// <summary>Letters, digits, dot, dash and underscore, 1 to 63 of them, starting with a letter or a digit: an id is an actor's name and part of a path.</summary>
    public static bool IsValid([NotNullWhen(true)] string? id) =>
        id is { Length: > 0 and <= 63 } && char.IsAsciiLetterOrDigit(id[0]) && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    public const string Says = "1 to 63 letters, digits, '.', '-' or '_', the first one a letter or a digit";
}

/// <summary>Writes a typed id as its string, also as a dictionary's key.</summary>
public sealed class StringIdConverter<T> : JsonConverter<T> where T : struct, IStringId<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.Of(reader.GetString() ?? throw new JsonException($"A {typeof(T).Name} is a string, not null."));

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => T.Of(reader.GetString()!);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, [DisallowNull] T value, JsonSerializerOptions options) => writer.WritePropertyName(value.Value);
}
