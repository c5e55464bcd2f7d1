using HaActors.AgentApi;

namespace HaActors.Agent.Libvirt;

/// <summary>libvirt's numbers in words; the reasons are spelt as in libvirt's own documentation.</summary>
internal static class DomainStates
{
    internal const string Shutdown = "shutdown";
    internal const string Destroyed = "destroyed";
    internal const string Saved = "saved";
    internal const string StartingUp = "starting-up";
    private const string Migration = "migration";
    private const string PostCopy = "post-copy";

    private static readonly string[] Running = ["unknown", "booted", "migrated", "restored", "from-snapshot", "unpaused", "migration-canceled", "save-canceled", "wakeup", "crashed", "post-copy", "post-copy-failed"];
    private static readonly string[] Paused = ["unknown", "user", Migration, "save", "dump", "io-error", "watchdog", "from-snapshot", "shutting-down", "snapshot", "crashed", StartingUp, PostCopy, "post-copy-failed", "api-error"];
    private static readonly string[] Off = ["unknown", Shutdown, Destroyed, "crashed", "migrated", Saved, "failed", "from-snapshot", "daemon"];
    private static readonly string[] ShuttingDown = ["unknown", "user"];
    private static readonly string[] Crashed = ["unknown", "panicked"];

    internal static (InstanceState State, string? Reason) Of(int state, int reason) => state switch
    {
        1 => (InstanceState.Running, Word(Running, reason)),
        2 => (InstanceState.Running, "blocked"),
        // libvirt counts it as active from here on, and its start, or its arrival, may still fail.
        3 when Word(Paused, reason) is StartingUp or Migration or PostCopy => (InstanceState.Other, Word(Paused, reason)),
        3 => (InstanceState.Paused, Word(Paused, reason)),
        4 => (InstanceState.ShuttingDown, Word(ShuttingDown, reason)),
        5 => (InstanceState.ShutOff, Word(Off, reason)),
        6 => (InstanceState.Crashed, Word(Crashed, reason)),
        7 => (InstanceState.Suspended, "unknown"),
        _ => (InstanceState.Other, "unknown"),
    };

    /// <summary>Its user (or the guest itself) ended it on purpose.</summary>
    internal static bool EndedOnPurpose(InstanceState state, string? reason) => state == InstanceState.ShutOff && reason is Shutdown or Destroyed or Saved;

    private static string Word(string[] words, int reason) => reason >= 0 && reason < words.Length ? words[reason] : "unknown";
}
