using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>Two states as texts: records with collections in them know no equality by value.</summary>
internal static class StateText
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = new();

    /// <summary>The first property in which they differ, or null.</summary>
    public static string? Difference(object live, object replayed)
    {
        foreach (var property in PropertiesOf(live.GetType()))
        {
            var (one, other) = (Of(property.GetValue(live)), Of(property.GetValue(replayed)));
            if (one != other) return $"{property.Name} is {one}, and replayed {other}";
        }

        return null;
    }

    private static string Of(object? value) => value switch
    {
        null => "nothing",
        string s => s,
        DateTimeOffset t => t.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        bool b => b ? "yes" : "no",
        ITuple t => $"({string.Join(", ", Enumerable.Range(0, t.Length).Select(i => Of(t[i])))})",
        IEnumerable many => Many(many),
        _ when value.GetType() is { IsGenericType: true } pair && pair.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) =>
            $"{Of(pair.GetProperty("Key")!.GetValue(value))}: {Of(pair.GetProperty("Value")!.GetValue(value))}",
        _ when value.GetType().GetProperty("Value") is { } id && value.GetType().IsValueType => Of(id.GetValue(value)),
        _ => $"{value.GetType().Name} {{ {string.Join(", ", PropertiesOf(value.GetType()).Select(p => $"{p.Name} = {Of(p.GetValue(value))}"))} }}",
    };

    /// <summary>An array that was never set is read back as an empty one, and means the same.</summary>
    private static string Many(IEnumerable many)
    {
        var type = many.GetType();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) && (bool)type.GetProperty("IsDefault")!.GetValue(many)!) return "[]";
        return $"[{string.Join(", ", many.Cast<object?>().Select(Of))}]";
    }

    private static PropertyInfo[] PropertiesOf(Type type) => Properties.GetOrAdd(type, t =>
        [.. t.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0 && p.Name != "EqualityContract")]);
}
