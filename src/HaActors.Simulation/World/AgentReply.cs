using HaActors.AgentApi;

namespace HaActors.Simulation.World;

/// <summary>What an agent answers: a value, or a status code with its problem.</summary>
internal readonly record struct AgentReply<T>(T? Value, int Status, AgentProblem? Problem) where T : class
{
    public static implicit operator AgentReply<T>(T value) => new(value, 200, null);

    public static implicit operator AgentReply<T>(Refusal refusal) => new(null, refusal.Status, new AgentProblem(refusal.Code, refusal.Message, refusal.Holder, refusal.RefusedUpTo));
}

/// <summary>An agent's "no".</summary>
internal readonly record struct Refusal(int Status, string Code, string Message, string? Holder = null, long? RefusedUpTo = null)
{
    public static Refusal Conflict(string code, string message, string? holder = null) => new(409, code, message, holder);

    public static Refusal NotFound(string message) => new(404, AgentCodes.NotFound, message);

    public static Refusal Invalid(string message) => new(400, AgentCodes.Invalid, message);

    public static Refusal ShuttingDown => new(503, AgentCodes.ShuttingDown, "the host is being shut down or rebooted");

    public static Refusal LibvirtDown => new(503, AgentCodes.LibvirtDown, "libvirt does not answer");
}

/// <summary>Nothing to tell but that it was done; 204 on the wire.</summary>
internal sealed record Nothing
{
    public static Nothing Instance { get; } = new();
}
