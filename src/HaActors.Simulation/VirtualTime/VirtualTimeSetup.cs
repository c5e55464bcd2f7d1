using System.Collections.Concurrent;
using System.Globalization;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace HaActors.Simulation.VirtualTime;

/// <summary>Tells what Akka creates by name (dispatchers, journal, read journal) which lane and which database are theirs.</summary>
public sealed class VirtualTimeSetup(VirtualLane lane, SimulatedDatabase database) : Setup
{
    public VirtualLane Lane { get; } = lane;

    public SimulatedDatabase Database { get; } = database;

    /// <summary>Null: every message arrives.</summary>
    public LosesMessage? Loses { get; init; }

    internal static VirtualTimeSetup Of(Settings settings) =>
        settings.Setup.Get<VirtualTimeSetup>() is { HasValue: true, Value: var setup }
            ? setup
            : throw new ConfigurationException($"An actor system on virtual time needs a {nameof(VirtualTimeSetup)} among its setups.");
}

/// <summary>
/// Lanes by the number that stands in their system's HOCON. Only the scheduler needs it: Akka creates it from the bare
/// configuration, before there are settings with setups to ask.
/// </summary>
internal static class LaneRegistry
{
    public const string Key = "haactors.simulation.lane";
    private static readonly ConcurrentDictionary<long, WeakReference<VirtualLane>> Lanes = new();
    private static long _last;

    public static string Register(VirtualLane lane)
    {
        foreach (var (number, reference) in Lanes)
            if (!reference.TryGetTarget(out _))
                Lanes.TryRemove(number, out _);
        var own = Interlocked.Increment(ref _last);
        Lanes[own] = new WeakReference<VirtualLane>(lane);
        return own.ToString(CultureInfo.InvariantCulture);
    }

    public static VirtualLane Find(Config config) =>
        Lanes.TryGetValue(config.GetLong(Key, -1), out var reference) && reference.TryGetTarget(out var lane)
            ? lane
            : throw new ConfigurationException($"'{Key}' names no lane; take the configuration from {nameof(VirtualActorSystem)}.{nameof(VirtualActorSystem.ConfigFor)}.");
}
