namespace HaActors.Simulation.VirtualTime;

/// <summary>The run broke a rule of virtual time, so its result means nothing: the message names the rule, the lane and what ran.</summary>
public sealed class VirtualTimeException : Exception
{
    public VirtualTimeException()
    {
    }

    public VirtualTimeException(string message) : base(message)
    {
    }

    public VirtualTimeException(string message, Exception inner) : base(message, inner)
    {
    }
}
