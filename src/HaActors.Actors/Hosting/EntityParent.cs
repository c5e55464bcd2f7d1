using Akka.Actor;

namespace HaActors.Actors.Hosting;

/// <summary>Stands in for a shard region where there is no cluster (virtual time, single specs): one child for each id, made at its first message.</summary>
public sealed class EntityParent : UntypedActor
{
    private readonly Func<object, string?> _idOf;
    private readonly Func<string, Props> _props;

    public EntityParent(Func<object, string?> idOf, Func<string, Props> props)
    {
        _idOf = idOf;
        _props = props;
    }

    protected override void OnReceive(object message)
    {
        if (_idOf(message) is not { } id)
        {
            Unhandled(message);
            return;
        }

        var child = Context.Child(id);
        if (child.IsNobody())
        {
            child = Context.ActorOf(_props(id), id);
        }

        child.Forward(message);
    }

    /// <summary>A persistence failure stops an entity, and the next message wakes it from the journal; a bug restarts it, loudly.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(10, TimeSpan.FromMinutes(1), _ => Directive.Restart);
}
