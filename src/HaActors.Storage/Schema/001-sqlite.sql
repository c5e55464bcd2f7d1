-- Times are UTC as ISO 8601 text of fixed width, so that they sort as text and keep every tick.
CREATE TABLE locations (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    ha_enabled BOOLEAN NOT NULL,
    failure_threshold INTEGER NOT NULL,
    evacuation_enabled BOOLEAN NOT NULL,
    instances_ha_enabled BOOLEAN NOT NULL,
    observe_only BOOLEAN NOT NULL,
    power_on_after_evacuation BOOLEAN NOT NULL,
    crash_dump_wait_seconds INTEGER NOT NULL,
    CONSTRAINT locations_name UNIQUE (name)
);
CREATE TABLE hypervisor_groups (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    location_id TEXT NOT NULL REFERENCES locations (id),
    ha_enabled BOOLEAN NOT NULL,
    failure_threshold INTEGER NULL,
    evacuation_enabled BOOLEAN NULL,
    observe_only BOOLEAN NULL,
    power_on_after_evacuation BOOLEAN NULL,
    crash_dump_wait_seconds INTEGER NULL,
    CONSTRAINT groups_name UNIQUE (location_id, name),
    CONSTRAINT groups_place UNIQUE (id, location_id)
);
CREATE TABLE hypervisors (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    location_id TEXT NOT NULL REFERENCES locations (id),
    group_id TEXT NULL,
    address TEXT NOT NULL,
    agent_url TEXT NOT NULL,
    agent_key TEXT NOT NULL,
    agent_token TEXT NOT NULL,
    CONSTRAINT hypervisors_name UNIQUE (location_id, name),
    CONSTRAINT hypervisors_agent UNIQUE (agent_key),
    CONSTRAINT hypervisors_group FOREIGN KEY (group_id, location_id) REFERENCES hypervisor_groups (id, location_id)
);
-- One key, one device: two hypervisors that shared one would cut each other's power. The settings are JSON without secrets.
CREATE TABLE fence_devices (
    hypervisor_id TEXT NOT NULL REFERENCES hypervisors (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    level INTEGER NOT NULL,
    type TEXT NOT NULL,
    device_key TEXT NOT NULL,
    bmc_host TEXT NULL,
    settings TEXT NOT NULL,
    password TEXT NULL,
    PRIMARY KEY (hypervisor_id, position),
    CONSTRAINT fence_devices_key UNIQUE (device_key)
);
CREATE INDEX fence_devices_bmc ON fence_devices (bmc_host);
-- No foreign key to hypervisors: the projection replays places of hypervisors that are registered no more.
CREATE TABLE instances (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    hypervisor_id TEXT NOT NULL,
    state TEXT NOT NULL,
    user_stopped BOOLEAN NOT NULL,
    ha_enabled BOOLEAN NOT NULL,
    max_restart_attempts INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    vcpus INTEGER NOT NULL,
    memory_mib INTEGER NOT NULL,
    disks TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    place_epoch INTEGER NOT NULL,
    missing_since TEXT NULL
);
CREATE INDEX instances_place ON instances (hypervisor_id);
CREATE TABLE instance_definitions (
    instance_id TEXT NOT NULL PRIMARY KEY REFERENCES instances (id) ON DELETE CASCADE,
    definition TEXT NOT NULL,
    reported_by TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE TABLE instance_may_run (
    instance_id TEXT NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
    hypervisor_id TEXT NOT NULL,
    PRIMARY KEY (instance_id, hypervisor_id)
);
CREATE INDEX instance_may_run_hypervisor ON instance_may_run (hypervisor_id);
CREATE TABLE shared_datastores (
    datastore_id TEXT NOT NULL,
    first_hypervisor TEXT NOT NULL,
    second_hypervisor TEXT NOT NULL,
    first_nonce TEXT NOT NULL,
    second_nonce TEXT NOT NULL,
    proved_at TEXT NOT NULL,
    PRIMARY KEY (datastore_id, first_hypervisor, second_hypervisor)
);
-- Outbox: written with the change itself, moved into ha_events by the projection.
CREATE TABLE inventory_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    type TEXT NOT NULL,
    location_id TEXT NULL,
    hypervisor_id TEXT NULL,
    instance_id TEXT NULL,
    message TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE TABLE ha_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    type TEXT NOT NULL,
    location_id TEXT NULL,
    hypervisor_id TEXT NULL,
    instance_id TEXT NULL,
    incident_id TEXT NULL,
    message TEXT NOT NULL,
    data TEXT NOT NULL,
    source TEXT NOT NULL,
    CONSTRAINT ha_events_once UNIQUE (source)
);
CREATE INDEX ha_events_type ON ha_events (type, id);
CREATE INDEX ha_events_location ON ha_events (location_id, id);
CREATE INDEX ha_events_hypervisor ON ha_events (hypervisor_id, id);
CREATE INDEX ha_events_instance ON ha_events (instance_id, id);
CREATE INDEX ha_events_incident ON ha_events (incident_id, id);
CREATE INDEX ha_events_at ON ha_events (at);
CREATE TABLE ha_events_offset (
    name TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
);
INSERT INTO ha_events_offset (name, position) VALUES ('journal', 0);
-- types: null is the default list; locations: [] is all of them. position and what follows it is the progress of its calls.
CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    types TEXT NULL,
    locations TEXT NOT NULL,
    secret TEXT NOT NULL,
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    taken_id INTEGER NULL,
    taken_at TEXT NULL,
    failures INTEGER NOT NULL,
    refusals INTEGER NOT NULL,
    failing_since TEXT NULL,
    told BOOLEAN NOT NULL,
    problem TEXT NULL,
    next_try_at TEXT NULL
);
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
-- Akka's own table, created here because of its trigger. Who remembers more than is stored (a restored backup, a standby without the last rows) would write behind a gap, and
-- nobody could read that journal any more: its write is refused, it stops, and begins anew from what is there.
CREATE TABLE journal (
    ordering INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    created INTEGER NOT NULL,
    deleted BIT NOT NULL,
    persistence_id NVARCHAR(255) NOT NULL,
    sequence_number INTEGER NOT NULL,
    message VARBINARY NOT NULL,
    manifest NVARCHAR(500) NULL,
    identifier INTEGER NULL,
    writer_uuid NVARCHAR(128) NULL
);
CREATE UNIQUE INDEX journal_uq ON journal (persistence_id, sequence_number);
CREATE TRIGGER journal_without_gaps BEFORE INSERT ON journal
WHEN NEW.sequence_number > 1 + (SELECT COALESCE(MAX(sequence_number), 0) FROM journal WHERE persistence_id = NEW.persistence_id)
BEGIN
    SELECT RAISE(ABORT, 'journal_without_gaps: what this writer stored before is not there any more; the journal went back');
END;
