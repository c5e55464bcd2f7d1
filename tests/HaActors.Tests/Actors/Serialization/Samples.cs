using System.Collections;
using System.Reflection;

namespace HaActors.Tests.Actors.Serialization;

/// <summary>Builds one full value of any passive message: every member filled, the same at each run.</summary>
internal static class Samples
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    public static object Of(Type type, string name = "text")
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            return name;
        }

        if (type.IsEnum)
        {
            return Enum.GetValues(type).Cast<object>().Last();
        }

        if (type == typeof(bool))
        {
            return true;
        }

        if (type == typeof(int) || type == typeof(long))
        {
            return Convert.ChangeType(7, type);
        }

        if (type == typeof(DateTimeOffset))
        {
            return At;
        }

        if (type == typeof(TimeSpan))
        {
            return TimeSpan.FromSeconds(30);
        }

        if (type.IsGenericType && type.Name.StartsWith("ImmutableArray", StringComparison.Ordinal))
        {
            var element = type.GetGenericArguments()[0];
            var array = Array.CreateInstance(element, 1);
            array.SetValue(Of(element), 0);
            return typeof(System.Collections.Immutable.ImmutableArray).GetMethods()
                .Single(m => m.Name == "Create" && m.GetParameters() is [{ ParameterType.IsArray: true }])
                .MakeGenericMethod(element).Invoke(null, [array])!;
        }

        if (typeof(IEnumerable).IsAssignableFrom(type))
        {
            throw new NotSupportedException($"No sample for {type}; messages hold immutable arrays.");
        }

        var constructor = type.GetConstructors(BindingFlags.Public | BindingFlags.Instance)
            .Where(c => c.GetParameters() is not [{ } only] || only.ParameterType != type)
            .OrderByDescending(c => c.GetParameters() is [{ ParameterType.Name: "String", Name: "Value" }] ? 99 : c.GetParameters().Length)
            .First();
        return constructor.Invoke([.. constructor.GetParameters().Select(p => Of(p.ParameterType, p.Name!.ToLowerInvariant()))]);
    }
}
