namespace HaActors.Domain.Fencing;

/// <summary>What one call to a power switch came to. Never an exit code: each is read back or recognised by its text.</summary>
public enum PowerOutcome
{
    /// <summary>A status reading says on.</summary>
    On,
    /// <summary>A status reading says off.</summary>
    Off,
    /// <summary>A command was taken; it proves nothing until a reading says so.</summary>
    Accepted,
    /// <summary>The device does not answer.</summary>
    Unreachable,
    /// <summary>It answers and refuses the user, password or privilege.</summary>
    AuthenticationFailed,
    /// <summary>It answers and refuses the command.</summary>
    Refused,
    /// <summary>It took the command and goes on reading on until the deadline.</summary>
    StillOn,
    /// <summary>No end within the deadline of the call; the command may have been carried out.</summary>
    TimedOut,
    /// <summary>The tool isn't installed or can't be started on this master.</summary>
    ToolMissing,
}

/// <summary>One answer of a power switch.</summary>
/// <param name="Begun">Monotonic time at which the call was begun: a reading is as old as its question.</param>
/// <param name="Detail">What the device or the tool said, without secrets.</param>
public sealed record PowerReading(PowerOutcome Outcome, TimeSpan Begun, string Detail)
{
    public bool IsOff => Outcome == PowerOutcome.Off;

    public bool IsOn => Outcome == PowerOutcome.On;
}

/// <summary>How it is known that a hypervisor runs nothing.</summary>
public enum ProofKind
{
    /// <summary>It was on, was told off, and reads off.</summary>
    PoweredOff,
    /// <summary>It read off before anything was sent.</summary>
    AlreadyOff,
    /// <summary>A person says so, with a name and a reason.</summary>
    Acknowledged,
}

/// <summary>Why an attempt ended without a proof; the typed cause that <c>fence_failed</c> names.</summary>
public enum FenceFailure
{
    Unreachable,
    AuthenticationFailed,
    Refused,
    StillOn,
    TimedOut,
    ToolMissing,
    /// <summary>The device reads off and the world says otherwise: the BMC lies, or it is another machine's.</summary>
    Contradicted,
    NoDevice,
}
