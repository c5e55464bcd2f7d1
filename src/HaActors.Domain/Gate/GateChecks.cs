using System.Collections.Immutable;

namespace HaActors.Domain.Gate;

/// <summary>The names of the checks. They are an interface: they stand in the event log's data and in the API.</summary>
public static class GateChecks
{
    public const string Armed = "armed";
    public const string Maintenance = "maintenance";
    public const string EvacuationEnabled = "evacuation-enabled";
    public const string AnythingToGain = "anything-to-gain";
    public const string Guard = "guard";
    public const string FenceDevice = "fence-device";
    public const string QuietPeriod = "quiet-period";
    public const string ColdStart = "cold-start";
    public const string WholeSweep = "whole-sweep";
    public const string IsItMe = "is-it-me";
    public const string JournalWritable = "journal-writable";
    public const string ShutdownNotice = "shutdown-notice";
    public const string DegradedGrace = "degraded-grace";
    public const string CommonCause = "common-cause";
    public const string SecondOpinion = "second-opinion";
    public const string Storm = "storm";
    public const string FenceWindow = "fence-window";
    public const string LastProbe = "last-probe";
    public const string ObserveOnly = "observe-only";

    /// <summary>In the order in which they are asked; the first no is the answer.</summary>
    public static ImmutableArray<string> InOrder { get; } =
    [
        Armed, Maintenance, EvacuationEnabled, AnythingToGain, Guard, FenceDevice, QuietPeriod, ColdStart, WholeSweep, IsItMe, JournalWritable,
        ShutdownNotice, DegradedGrace, CommonCause, SecondOpinion, Storm, FenceWindow, LastProbe, ObserveOnly,
    ];
}
