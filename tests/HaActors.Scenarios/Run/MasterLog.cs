using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace HaActors.Scenarios.Run;

/// <summary>The master's own log, for finding out why a night goes as it goes; never part of what is expected.</summary>
internal static class MasterLog
{
    public static Config Config { get; } = ConfigurationFactory.ParseString("akka.loglevel = INFO");

    public static void Subscribe(ActorSystem system, Action<string> heard)
    {
        var listener = system.ActorOf(Props.Create(() => new Listener(heard)), "log");
        foreach (var level in new[] { typeof(Info), typeof(Warning), typeof(Error) }) system.EventStream.Subscribe(listener, level);
    }

    /// <summary>A supervisor tells of every exception that an actor let through, whatever the log level: in the product that is a bug.</summary>
    public static void SubscribeToCrashes(ActorSystem system, Action<string> heard) =>
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Crashes(heard)), "crashes"), typeof(Error));

    private sealed class Crashes(Action<string> heard) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is Error { Cause: { } cause } e) heard($"{e.LogSource}: {cause.GetType().Name}: {cause.Message}");
        }
    }

    private sealed class Listener(Action<string> heard) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is LogEvent e) heard($"{e.LogLevel()}: {e.Message}{(e.Cause is { } cause ? $" {cause}" : "")}");
        }
    }
}
