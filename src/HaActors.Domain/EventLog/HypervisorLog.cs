using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;

namespace HaActors.Domain.EventLog;

/// <summary>Which facts about hypervisors and the gate an operator reads, and in which words. Null: not worth a line.</summary>
public static class HypervisorLog
{
    public static LogEntry? Of(IHypervisorEvent e, Func<HypervisorId, LocationId?> locationOf)
    {
        LogEntry Entry(string type, IncidentId? incident, string message, params (string Key, object? Value)[] data) =>
            new(e.At, type, locationOf(e.HypervisorId), e.HypervisorId, null, incident, message, LogData.Of(data));

        return e switch
        {
            FirstSeen x => Entry(LogTypes.HypervisorUp, null, $"{x.HypervisorId} answers for the first time.", ("first", "true"), ("bootId", x.BootId), ("hypervisorUuid", x.HypervisorUuid)),
            NeverSeen x => Entry(LogTypes.HypervisorNeverSeen, null, $"{x.HypervisorId} has never answered since it was registered or changed ({x.Detail}). Check its address and agent; it is not watched until it answers once.", ("detail", x.Detail)),
            DeclaredDown { By: { } by } x => Entry(LogTypes.HypervisorDown, x.Incident, $"{x.HypervisorId} is treated as down: {by.Who} ordered its fence ({by.Reason}).", ("failures", x.Misses), ("who", by.Who), ("reason", by.Reason)),
            DeclaredDown x => Entry(LogTypes.HypervisorDown, x.Incident, $"{x.HypervisorId} is down: {Amounts.Of(x.Misses, "miss", "misses")} in a row, {Clause(x.Failing)} ({x.Detail}).",
                ("failures", x.Misses), ("class", Name(x.Failing)), ("detail", x.Detail), ("silentMs", (long)(x.At - x.FirstMissAt).TotalMilliseconds)),
            FenceOrdered x => Entry(LogTypes.FenceOrdered, null, $"{x.By.Who} ordered the fence of {x.HypervisorId} ({x.By.Reason}).", ("who", x.By.Who), ("reason", x.By.Reason)),
            FenceWithheld { Check: GateChecks.ObserveOnly } x => Entry(LogTypes.WouldHaveFenced, x.Incident, x.Reason, ("check", x.Check)),
            FenceWithheld x => Entry(LogTypes.FenceWithheld, x.Incident, x.Reason, ("check", x.Check)),
            Fenced x => Entry(LogTypes.HypervisorFenced, x.Incident, $"{x.HypervisorId} is proved off: {x.Evidence}.",
                ("proof", Name(x.Proof)), ("device", Joined(x.Devices)), ("attempt", x.Attempt), ("evidence", x.Evidence), ("tookMs", x.TookMs), ("who", x.By?.Who), ("reason", x.By?.Reason)),
            FenceFailed { IsNews: false } => null,
            // Each contradiction has told itself.
            FenceFailed x when x.Devices.Length > 0 && x.Devices.All(d => d.Cause == FenceFailure.Contradicted) => null,
            FenceFailed x => Entry(LogTypes.FenceFailed, x.Incident, $"{x.HypervisorId} could not be proved off: {Failures(x)}. Nothing is moved; it is tried again as the gate permits, or cut its power by hand and confirm it.",
                ("cause", Name(x.Cause)), ("device", Joined([.. x.Devices.Select(d => d.Device)])), ("causes", x.Devices.Length < 2 ? null : Joined([.. x.Devices.Select(d => $"{d.Device} {Name(d.Cause)}")])),
                ("detail", string.Join("; ", x.Devices.Select(d => d.Detail))), ("attempt", x.Attempt)),
            DeviceContradicted { IsNews: false } => null,
            DeviceContradicted x => Entry(LogTypes.FenceContradicted, x.Incident, $"{x.HypervisorId}: {x.Device} reads off, and that is contradicted: {x.Detail}. {(x.Incident is null ? "It is no fence path" : "It proves nothing")} until that is cleared up. Check which machine it belongs to.",
                ("cause", Name(FenceFailure.Contradicted)), ("device", x.Device), ("detail", x.Detail), ("attempt", x.Incident is null ? null : x.Attempt), ("by", Joined([.. x.By.Select(b => b.Value)]))),
            DeviceIdentified { By: { } by } x => Entry(LogTypes.FenceIdentityAccepted, null, $"{by.Who} accepted {x.Device} as the fence device of {x.HypervisorId}, with the identity {x.Identity ?? "(none)"} ({by.Reason}).",
                ("device", x.Device), ("identity", x.Identity), ("who", by.Who), ("reason", by.Reason)),
            ContradictionCleared { By: { } by } x => Entry(LogTypes.FenceCheckRecovered, null, $"{by.Who} took back what contradicted the fence device {x.Device} of {x.HypervisorId} ({by.Reason}).", ("device", x.Device), ("who", by.Who), ("reason", by.Reason)),
            DeviceCheckFailed { Cause: FenceFailure.IdentityChanged } x => Entry(LogTypes.FenceCheckFailed, null, $"The fence device {x.Device} of {x.HypervisorId} is another one than the one that was registered ({x.Detail}). It is no fence path until somebody has looked which machine it belongs to and accepts it (test-ipmi).",
                ("device", x.Device), ("cause", Name(x.Cause)), ("detail", x.Detail), ("identity", x.Identity)),
            DeviceCheckFailed x => Entry(LogTypes.FenceCheckFailed, null, $"The fence device {x.Device} of {x.HypervisorId} fails its check: {Clause(x.Cause)} ({x.Detail}). Mend it before it is needed.", ("device", x.Device), ("cause", Name(x.Cause)), ("detail", x.Detail)),
            DeviceCheckRecovered x => Entry(LogTypes.FenceCheckRecovered, null, $"The fence device {x.Device} of {x.HypervisorId} passes its check again.", ("device", x.Device)),
            DeviceIdentityShared { With: { } with } x => Entry(LogTypes.FenceCheckFailed, null, $"The fence device {x.Device} of {x.HypervisorId} tells the same identity as a device of {with}, so one of the two is registered wrongly. Neither is a fence path until that is corrected.",
                ("device", x.Device), ("cause", Name(FenceFailure.IdentityShared)), ("with", with)),
            DeviceIdentityShared x => Entry(LogTypes.FenceCheckRecovered, null, $"No other hypervisor's device tells the identity of the fence device {x.Device} of {x.HypervisorId} any more.", ("device", x.Device)),
            PowerOnSent x => Entry(LogTypes.PowerOnSent, x.Incident, $"{x.HypervisorId} is powered on again, as its location's policy says{(x.Number > 1 ? $" (attempt {x.Number})" : "")}.", ("devices", Joined(x.Devices)), ("number", x.Number)),
            EvacuationCompleted x => Entry(LogTypes.EvacuationCompleted, x.Incident, Amounts.Ends(x.HypervisorId, x.Total, x.Waiting, waited: false),
                ("total", x.Total), ("waiting", x.Waiting), ("tookMs", x.TookMs)),
            IncidentClosed { Waited: true } x => Entry(LogTypes.EvacuationCompleted, x.Incident, Amounts.Ends(x.HypervisorId, x.Total, 0, waited: true),
                ("total", x.Total), ("waiting", 0), ("tookMs", x.TookMs)),
            FenceOverdue x => Entry(
                LogTypes.WaitOverdue, x.Incident, string.Create(CultureInfo.InvariantCulture, $"The instances of {x.HypervisorId} wait since {x.Since:HH:mm:ss} UTC: {x.Reason.TrimEnd('.')}. Must act: {WaitWords.WhoActs(x.Wait)}."),
                ("wait", x.Wait.ToString().ToLowerInvariant()), ("reason", x.Reason), ("who", WaitWords.WhoActs(x.Wait)), ("since", x.Since.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))),
            ReturnOverdue x => Entry(
                LogTypes.WaitOverdue, x.Incident, string.Create(CultureInfo.InvariantCulture, $"{x.HypervisorId} answers since {x.Since:HH:mm:ss} UTC and is not back in service: {x.Reason.TrimEnd('.')}. Must act: operator."),
                ("wait", "return"), ("reason", x.Reason), ("who", "operator"), ("since", x.Since.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))),
            IncidentCancelled x => Entry(LogTypes.IncidentCancelled, x.Incident, $"{x.By.Who} cancelled {x.Incident} ({x.By.Reason}): what waits ends, and no fence of {x.HypervisorId} comes but by an order.", ("who", x.By.Who), ("reason", x.By.Reason)),
            ProofLost x => Entry(LogTypes.FenceProofLost, x.Incident, $"{x.HypervisorId}: its power can't be read any more ({x.Reason}); starts pause until it reads off again.", ("reason", x.Reason)),
            PowerReturned { StartsPending: false } => null,
            PowerReturned x => Entry(LogTypes.PowerReturned, x.Incident, $"{x.HypervisorId} has power again while its instances are moved ({x.Evidence}); no further start until it is settled or fenced anew.", ("evidence", x.Evidence)),
            Rebooted x => Entry(LogTypes.HypervisorRebooted, x.Incident, $"{x.HypervisorId} booted anew, so what ran there has ended; what is opted in to HA is started again.", ("oldBootId", x.OldBootId), ("bootId", x.NewBootId)),
            BootNoted x => Entry(LogTypes.HypervisorRebooted, null, $"{x.HypervisorId} booted anew; HA is off for it or only observes, so nothing is done.", ("oldBootId", x.OldBootId), ("bootId", x.BootId)),
            CameUp x => Entry(LogTypes.HypervisorUp, x.Incident, $"{x.HypervisorId} is up again.", ("downMs", x.DownMs), ("bootId", x.BootId)),
            WrongHostSeen x => Entry(LogTypes.HypervisorWrongHost, null, $"{x.HypervisorId} is not seen: {x.Detail}. While that is so nobody would find it dead. Correct its address or agent URL.", ("detail", x.Detail)),
            ShutdownNoticed x => Entry(LogTypes.HypervisorShuttingDown, null, string.Create(CultureInfo.InvariantCulture, $"{x.HypervisorId} is being shut down or rebooted in order, says its agent; if it falls silent it is not fenced before {x.At + HypervisorDecider.NoticeGrace:HH:mm:ss} UTC."),
                ("bootId", x.BootId), ("graceMs", (long)HypervisorDecider.NoticeGrace.TotalMilliseconds)),
            NoticeWithdrawn x => Entry(LogTypes.HypervisorShutdownCancelled, null, $"{x.HypervisorId} passes again in the boot that was to end: its notice of shutdown is void."),
            Quarantined { IsNews: false } => null,
            Quarantined x => Entry(LogTypes.HypervisorQuarantined, x.Incident, string.Create(CultureInfo.InvariantCulture, $"{x.HypervisorId} went down {x.Downs} times within {Flapping.Window.TotalHours:0} h: it is no destination until {x.Until:yyyy-MM-dd HH:mm:ss} UTC, or until somebody releases it."),
                ("downs", x.Downs), ("until", x.Until.ToString("O", CultureInfo.InvariantCulture))),
            Released { By: { } by } x => Entry(LogTypes.HypervisorReleased, null, $"{by.Who} released {x.HypervisorId} from quarantine ({by.Reason}): it is a destination again when it is healthy.", ("who", by.Who), ("reason", by.Reason)),
            Released x => Entry(LogTypes.HypervisorReleased, null, $"{x.HypervisorId} is out of quarantine by itself: its time is over."),
            MaintenanceOn x => Entry(LogTypes.MaintenanceOn, null, $"{x.By.Who} put {x.HypervisorId} into maintenance ({x.By.Reason}).", ("who", x.By.Who), ("reason", x.By.Reason)),
            MaintenanceOff x => Entry(LogTypes.MaintenanceOff, null, $"{x.By.Who} took {x.HypervisorId} out of maintenance.", ("who", x.By.Who), ("reason", x.By.Reason)),
            _ => null,
        };
    }

    public static LogEntry? Of(IGateEvent e) => e switch
    {
        Disarmed x => new LogEntry(x.At, LogTypes.HaDisarmed, null, null, null, null, $"{x.Who} disarmed HA ({x.Reason}): no further off is sent, and nothing is started.", LogData.Of(("who", x.Who), ("reason", x.Reason))),
        JournalSetBack x => new LogEntry(
            x.At, LogTypes.JournalWentBack, null, null, null, null,
            $"The journal went back: {x.Detail}. What it said since is not known any more, so HA is disarmed. Look where each instance really runs, then arm it with a reason.", LogData.Of(("detail", x.Detail))),
        Armed x => new LogEntry(x.At, LogTypes.HaArmed, null, null, null, null, $"{x.Who} armed HA ({x.Reason}).", LogData.Of(("who", x.Who), ("reason", x.Reason))),
        StormBegan x => OfLocation(x.At, LogTypes.StormBegan, x.Location, $"{x.Location}: {x.Failing} of {x.Counted} hypervisors are failing now (limit {x.Percent} %). Nothing is fenced there by itself until few have failed for a while; look at the network, the power and the site. One that is surely dead can be fenced by order, the others after storm-override, as the window allows.",
            ("failing", x.Failing), ("counted", x.Counted), ("percent", x.Percent)),
        StormEnded x => OfLocation(x.At, LogTypes.StormEnded, x.Location, $"{x.Location}: the storm is over, {x.Failing} of {x.Counted} hypervisors {(x.Failing == 1 ? "is" : "are")} failing.",
            ("failing", x.Failing), ("counted", x.Counted), ("lastedMs", x.LastedMs)),
        StormOverridden x => OfLocation(x.At, LogTypes.StormOverridden, x.Location, string.Create(CultureInfo.InvariantCulture, $"{x.Who} overrode storms of {x.Location} until {x.Until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC ({x.Reason}): dead hypervisors are fenced there although many fail."),
            ("who", x.Who), ("reason", x.Reason), ("until", x.Until.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))),
        StormOverrideEnded x => OfLocation(x.At, LogTypes.StormOverrideEnded, x.Location, x.Who is { } who ? $"{who} took the storm override of {x.Location} back." : $"The storm override of {x.Location} has ended.", ("who", x.Who)),
        FencePathLost x => OfLocation(x.At, LogTypes.FencePathLost, x.Location,
            $"{x.Location}: the fence devices of {x.Silent.Length} of {x.Counted} hypervisors that were asked fell silent together ({Some(x.Silent)}), and the hypervisors answer: the way to the devices is broken, usually the management network or this master's place in it. Over these devices nobody can be fenced now ({x.Detail}).",
            ("silent", x.Silent.Length), ("counted", x.Counted), ("hypervisors", string.Join(", ", x.Silent)), ("detail", x.Detail)),
        FencePathRegained x => OfLocation(x.At, LogTypes.FencePathRegained, x.Location,
            x.Counted == 0 ? $"{x.Location}: no hypervisor with a fence device is left there, so the lost way to them is not looked at any more."
            : $"{x.Location}: the way to the fence devices is back{(x.Silent.IsEmpty ? "" : $"; still silent: {Some(x.Silent)}")}.",
            ("silent", x.Silent.Length), ("counted", x.Counted), ("hypervisors", x.Silent.IsEmpty ? null : string.Join(", ", x.Silent)), ("lastedMs", x.LastedMs)),
        FencePermitted or FenceCounted or GateHeartbeat => null,
        _ => throw new InvalidOperationException($"An event of the gate of type {e.GetType().Name} has no line in the log, and no word that it needs none."),
    };

    private static string Some(ImmutableArray<HypervisorId> ids) => ids.Length <= 5 ? string.Join(", ", ids) : $"{string.Join(", ", ids.Take(5))} and {ids.Length - 5} more";

    private static LogEntry OfLocation(DateTimeOffset at, string type, LocationId location, string message, params (string Key, object? Value)[] data) =>
        new(at, type, location, null, null, null, message, LogData.Of(data));

    /// <summary>Typed causes and proofs as the log spells them: <c>powered_off</c>, <c>authentication_failed</c>.</summary>
    public static string Name(Enum value) =>
        string.Concat(value.ToString().Select((c, i) => char.IsAsciiLetterUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));

    private static string? Joined(ImmutableArray<string> names) => names.IsDefaultOrEmpty ? null : string.Join(", ", names);

    /// <summary>One device in the words of a single one, several each by its name.</summary>
    private static string Failures(FenceFailed x) => x.Devices switch
    {
        [] => $"{Clause(x.Cause)} (no device)",
        [var only] => $"{Clause(only.Cause, Kind(only.Device))} ({only.Device}: {only.Detail})",
        var several => string.Join("; ", several.Select(d => $"{d.Device}: {Clause(d.Cause)} ({d.Detail})")),
    };

    private static string Clause(MissClass c) => c == MissClass.Unreachable ? "unreachable" : "degraded: its agent or libvirt is silent, the host may be fine";

    private static string Kind(string device) =>
        device.StartsWith("ipmi:", StringComparison.Ordinal) || device.StartsWith("redfish:", StringComparison.Ordinal) ? "its BMC" : "its fence device";

    /// <param name="who">Who failed, as the sentence names it.</param>
    private static string Clause(FenceFailure f, string who = "it") => f switch
    {
        FenceFailure.Unreachable => $"{who} does not answer",
        FenceFailure.AuthenticationFailed => $"{who} refuses the user or password",
        FenceFailure.Refused => $"{who} refuses the command",
        FenceFailure.StillOn => $"the host stays on after the off command to {who}",
        FenceFailure.TimedOut => $"{who} did not end in time",
        FenceFailure.NotSent => $"no off command to {(who == "it" ? "it" : who)} left, and the host is on",
        FenceFailure.ToolMissing => "the tool can't be started on the master",
        FenceFailure.Contradicted => "it reads off, and that is contradicted",
        FenceFailure.NoDevice => "it has no fence device",
        FenceFailure.NotIdentified => "it never told who it is",
        FenceFailure.IdentityChanged => "it is another device than the one that was registered",
        FenceFailure.IdentityShared => "another hypervisor's device tells the same identity",
        _ => f.ToString(),
    };
}

/// <summary>Builds an entry's data: ordered, invariant, without what is not known.</summary>
public static class LogData
{
    public static ImmutableSortedDictionary<string, string> Of(params (string Key, object? Value)[] data) => data
        .Where(d => d.Value is not null)
        .ToImmutableSortedDictionary(d => d.Key, d => Convert.ToString(d.Value, CultureInfo.InvariantCulture) ?? "", StringComparer.Ordinal);
}
