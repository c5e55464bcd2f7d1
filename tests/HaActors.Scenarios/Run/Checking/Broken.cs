using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>A rule that was broken.</summary>
/// <param name="Rule">Its short name, one of <see cref="Rules"/>: a shrunk night must break the same one.</param>
/// <param name="At">When it was seen, since the start.</param>
public sealed record Broken(string Rule, TimeSpan At, string Text)
{
    public override string ToString() => $"{Quantities.Seconds(At)} [{Rule}] {Text}";
}

/// <summary>The names of the rules that hold in every night; README.md says what each means.</summary>
public static class Rules
{
    public const string TwoCopies = "two-copies";
    public const string StartUnproved = "start-unproved";
    public const string StartNotStored = "start-not-stored";
    public const string EpochGrows = "epoch-grows";
    public const string RemovedUntrue = "removed-untrue";
    public const string FencedUntrue = "fenced-untrue";
    public const string OffNotStored = "off-not-stored";
    public const string OffNotPermitted = "off-not-permitted";
    public const string FenceWindow = "fence-window";
    public const string OnlyObserved = "only-observed";
    public const string OtherLocation = "other-location";
    public const string ResumeStale = "resume-stale";
    public const string ToldTwice = "told-twice";
    public const string CallMissed = "call-missed";
    public const string ReplayDiffers = "replay-differs";
    public const string Crash = "crash";
    public const string NotSettled = "not-settled";
    public const string Forgotten = "forgotten";
    public const string NeverHappened = "never-happened";
}
