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
    /// <summary>No end within the deadline of the call; the command may have been carried out.</summary>
    TimedOut,
    /// <summary>An off that might no longer leave was held back: nothing was sent, for certain.</summary>
    NotSent,
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

/// <summary>What a fence device says that it is. A device whose identity changed is another machine's, and no fence path.</summary>
public abstract record DeviceIdentity
{
    /// <param name="Id">A GUID, as the device tells it, in the usual form with lower-case digits; the same for as long as it is the same device.</param>
    public sealed record Known(string Id) : DeviceIdentity;

    /// <summary>It answered, and has none: this kind knows none, or it tells an empty one.</summary>
    public sealed record None(string Detail) : DeviceIdentity;

    /// <summary>It could not be asked; says nothing about whose it is.</summary>
    /// <param name="Outcome">One of the troubles of a reading, never on, off or accepted.</param>
    public sealed record Trouble(PowerOutcome Outcome, string Detail) : DeviceIdentity;
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
    /// <summary>An off command was sent and it goes on reading on until the deadline; the detail says whether it took the command.</summary>
    StillOn,
    TimedOut,
    ToolMissing,
    /// <summary>No off of the attempt left: each came too late, or was forbidden meanwhile.</summary>
    NotSent,
    /// <summary>The device reads off and the world says otherwise: the BMC lies, or it is another machine's.</summary>
    Contradicted,
    NoDevice,
    /// <summary>It never told who it is since it was registered.</summary>
    NotIdentified,
    /// <summary>It tells another identity than at its first check: it is another device.</summary>
    IdentityChanged,
    /// <summary>A device of another hypervisor tells the same identity.</summary>
    IdentityShared,
}
