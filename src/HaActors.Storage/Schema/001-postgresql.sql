-- Times are UTC as ISO 8601 text of fixed width, so that they sort as text and keep every tick.
CREATE TABLE locations (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    ha_enabled boolean NOT NULL,
    failure_threshold integer NOT NULL,
    evacuation_enabled boolean NOT NULL,
    instances_ha_enabled boolean NOT NULL,
    observe_only boolean NOT NULL,
    power_on_after_evacuation boolean NOT NULL,
    crash_dump_wait_seconds integer NOT NULL,
    CONSTRAINT locations_name UNIQUE (name)
);
CREATE TABLE hypervisor_groups (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL REFERENCES locations (id),
    ha_enabled boolean NOT NULL,
    failure_threshold integer NULL,
    evacuation_enabled boolean NULL,
    observe_only boolean NULL,
    power_on_after_evacuation boolean NULL,
    crash_dump_wait_seconds integer NULL,
    CONSTRAINT groups_name UNIQUE (location_id, name),
    CONSTRAINT groups_place UNIQUE (id, location_id)
);
CREATE TABLE hypervisors (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL REFERENCES locations (id),
    group_id text COLLATE "C" NULL,
    address text COLLATE "C" NOT NULL,
    agent_url text COLLATE "C" NOT NULL,
    agent_key text COLLATE "C" NOT NULL,
    agent_token text COLLATE "C" NOT NULL,
    CONSTRAINT hypervisors_name UNIQUE (location_id, name),
    CONSTRAINT hypervisors_agent UNIQUE (agent_key),
    CONSTRAINT hypervisors_group FOREIGN KEY (group_id, location_id) REFERENCES hypervisor_groups (id, location_id)
);
-- One key, one device: two hypervisors that shared one would cut each other's power. The settings are JSON without secrets.
CREATE TABLE fence_devices (
    hypervisor_id text COLLATE "C" NOT NULL REFERENCES hypervisors (id) ON DELETE CASCADE,
    position integer NOT NULL,
    level integer NOT NULL,
    type text COLLATE "C" NOT NULL,
    device_key text COLLATE "C" NOT NULL,
    bmc_host text COLLATE "C" NULL,
    settings text COLLATE "C" NOT NULL,
    password text COLLATE "C" NULL,
    PRIMARY KEY (hypervisor_id, position),
    CONSTRAINT fence_devices_key UNIQUE (device_key)
);
CREATE INDEX fence_devices_bmc ON fence_devices (bmc_host);
-- No foreign key to hypervisors: the projection replays places of hypervisors that are registered no more.
CREATE TABLE instances (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    hypervisor_id text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    user_stopped boolean NOT NULL,
    ha_enabled boolean NOT NULL,
    max_restart_attempts integer NOT NULL,
    priority integer NOT NULL,
    vcpus integer NOT NULL,
    memory_mib bigint NOT NULL,
    disks text COLLATE "C" NOT NULL,
    epoch bigint NOT NULL,
    place_epoch bigint NOT NULL,
    missing_since text COLLATE "C" NULL
);
CREATE INDEX instances_place ON instances (hypervisor_id);
CREATE TABLE instance_definitions (
    instance_id text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES instances (id) ON DELETE CASCADE,
    definition text COLLATE "C" NOT NULL,
    reported_by text COLLATE "C" NOT NULL,
    changed_at text COLLATE "C" NOT NULL
);
CREATE TABLE instance_may_run (
    instance_id text COLLATE "C" NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
    hypervisor_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (instance_id, hypervisor_id)
);
CREATE INDEX instance_may_run_hypervisor ON instance_may_run (hypervisor_id);
CREATE TABLE shared_datastores (
    datastore_id text COLLATE "C" NOT NULL,
    first_hypervisor text COLLATE "C" NOT NULL,
    second_hypervisor text COLLATE "C" NOT NULL,
    first_nonce text COLLATE "C" NOT NULL,
    second_nonce text COLLATE "C" NOT NULL,
    proved_at text COLLATE "C" NOT NULL,
    PRIMARY KEY (datastore_id, first_hypervisor, second_hypervisor)
);
-- Outbox: written with the change itself, moved into ha_events by the projection.
CREATE TABLE inventory_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NULL,
    hypervisor_id text COLLATE "C" NULL,
    instance_id text COLLATE "C" NULL,
    message text COLLATE "C" NOT NULL,
    data text COLLATE "C" NOT NULL
);
CREATE TABLE ha_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NULL,
    hypervisor_id text COLLATE "C" NULL,
    instance_id text COLLATE "C" NULL,
    incident_id text COLLATE "C" NULL,
    message text COLLATE "C" NOT NULL,
    data text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    CONSTRAINT ha_events_once UNIQUE (source)
);
CREATE INDEX ha_events_type ON ha_events (type, id);
CREATE INDEX ha_events_location ON ha_events (location_id, id);
CREATE INDEX ha_events_hypervisor ON ha_events (hypervisor_id, id);
CREATE INDEX ha_events_instance ON ha_events (instance_id, id);
CREATE INDEX ha_events_incident ON ha_events (incident_id, id);
CREATE INDEX ha_events_at ON ha_events (at);
CREATE TABLE ha_events_offset (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    position bigint NOT NULL
);
INSERT INTO ha_events_offset (name, position) VALUES ('journal', 0);
-- types: null is the default list; locations: [] is all of them. position and what follows it is the progress of its calls.
CREATE TABLE webhooks (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    url text COLLATE "C" NOT NULL,
    enabled boolean NOT NULL,
    types text COLLATE "C" NULL,
    locations text COLLATE "C" NOT NULL,
    secret text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    position bigint NOT NULL,
    taken_id bigint NULL,
    taken_at text COLLATE "C" NULL,
    failures integer NOT NULL,
    refusals integer NOT NULL,
    failing_since text COLLATE "C" NULL,
    told boolean NOT NULL,
    problem text COLLATE "C" NULL,
    next_try_at text COLLATE "C" NULL
);
CREATE TABLE settings (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value text COLLATE "C" NOT NULL
);
-- Akka's own table, created here because of its trigger. Who remembers more than is stored (a restored backup, a standby without the last rows) would write behind a gap, and
-- nobody could read that journal any more: its write is refused, it stops, and begins anew from what is there.
CREATE TABLE journal (
    ordering bigserial NOT NULL PRIMARY KEY,
    created bigint NOT NULL,
    deleted boolean NOT NULL,
    persistence_id varchar(255) NOT NULL,
    sequence_number bigint NOT NULL,
    message bytea NOT NULL,
    manifest varchar(500) NULL,
    identifier integer NULL,
    writer_uuid varchar(128) NULL
);
CREATE UNIQUE INDEX journal_uq ON journal (persistence_id, sequence_number);
CREATE FUNCTION journal_without_gaps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sequence_number > 1 + (SELECT COALESCE(MAX(sequence_number), 0) FROM journal WHERE persistence_id = NEW.persistence_id) THEN
        RAISE EXCEPTION 'journal_without_gaps: what the writer of % stored before is not there any more; the journal went back', NEW.persistence_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER journal_without_gaps BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_without_gaps();
