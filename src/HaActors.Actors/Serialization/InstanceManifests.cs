using System.Text.Json;
using System.Text.Json.Serialization;
using HaActors.Actors.Protocol;
using HaActors.Domain.Instances;

namespace HaActors.Actors.Serialization;

/// <summary>What InstanceActor, PlacementActor and EvacuationActor say and store.</summary>
internal static class InstanceManifests
{
    public static readonly (string Name, Type Type)[] All =
    [
        // stored
        ("in-policy-set.1", typeof(InstancePolicySet)),
        ("in-sighted.1", typeof(InstanceSighted)),
        ("in-place-moved.1", typeof(PlaceMoved)),
        ("in-gone.1", typeof(InstanceGone)),
        ("in-duplicate-seen.1", typeof(DuplicateSeen)),
        ("in-duplicate-ended.1", typeof(DuplicateEnded)),
        ("in-recovery-requested.1", typeof(RecoveryRequested)),
        ("in-wait-began.1", typeof(WaitBegan)),
        ("in-wait-overdue.1", typeof(WaitOverdue)),
        ("in-start-requested.1", typeof(StartRequested)),
        ("in-start-refused.1", typeof(StartRefused)),
        ("in-start-unanswered.1", typeof(StartUnanswered)),
        ("in-member-removed.1", typeof(MemberRemoved)),
        ("in-member-suspended.1", typeof(MemberSuspended)),
        ("in-member-revived.1", typeof(MemberRevived)),
        ("in-attempt-ended.1", typeof(AttemptEnded)),
        ("in-started.1", typeof(InstanceStarted)),
        ("in-recovery-ended.1", typeof(RecoveryEnded)),
        ("in-not-concerned.1", typeof(RecoveryNotConcerned)),
        ("in-evacuation-failed.1", typeof(EvacuationFailed)),
        ("in-recovery-resumed.1", typeof(RecoveryResumed)),
        ("in-cancel-ordered.1", typeof(CancelOrdered)),
        ("in-managed-told.1", typeof(ManagedTold)),
        ("in-guard-released.1", typeof(GuardReleased)),
        ("in-guard-waived.1", typeof(GuardWaived)),
        ("in-place-recorded.1", typeof(PlaceRecorded)),
        // said
        ("in-wake.1", typeof(WakeInstance)),
        ("in-sighting.1", typeof(RecordSighting)),
        ("in-recover.1", typeof(RecoverInstance)),
        ("in-ended.1", typeof(InstanceEnded)),
        ("in-waits.1", typeof(InstanceWaits)),
        ("in-ask-still-off.1", typeof(AskStillOff)),
        ("in-still-off.1", typeof(StillOffAnswer)),
        ("in-ask-guard.1", typeof(AskGuard)),
        ("in-guard-told.1", typeof(GuardTold)),
        ("in-claim.1", typeof(ClaimPlace)),
        ("in-find-room.1", typeof(FindRoom)),
        ("in-room.1", typeof(RoomFound)),
        ("in-no-room.1", typeof(NoRoom)),
        ("in-release-room.1", typeof(ReleaseRoom)),
        ("in-returned.1", typeof(HypervisorReturned)),
        ("in-settled.1", typeof(ReturnSettled)),
        ("in-unsettled.1", typeof(ReturnUnsettled)),
        ("in-look-around.1", typeof(LookAround)),
        ("in-looked-around.1", typeof(LookedAround)),
        ("in-retry.1", typeof(RetryRecovery)),
        ("in-answer.1", typeof(InstanceAnswer)),
        ("in-explain.1", typeof(ExplainInstance)),
        ("in-explained.1", typeof(InstanceExplained)),
        ("in-view.1", typeof(InstanceView)),
    ];
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InstancePolicySet))]
[JsonSerializable(typeof(InstanceSighted))]
[JsonSerializable(typeof(PlaceMoved))]
[JsonSerializable(typeof(DuplicateSeen))]
[JsonSerializable(typeof(DuplicateEnded))]
[JsonSerializable(typeof(InstanceGone))]
[JsonSerializable(typeof(RecoveryRequested))]
[JsonSerializable(typeof(WaitBegan))]
[JsonSerializable(typeof(WaitOverdue))]
[JsonSerializable(typeof(StartRequested))]
[JsonSerializable(typeof(StartRefused))]
[JsonSerializable(typeof(StartUnanswered))]
[JsonSerializable(typeof(MemberRemoved))]
[JsonSerializable(typeof(MemberSuspended))]
[JsonSerializable(typeof(MemberRevived))]
[JsonSerializable(typeof(AttemptEnded))]
[JsonSerializable(typeof(InstanceStarted))]
[JsonSerializable(typeof(RecoveryEnded))]
[JsonSerializable(typeof(RecoveryNotConcerned))]
[JsonSerializable(typeof(EvacuationFailed))]
[JsonSerializable(typeof(RecoveryResumed))]
[JsonSerializable(typeof(CancelOrdered))]
[JsonSerializable(typeof(ManagedTold))]
[JsonSerializable(typeof(GuardReleased))]
[JsonSerializable(typeof(GuardWaived))]
[JsonSerializable(typeof(PlaceRecorded))]
[JsonSerializable(typeof(LookAround))]
[JsonSerializable(typeof(LookedAround))]
[JsonSerializable(typeof(RetryRecovery))]
[JsonSerializable(typeof(WakeInstance))]
[JsonSerializable(typeof(RecordSighting))]
[JsonSerializable(typeof(RecoverInstance))]
[JsonSerializable(typeof(InstanceEnded))]
[JsonSerializable(typeof(InstanceWaits))]
[JsonSerializable(typeof(AskStillOff))]
[JsonSerializable(typeof(StillOffAnswer))]
[JsonSerializable(typeof(AskGuard))]
[JsonSerializable(typeof(GuardTold))]
[JsonSerializable(typeof(ClaimPlace))]
[JsonSerializable(typeof(FindRoom))]
[JsonSerializable(typeof(RoomFound))]
[JsonSerializable(typeof(NoRoom))]
[JsonSerializable(typeof(ReleaseRoom))]
[JsonSerializable(typeof(HypervisorReturned))]
[JsonSerializable(typeof(ReturnSettled))]
[JsonSerializable(typeof(ReturnUnsettled))]
[JsonSerializable(typeof(InstanceAnswer))]
[JsonSerializable(typeof(ExplainInstance))]
[JsonSerializable(typeof(InstanceExplained))]
[JsonSerializable(typeof(InstanceView))]
internal sealed partial class InstanceJson : JsonSerializerContext;
