using Akka.Actor;
using HaActors.Actors;

namespace HaActors.Scenarios.Run;

/// <summary>
/// Loses the first message of each type to each kind of actor, once in a night: those of the table in src/HaActors.Actors/README.md, parents' and children's among them.
/// What an actor tells itself (timers, ends of calls) crosses nothing and arrives; what comes from the edge is the operator's to repeat.
/// </summary>
internal sealed class LostMessages(Func<TimeSpan> now)
{
    private readonly HashSet<(Type Message, string Receiver)> _lost = [];
    private readonly List<string> _log = [];

    /// <summary>What is sent earlier arrives.</summary>
    public TimeSpan From { get; set; }

    /// <summary>What was lost, in order: type and receiver.</summary>
    public IReadOnlyList<string> Log => _log;

    public bool Loses(IActorRef receiver, object message, IActorRef sender)
    {
        var type = message.GetType();
        if (type.Assembly != typeof(HaDoors).Assembly || type.IsNested || message is CallFailed or HandOver || sender.Equals(receiver)) return false;
        if (now() < From || KindOf(receiver.Path) is not { } kind || sender.Path.Elements is [_, "edge", ..] || !_lost.Add((type, kind))) return false;
        _log.Add($"{type.Name} to {receiver.Path.ToStringWithoutAddress()}");
        return true;
    }

    /// <summary>Null: not an actor of the product, or one that only passes on what its child is then told (a region, a back-off supervisor).</summary>
    private static string? KindOf(ActorPath path) => path.Elements switch
    {
        ["user", "hypervisor", _] => "hypervisor",
        ["user", "hypervisor", _, var child] => $"hypervisor/{new string([.. child.TakeWhile(char.IsAsciiLetter)])}",
        ["user", "instance", _] => "instance",
        ["user", "fence-gate" or "placement", var child] => child,
        ["user", "monitor" or "prober" or "event-log"] => path.Name,
        _ => null,
    };
}
