namespace HaActors.Api;

/// <summary>The master answered with a problem, or did not answer at all (<see cref="Status"/> 0, code <c>unreachable</c>).</summary>
public sealed class HaActorsException : Exception
{
    internal HaActorsException(ProblemInfo problem) : base(problem.Detail)
    {
        Status = problem.Status;
        Code = problem.Code;
        Title = problem.Title;
    }

    internal HaActorsException(string message, Exception inner) : base(message, inner)
    {
        Code = "unreachable";
        Title = "The master can't be reached";
    }

    /// <summary>HTTP status; 0 when there was no answer.</summary>
    public int Status { get; }

    /// <summary>For programs, e.g. <c>duplicate-bmc</c>.</summary>
    public string Code { get; }

    public string Title { get; }
}
