using HaActors.Actors.Protocol;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;
using HaActors.Storage.EventLog;

namespace HaActors.Master.Http;

/// <summary>Domain records as the contract shows them. No secret passes here.</summary>
internal static class Views
{
    internal static LocationInfo Of(Location it) => new()
    {
        Id = it.Id.Value,
        Name = it.Name,
        HaEnabled = it.HaEnabled,
        FailureThreshold = it.FailureThreshold,
        EvacuationEnabled = it.EvacuationEnabled,
        InstancesHaEnabled = it.InstancesHaEnabled,
        ObserveOnly = it.ObserveOnly,
        PowerOnAfterEvacuation = it.PowerOnAfterEvacuation,
        CrashDumpWaitSeconds = (int)it.CrashDumpWait.TotalSeconds,
    };

    internal static GroupInfo Of(HypervisorGroup it) => new()
    {
        Id = it.Id.Value,
        Name = it.Name,
        LocationId = it.LocationId.Value,
        HaEnabled = it.HaEnabled,
        FailureThreshold = it.FailureThreshold,
        EvacuationEnabled = it.EvacuationEnabled,
        ObserveOnly = it.ObserveOnly,
        PowerOnAfterEvacuation = it.PowerOnAfterEvacuation,
        CrashDumpWaitSeconds = (int?)it.CrashDumpWait?.TotalSeconds,
    };

    internal static HypervisorInfo Of(Hypervisor it, HaPolicy policy, Live live) => Of(it, policy, live.Of(it.Id), live.WhyNoView);

    internal static HypervisorInfo Of(Hypervisor it, HaPolicy policy, HypervisorView? view, string whyNoView) => new(
        it.Id.Value, it.Name, it.LocationId.Value, it.GroupId?.Value, it.Address, new AgentInfo(it.Agent.Url.OriginalString.TrimEnd('/'), !it.Agent.Token.IsEmpty),
        it.Ipmi is { } d ? new IpmiInfo(d.Host, d.Port, d.Username, d.CipherSuite, !d.Password.IsEmpty) : null,
        policy.HaEnabled, policy.FailureThreshold, policy.EvacuationEnabled, policy.ObserveOnly,
        (view?.Phase ?? HypervisorPhase.Unknown).ToString(), view?.Since, view?.Misses ?? 0, view is null ? whyNoView : Said(view.Reason), view?.Maintenance ?? false,
        view is { LastProbe: { } probe, LastProbeAt: { } at } ? Of(probe, at) : null, view?.LastPassAt, view?.Incident?.Value,
        view?.Attempt ?? 0, view?.ProvedOff ?? false, view?.HypervisorUuid, view?.Instances ?? 0,
        view?.Capacity is { } c ? new CapacityInfo(c.MemoryMiB, c.Vcpus, c.Protected, [.. c.Datastores.Select(s => new DatastoreInfo(s.Id.Value, s.FreeMiB))]) : null,
        [.. it.FenceDevices.Select(d => Of(d, view))], view is not null && view.NotFenceable is null, view is null ? whyNoView : view.NotFenceable,
        view?.AgentVersion, view?.Withheld is { } w ? new WithheldInfo(w.Check, w.Reason, w.NextAt, w.Next) : null,
        view?.QuarantinedUntil, view?.ShuttingDownSince);

    private static FenceDeviceInfo Of(FenceDevice it, HypervisorView? view)
    {
        var (b, known) = (FenceDeviceEntries.BodyOf(it), view is null || view.Devices.IsDefault ? null : view.Devices.FirstOrDefault(d => d.Device == it.Name));
        return new(
            b.Type!, b.Level, it.Name, b.Host, b.Port, b.Username, b.CipherSuite, b.Url, b.SystemId, b.CertificateSha256, b.Agent, b.Options, b.PasswordOption, b.Path, b.Arguments,
            FenceDeviceEntries.PasswordOf(it) is { IsEmpty: false }, known?.Identified ?? false, known?.Identity, known?.Problem);
    }

    internal static InstanceInfo Of(Instance it, InstanceView? view, DateTimeOffset? missingSince = null, IReadOnlyList<HypervisorId>? stored = null) => new(
        it.Id.Value, it.Name, (view?.Place ?? it.HypervisorId).Value, (view?.State ?? it.State).ToString(), it.UserStopped, it.HaEnabled, it.MaxRestartAttempts, it.Priority,
        it.Vcpus, it.MemoryMiB, [.. it.Disks.Select(d => new DiskInfo(d.Target, d.Source, d.Datastore?.Value, d.SizeMiB))], Math.Max(view?.Epoch ?? 0, it.Epoch), missingSince,
        [.. ((IEnumerable<HypervisorId>?)view?.MayRun ?? stored ?? []).Select(h => h.Value)],
        view?.Incident?.Value, view?.Wait?.ToString(), Said(view?.Reason), view?.Destination?.Value, view?.AttemptsUsed ?? 0,
        it.HaEnabled ? view?.Guarded : null);

    internal static EventInfo Of(LoggedEvent it) => new(
        it.Id, it.Entry.At, it.Entry.Type, it.Entry.Location?.Value, it.Entry.Hypervisor?.Value, it.Entry.Instance?.Value, it.Entry.Incident?.Value, it.Entry.Message, it.Entry.Data);

    internal static IncidentInfo Of(IncidentSummary it) => new(
        it.Id.Value, it.Hypervisor?.Value, it.Location?.Value, it.CompletedAt is null, it.StartedAt, it.FencedAt, it.CompletedAt, it.Evacuated, it.LastAt, it.LastMessage);

    internal static ExplainInfo Of(HypervisorExplained it) => new(
        it.HypervisorId.Value, it.View.Phase.ToString(), it.View.Since, it.View.Incident?.Value, it.Check, it.CheckSince, it.View.Withheld?.Next, it.View.Withheld?.NextAt, it.AskedAt, it.NextAt, it.Sentences, it.LastPower,
        [.. it.Devices.Select(d => new DeviceExplainInfo(d.Name, d.Reads, d.Detail, d.ReadAt, d.Contradicted))],
        [.. it.Waits.Select(w => new WaitInfo(w.InstanceId.Value, w.Wait.ToString(), w.Reason, WaitWords.WhoActs(w.Wait), w.Since, w.NextAt))], it.Waiting);

    internal static InstanceExplainInfo Of(InstanceExplained it) => new(
        it.InstanceId.Value, it.Phase, it.Place?.Value, it.Incident?.Value, it.Wait?.ToString(), it.Reason, it.Who, it.Since, it.NextAt, it.Destination?.Value,
        [.. it.MayRun.Select(m => new MayRunInfo(m.Hypervisor.Value, m.Proof is { } p ? HypervisorLog.Name(p) : null, m.Missing))], it.Sentences);

    internal static ArmedInfo Of(ArmedAnswer it) => new(it.State, it.Who, it.Reason, it.Since);

    private static string? Said(string? reason) => string.IsNullOrEmpty(reason) ? null : reason;

    private static ProbeInfo Of(ProbeOutcome it, DateTimeOffset at) => new(
        at,
        it.Ping switch
        {
            PingFinding.Ok => "ok",
            PingFinding.Lost => "lost",
            _ => "unavailable",
        },
        it.Health switch
        {
            HealthFinding.Ok => "ok",
            HealthFinding.NoAnswer => "no-answer",
            HealthFinding.Unhealthy => "unhealthy",
            _ => "wrong-host",
        },
        it.Detail);
}
