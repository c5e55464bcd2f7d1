using System.Text.Json;
using System.Text.Json.Serialization;
using HaActors.Actors.Protocol;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Serialization;

/// <summary>What HypervisorActor, HaMonitor, FenceGateActor and ProberActor say and store, and what the edge asks.</summary>
internal static class HypervisorManifests
{
    public static readonly (string Name, Type Type)[] All =
    [
        // stored
        ("hv-first-seen.1", typeof(FirstSeen)),
        ("hv-ping-evidence.1", typeof(PingEvidenceChanged)),
        ("hv-probe-missed.1", typeof(ProbeMissed)),
        ("hv-probe-passed.1", typeof(ProbePassed)),
        ("hv-recovered.1", typeof(Recovered)),
        ("hv-agent-changed.1", typeof(AgentChanged)),
        ("hv-never-seen.1", typeof(NeverSeen)),
        ("hv-down.1", typeof(DeclaredDown)),
        ("hv-fence-ordered.1", typeof(FenceOrdered)),
        ("hv-fence-withheld.1", typeof(FenceWithheld)),
        ("hv-fence-requested.1", typeof(FenceRequested)),
        ("hv-fence-off-issued.1", typeof(FenceOffIssued)),
        ("hv-fence-resumed.1", typeof(FenceResumed)),
        ("hv-fence-expired.1", typeof(FenceExpired)),
        ("hv-fenced.1", typeof(Fenced)),
        ("hv-fence-failed.1", typeof(FenceFailed)),
        ("hv-contradiction-cleared.1", typeof(ContradictionCleared)),
        ("hv-device-contradicted.1", typeof(DeviceContradicted)),
        ("hv-device-identified.1", typeof(DeviceIdentified)),
        ("hv-device-check-failed.1", typeof(DeviceCheckFailed)),
        ("hv-device-check-recovered.1", typeof(DeviceCheckRecovered)),
        ("hv-device-shared.1", typeof(DeviceIdentityShared)),
        ("hv-device-forgotten.1", typeof(DeviceForgotten)),
        ("hv-power-on-sent.1", typeof(PowerOnSent)),
        ("hv-evacuation-started.1", typeof(EvacuationStarted)),
        ("hv-evacuation-completed.1", typeof(EvacuationCompleted)),
        ("hv-fence-overdue.1", typeof(FenceOverdue)),
        ("hv-return-overdue.1", typeof(ReturnOverdue)),
        ("hv-incident-cancelled.1", typeof(IncidentCancelled)),
        ("hv-incident-closed.1", typeof(IncidentClosed)),
        ("hv-proof-lost.1", typeof(ProofLost)),
        ("hv-proof-regained.1", typeof(ProofRegained)),
        ("hv-power-returned.1", typeof(PowerReturned)),
        ("hv-proof-voided.1", typeof(ProofVoided)),
        ("hv-rebooted.1", typeof(Rebooted)),
        ("hv-boot-noted.1", typeof(BootNoted)),
        ("hv-return-started.1", typeof(ReturnStarted)),
        ("hv-cleared.1", typeof(Cleared)),
        ("hv-up.1", typeof(CameUp)),
        ("hv-wrong-host.1", typeof(WrongHostSeen)),
        ("hv-wrong-host-gone.1", typeof(WrongHostGone)),
        ("hv-shutdown-noticed.1", typeof(ShutdownNoticed)),
        ("hv-notice-withdrawn.1", typeof(NoticeWithdrawn)),
        ("hv-quarantined.1", typeof(Quarantined)),
        ("hv-released.1", typeof(Released)),
        ("hv-maintenance-on.1", typeof(MaintenanceOn)),
        ("hv-maintenance-off.1", typeof(MaintenanceOff)),
        ("hv-unknown.1", typeof(BecameUnknown)),
        ("gate-permitted.1", typeof(FencePermitted)),
        ("gate-fence-counted.1", typeof(FenceCounted)),
        ("gate-storm-began.1", typeof(StormBegan)),
        ("gate-storm-ended.1", typeof(StormEnded)),
        ("gate-storm-overridden.1", typeof(StormOverridden)),
        ("gate-storm-override-ended.1", typeof(StormOverrideEnded)),
        ("gate-fence-path-lost.1", typeof(FencePathLost)),
        ("gate-fence-path-regained.1", typeof(FencePathRegained)),
        ("gate-disarmed.1", typeof(Disarmed)),
        ("gate-armed.1", typeof(Armed)),
        ("gate-journal-set-back.1", typeof(JournalSetBack)),
        ("gate-heartbeat.1", typeof(GateHeartbeat)),
        // said
        ("hv-view.1", typeof(HypervisorView)),
        ("hv-wake.1", typeof(WakeHypervisor)),
        ("hv-probe.1", typeof(RecordProbe)),
        ("hv-ask-permit.1", typeof(AskPermit)),
        ("hv-permit.1", typeof(PermitGranted)),
        ("hv-withheld.1", typeof(PermitWithheld)),
        ("hv-ask-opinion.1", typeof(AskOpinion)),
        ("hv-opinion.1", typeof(OpinionGiven)),
        ("hv-devices-silent.1", typeof(DevicesSilent)),
        ("hv-ask-devices.1", typeof(AskDevices)),
        ("hv-devices-answered.1", typeof(DevicesAnswered)),
        ("hv-silence-judged.1", typeof(SilenceJudged)),
        ("hv-armed.1", typeof(ArmedChanged)),
        ("hv-remove.1", typeof(RemoveHypervisor)),
        ("sweep-run.1", typeof(RunSweep)),
        ("sweep-completed.1", typeof(SweepCompleted)),
        ("sweep-done.1", typeof(SweepDone)),
        ("op-request.1", typeof(OperatorRequest)),
        ("op-answer.1", typeof(OperatorAnswer)),
        ("op-explain.1", typeof(ExplainHypervisor)),
        ("op-explained.1", typeof(HypervisorExplained)),
        ("op-get-fleet.1", typeof(GetFleet)),
        ("op-fleet.1", typeof(FleetPage)),
        ("op-get-instances.1", typeof(GetInstances)),
        ("op-instances.1", typeof(InstancesPage)),
        ("op-set-armed.1", typeof(SetArmed)),
        ("op-get-armed.1", typeof(GetArmed)),
        ("op-armed.1", typeof(ArmedAnswer)),
        ("op-override-storm.1", typeof(OverrideStorm)),
        ("op-storm-override.1", typeof(StormOverrideAnswer)),
        ("op-get-gate.1", typeof(GetGate)),
        ("op-gate.1", typeof(GateView)),
        ("op-journal-went-back.1", typeof(JournalWentBack)),
        ("op-went-back-taken.1", typeof(WentBackTaken)),
        ("op-inventory-changed.1", typeof(InventoryChanged)),
    ];
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FirstSeen))]
[JsonSerializable(typeof(PingEvidenceChanged))]
[JsonSerializable(typeof(ProbeMissed))]
[JsonSerializable(typeof(ProbePassed))]
[JsonSerializable(typeof(Recovered))]
[JsonSerializable(typeof(AgentChanged))]
[JsonSerializable(typeof(NeverSeen))]
[JsonSerializable(typeof(DeclaredDown))]
[JsonSerializable(typeof(FenceOrdered))]
[JsonSerializable(typeof(FenceWithheld))]
[JsonSerializable(typeof(FenceRequested))]
[JsonSerializable(typeof(FenceOffIssued))]
[JsonSerializable(typeof(FenceResumed))]
[JsonSerializable(typeof(FenceExpired))]
[JsonSerializable(typeof(Fenced))]
[JsonSerializable(typeof(FenceFailed))]
[JsonSerializable(typeof(ContradictionCleared))]
[JsonSerializable(typeof(DeviceContradicted))]
[JsonSerializable(typeof(DeviceIdentified))]
[JsonSerializable(typeof(DeviceCheckFailed))]
[JsonSerializable(typeof(DeviceCheckRecovered))]
[JsonSerializable(typeof(DeviceIdentityShared))]
[JsonSerializable(typeof(DeviceForgotten))]
[JsonSerializable(typeof(PowerOnSent))]
[JsonSerializable(typeof(EvacuationStarted))]
[JsonSerializable(typeof(EvacuationCompleted))]
[JsonSerializable(typeof(FenceOverdue))]
[JsonSerializable(typeof(ReturnOverdue))]
[JsonSerializable(typeof(IncidentCancelled))]
[JsonSerializable(typeof(IncidentClosed))]
[JsonSerializable(typeof(ProofLost))]
[JsonSerializable(typeof(ProofRegained))]
[JsonSerializable(typeof(PowerReturned))]
[JsonSerializable(typeof(ProofVoided))]
[JsonSerializable(typeof(Rebooted))]
[JsonSerializable(typeof(BootNoted))]
[JsonSerializable(typeof(ReturnStarted))]
[JsonSerializable(typeof(Cleared))]
[JsonSerializable(typeof(CameUp))]
[JsonSerializable(typeof(WrongHostSeen))]
[JsonSerializable(typeof(WrongHostGone))]
[JsonSerializable(typeof(ShutdownNoticed))]
[JsonSerializable(typeof(NoticeWithdrawn))]
[JsonSerializable(typeof(Quarantined))]
[JsonSerializable(typeof(Released))]
[JsonSerializable(typeof(MaintenanceOn))]
[JsonSerializable(typeof(MaintenanceOff))]
[JsonSerializable(typeof(BecameUnknown))]
[JsonSerializable(typeof(FencePermitted))]
[JsonSerializable(typeof(FenceCounted))]
[JsonSerializable(typeof(StormBegan))]
[JsonSerializable(typeof(StormEnded))]
[JsonSerializable(typeof(StormOverridden))]
[JsonSerializable(typeof(FencePathLost))]
[JsonSerializable(typeof(FencePathRegained))]
[JsonSerializable(typeof(DevicesSilent))]
[JsonSerializable(typeof(AskDevices))]
[JsonSerializable(typeof(DevicesAnswered))]
[JsonSerializable(typeof(SilenceJudged))]
[JsonSerializable(typeof(StormOverrideEnded))]
[JsonSerializable(typeof(Disarmed))]
[JsonSerializable(typeof(Armed))]
[JsonSerializable(typeof(JournalSetBack))]
[JsonSerializable(typeof(GateHeartbeat))]
[JsonSerializable(typeof(HypervisorView))]
[JsonSerializable(typeof(WakeHypervisor))]
[JsonSerializable(typeof(RecordProbe))]
[JsonSerializable(typeof(AskPermit))]
[JsonSerializable(typeof(PermitGranted))]
[JsonSerializable(typeof(PermitWithheld))]
[JsonSerializable(typeof(AskOpinion))]
[JsonSerializable(typeof(OpinionGiven))]
[JsonSerializable(typeof(ArmedChanged))]
[JsonSerializable(typeof(RemoveHypervisor))]
[JsonSerializable(typeof(RunSweep))]
[JsonSerializable(typeof(SweepCompleted))]
[JsonSerializable(typeof(SweepDone))]
[JsonSerializable(typeof(OperatorRequest))]
[JsonSerializable(typeof(OperatorAnswer))]
[JsonSerializable(typeof(ExplainHypervisor))]
[JsonSerializable(typeof(HypervisorExplained))]
[JsonSerializable(typeof(GetFleet))]
[JsonSerializable(typeof(FleetPage))]
[JsonSerializable(typeof(GetInstances))]
[JsonSerializable(typeof(InstancesPage))]
[JsonSerializable(typeof(SetArmed))]
[JsonSerializable(typeof(GetArmed))]
[JsonSerializable(typeof(ArmedAnswer))]
[JsonSerializable(typeof(OverrideStorm))]
[JsonSerializable(typeof(StormOverrideAnswer))]
[JsonSerializable(typeof(GetGate))]
[JsonSerializable(typeof(GateView))]
[JsonSerializable(typeof(JournalWentBack))]
[JsonSerializable(typeof(WentBackTaken))]
[JsonSerializable(typeof(InventoryChanged))]
internal sealed partial class HypervisorJson : JsonSerializerContext;
