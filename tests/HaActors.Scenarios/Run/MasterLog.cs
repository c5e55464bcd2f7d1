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

    private sealed class Listener(Action<string> heard) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is LogEvent e) heard($"{e.LogLevel()}: {e.Message}{(e.Cause is { } cause ? $" {cause}" : "")}");
        }
    }
}
