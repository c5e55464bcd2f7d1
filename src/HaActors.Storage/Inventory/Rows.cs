using LinqToDB.Mapping;

namespace HaActors.Storage.Inventory;

[Table("locations")]
internal sealed class LocationRow
{
    [Column("id"), PrimaryKey] public required string Id { get; init; }
    [Column("name")] public required string Name { get; init; }
    [Column("ha_enabled")] public bool HaEnabled { get; init; }
    [Column("failure_threshold")] public int FailureThreshold { get; init; }
    [Column("evacuation_enabled")] public bool EvacuationEnabled { get; init; }
    [Column("instances_ha_enabled")] public bool InstancesHaEnabled { get; init; }
    [Column("observe_only")] public bool ObserveOnly { get; init; }
    [Column("power_on_after_evacuation")] public bool PowerOnAfterEvacuation { get; init; }
    [Column("crash_dump_wait_seconds")] public int CrashDumpWaitSeconds { get; init; }
}

[Table("hypervisor_groups")]
internal sealed class GroupRow
{
    [Column("id"), PrimaryKey] public required string Id { get; init; }
    [Column("name")] public required string Name { get; init; }
    [Column("location_id")] public required string LocationId { get; init; }
    [Column("ha_enabled")] public bool HaEnabled { get; init; }
    [Column("failure_threshold")] public int? FailureThreshold { get; init; }
    [Column("evacuation_enabled")] public bool? EvacuationEnabled { get; init; }
    [Column("observe_only")] public bool? ObserveOnly { get; init; }
    [Column("power_on_after_evacuation")] public bool? PowerOnAfterEvacuation { get; init; }
    [Column("crash_dump_wait_seconds")] public int? CrashDumpWaitSeconds { get; init; }
}

[Table("hypervisors")]
internal sealed class HypervisorRow
{
    [Column("id"), PrimaryKey] public required string Id { get; init; }
    [Column("name")] public required string Name { get; init; }
    [Column("location_id")] public required string LocationId { get; init; }
    [Column("group_id")] public string? GroupId { get; init; }
    [Column("address")] public required string Address { get; init; }
    [Column("agent_url")] public required string AgentUrl { get; init; }

    /// <summary>The URL as it is compared: lower case, no trailing slash.</summary>
    [Column("agent_key")] public required string AgentKey { get; init; }

    /// <summary>Protected; empty if there is none.</summary>
    [Column("agent_token")] public required string AgentToken { get; init; }
}

[Table("fence_devices")]
internal sealed class FenceDeviceRow
{
    [Column("hypervisor_id"), PrimaryKey(0)] public required string HypervisorId { get; init; }

    /// <summary>In the order of levels, and within one as it was entered.</summary>
    [Column("position"), PrimaryKey(1)] public required int Position { get; init; }
    [Column("level")] public required int Level { get; init; }

    /// <summary><c>ipmi</c>, <c>redfish</c>, <c>agent</c> or <c>executable</c>.</summary>
    [Column("type")] public required string Type { get; init; }

    /// <summary>What it switches, as the network reads it.</summary>
    [Column("device_key")] public required string Key { get; init; }

    /// <summary>Where the BMC is, as the network reads it; null: it is none. One BMC may have several keys.</summary>
    [Column("bmc_host")] public string? BmcHost { get; init; }

    /// <summary>JSON, without secrets.</summary>
    [Column("settings")] public required string Settings { get; init; }

    /// <summary>Protected; empty: an empty one; null: it has none.</summary>
    [Column("password")] public string? Password { get; init; }
}

[Table("instances")]
internal sealed class InstanceRow
{
    [Column("id"), PrimaryKey] public required string Id { get; init; }
    [Column("name")] public required string Name { get; set; }
    [Column("hypervisor_id")] public required string HypervisorId { get; set; }
    [Column("state")] public required string State { get; set; }
    [Column("user_stopped")] public bool UserStopped { get; set; }
    [Column("ha_enabled")] public bool HaEnabled { get; set; }
    [Column("max_restart_attempts")] public int MaxRestartAttempts { get; set; }
    [Column("priority")] public int Priority { get; set; }
    [Column("vcpus")] public int Vcpus { get; set; }
    [Column("memory_mib")] public long MemoryMiB { get; set; }
    [Column("disks")] public required string Disks { get; set; }

    /// <summary>Highest that is known, from the actor or from an agent.</summary>
    [Column("epoch")] public long Epoch { get; set; }

    /// <summary>Epoch of the last place that the projection wrote; an older one is a late replay.</summary>
    [Column("place_epoch")] public long PlaceEpoch { get; set; }
    [Column("missing_since")] public string? MissingSince { get; set; }
}

[Table("instance_definitions")]
internal sealed class DefinitionRow
{
    [Column("instance_id"), PrimaryKey] public required string InstanceId { get; init; }

    /// <summary>In the clear, though a console password may lie in it: whoever lost the key ring can still start the instance by hand.</summary>
    [Column("definition")] public required string Definition { get; init; }
    [Column("reported_by")] public required string ReportedBy { get; init; }
    [Column("changed_at")] public required string ChangedAt { get; init; }
}

[Table("instance_may_run")]
internal sealed class MayRunRow
{
    [Column("instance_id"), PrimaryKey(0)] public required string InstanceId { get; init; }
    [Column("hypervisor_id"), PrimaryKey(1)] public required string HypervisorId { get; init; }
}

[Table("shared_datastores")]
internal sealed class SharedDatastoreRow
{
    [Column("datastore_id"), PrimaryKey(0)] public required string DatastoreId { get; init; }
    [Column("first_hypervisor"), PrimaryKey(1)] public required string First { get; init; }
    [Column("second_hypervisor"), PrimaryKey(2)] public required string Second { get; init; }
    [Column("first_nonce")] public required string FirstNonce { get; init; }
    [Column("second_nonce")] public required string SecondNonce { get; init; }
    [Column("proved_at")] public required string ProvedAt { get; init; }
}

[Table("inventory_changes")]
internal sealed class ChangeRow
{
    [Column("id"), PrimaryKey, Identity] public long Id { get; init; }
    [Column("at")] public required string At { get; init; }
    [Column("type")] public required string Type { get; init; }
    [Column("location_id")] public string? LocationId { get; init; }
    [Column("hypervisor_id")] public string? HypervisorId { get; init; }
    [Column("instance_id")] public string? InstanceId { get; init; }
    [Column("message")] public required string Message { get; init; }
    [Column("data")] public required string Data { get; init; }
}
