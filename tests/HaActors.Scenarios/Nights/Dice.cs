using System.Globalization;

namespace HaActors.Scenarios.Nights;

/// <summary>Every choice of one night, drawn from its seed.</summary>
internal sealed class Dice(int seed)
{
    private readonly Random _random = new(seed);

    public bool Chance(int percent) => _random.Next(100) < percent;

    /// <summary>Both ends included.</summary>
    public int Between(int least, int most) => _random.Next(least, most + 1);

    public T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    /// <summary>One of several, by weight.</summary>
    public T Weighed<T>(IReadOnlyList<(int Weight, T Value)> from)
    {
        var left = _random.Next(from.Sum(f => f.Weight));
        foreach (var (weight, value) in from)
        {
            if ((left -= weight) < 0) return value;
        }

        return from[^1].Value;
    }

    /// <summary>A time; mostly near the least one, for troubles come together.</summary>
    public TimeSpan Soon(TimeSpan least, TimeSpan most)
    {
        var share = _random.NextDouble();
        return Whole(least + ((most - least) * share * share));
    }

    public TimeSpan Time(TimeSpan least, TimeSpan most) => Whole(least + ((most - least) * _random.NextDouble()));

    private static TimeSpan Whole(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Round(time.TotalMilliseconds / 100) * 100);

    /// <summary>As a scenario file spells it.</summary>
    public static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");
}
