using Akka.Actor;

namespace HaActors.Actors.Hosting;

/// <summary>
/// Makes an actor by calling a function. <c>Props.Create(() => new …)</c> compiles an expression tree for each argument each time it is called, which costs more than
/// everything else that waking one of thousands of entities takes.
/// </summary>
internal sealed class Made<TActor>(Func<TActor> make) : IIndirectActorProducer where TActor : ActorBase
{
    public Type ActorType => typeof(TActor);

    public ActorBase Produce() => make();

    public void Release(ActorBase actor)
    {
    }
}

internal static class Made
{
    public static Props By<TActor>(Func<TActor> make) where TActor : ActorBase => Props.CreateBy(new Made<TActor>(make));
}
