using System.Reflection;
using Akka.Dispatch;

namespace HaActors.Simulation.VirtualTime;

/// <summary>One piece of work of one lane. It runs to its end before the next begins.</summary>
internal sealed class VirtualStep(VirtualLane lane, Action work, object? source)
{
    private static readonly PropertyInfo? CellOfMailbox = typeof(Mailbox).GetProperty("Actor", BindingFlags.Instance | BindingFlags.NonPublic);

    public VirtualLane Lane { get; } = lane;

    /// <summary>A cancelled step stays in its queue and is passed over: removing it would cost more.</summary>
    public bool IsCancelled { get; set; }

    public void Run() => work();

    /// <summary>What this step is, for the message of a failed run. Built only then.</summary>
    public override string ToString() => $"{Lane.Name}: {Describe()}";

    private string Describe() => source switch
    {
        Mailbox mailbox => CellOfMailbox?.GetValue(mailbox) is Akka.Actor.IActorContext cell ? cell.Self.Path.ToStringWithoutAddress() : "a mailbox",
        string text => text,
        Delegate callback => NameOf(callback),
        null => NameOf(work),
        _ => source.GetType().Name,
    };

    private static string NameOf(Delegate callback) => $"{callback.Method.DeclaringType?.FullName}.{callback.Method.Name}";
}
