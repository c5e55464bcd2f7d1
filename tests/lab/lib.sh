# shellcheck shell=bash
# lib.sh: what the cases say things with. `run` sources it before a case; a case is one failure and what must follow.

# shellcheck source=env.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/env.sh"
bin=$LAB_HOME/bin
# An agent that does not answer must not look like one that says nothing: jq calls no input a success.
set -o pipefail

# --- verdicts -----------------------------------------------------------------------------------------------------------

# Each tells how many seconds after the beginning of the case it was.
pass() { echo "PASS $CASE: $1 [${SECONDS} s]"; }
fail() {
    echo "FAIL $CASE: $1: wanted $2 got ${3:-nothing} [${SECONDS} s]"
    touch "$LAB/case-failed"
}

# is NAME GOT WANTED
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "'$3'" "'$2'"; fi; }
# matches NAME GOT REGEX
matches() { if [[ $2 =~ $3 ]]; then pass "$1"; else fail "$1" "a match of '$3'" "'$2'"; fi; }
# yes NAME COMMAND…, no NAME COMMAND…
yes() {
    local name=$1 out
    shift
    if out=$("$@" 2>&1); then pass "$name"; else fail "$name" "'$*'" "${out:-no}"; fi
}
no() {
    local name=$1 out
    shift
    if out=$("$@" 2>&1); then fail "$name" "no '$*'" "${out:-yes}"; else pass "$name"; fi
}

# within SECONDS COMMAND…: tries until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        pause 0.4
    done
}
# soon NAME SECONDS COMMAND…
soon() {
    local name=$1 limit=$2 began=$SECONDS
    shift 2
    if within "$limit" "$@"; then pass "$name"; else fail "$name" "'$*' within $limit s" "nothing in $((SECONDS - began)) s"; fi
}
# must NAME SECONDS COMMAND…: like soon; without it the rest of the case says nothing, so the case ends here.
must() {
    local name=$1 limit=$2
    shift 2
    if within "$limit" "$@"; then
        echo "     $CASE: $name [$SECONDS s]"
        return
    fi
    fail "$name" "'$*' within $limit s" "nothing; the rest of the case is not run"
    exit 1
}

# --- the hosts and their guests ------------------------------------------------------------------------------------------

guest_uuid() { printf 'aaaaaaaa-0000-4000-8000-%012d' "${1#vm}"; }

# agent N METHOD PATH: asks the agent of host N, with its token.
agent() {
    in_ctl curl -s -f -m 5 -X "$2" -H "@$LAB/agent-authorization" "http://$(host_ip "$1"):8081$3"
}
agent_healthy() { agent "$1" GET /health | jq -e '.status == "healthy"'; }
libvirt_answers() { "$bin/hvsh" "$1" list; }
runs_on() { [ "$("$bin/hvsh" "$2" domstate "$1" 2>/dev/null | head -n 1)" = running ]; }
defined_on() { "$bin/hvsh" "$2" dominfo "$1"; }
# runs_in_host vmI N: looked up on the host itself, for hosts that the network does not reach.
runs_in_host() { "$bin/fault" "$2" in-host pgrep -f "guest=$1,"; }
# beat_of vmI: sets $boot_now and $counter_now to what its disk says.
beat_of() { read -r -n 60 _ boot_now counter_now _ <"$LAB/shared/$1.raw"; }
boot_of() { beat_of "$1" && echo "$boot_now"; }
counter_of() { beat_of "$1" && echo "$counter_now"; }
counts_above() { beat_of "$1" && [ "$counter_now" -gt "$2" ]; }
# power_commands N: how often its BMC was told to change the power.
power_commands() { cat "$(bmc_dir "$1")/commands.log" 2>/dev/null | grep -cE ' set | Reset ' || true; }

# only_off: no BMC was ever told to change the power in another way than off: no cycle, no reset, no soft one.
only_off() { is "no BMC was told anything but off" "$(cat "$LAB"/bmc/*/commands.log | grep -E ' set | Reset ' | grep -cvE ' set power 0 | ForceOff')" 0; }

# one_writer vmI…: never two copies, as the disks tell; and no start was even tried where only QEMU's lock prevented one.
one_writer() {
    yes "one writer at a time: $*" "$bin/watch" check "$@"
    is "no start had to be stopped by the image lock" "$(grep -l 'Failed to get "write" lock' "$LAB"/hosts/*/log/qemu/*.log 2>/dev/null | wc -l)" 0
}

# --- the master ----------------------------------------------------------------------------------------------------------

# get PATH: as `api GET`, in fewer processes: the cases ask many times a second. Fails for an answer that is not 2xx.
get() { in_ctl curl -s -f -m 15 -H "@$LAB/master/authorization" "$MASTER_URL/api/v1$1"; }
# api_status METHOD PATH [JSON]: only the status code. The body goes by a pipe, where no process list shows it.
api_status() {
    if [ $# -gt 2 ]; then
        "$bin/api" "$1" "/api/v1$2" - <<<"$3" >/dev/null
    else
        "$bin/api" "$1" "/api/v1$2" >/dev/null
    fi
    cat "$LAB/status"
}
state_of() { get "/hypervisors/hv$1" | jq -r .state; }
attempt_of() { get "/hypervisors/hv$1" | jq -r .attempt; }
# attempt_failed N BEFORE: a later attempt than that one has ended without proof.
attempt_failed() { get "/hypervisors/hv$1" | jq -e ".attempt > $2 and .state == \"FenceFailed\"" >/dev/null; }
# fenceable N: its device was looked at and is well.
fenceable() { get "/hypervisors/hv$1" | jq -e '.fenceable != false'; }
state_is() { get "/hypervisors/hv$1" | jq -e --arg state "$2" '.state == $state' >/dev/null; }
instance() { get /instances | jq -e --arg id "$(guest_uuid "$1")" '(.items? // .)[] | select(.id == $id)'; }

# Only what was told since this id: `fleet` sets it, where an earlier case left its master to this one.
since=0
last_event() { get "/events?limit=1000" | jq '[.items[].id] | max // 0'; }
# events TYPE [CONDITION]: the matching events, a line each; CONDITION is jq's, e.g. '.hypervisorId == "hv1"'.
events() { get "/events?type=$1&limit=1000" | jq -c ".items[] | select(.id > $since and (${2:-true}))"; }
count() { get "/events?type=$1&limit=1000" | jq "[.items[] | select(.id > $since and (${2:-true}))] | length"; }
told() { get "/events?type=$1&limit=1000" | jq -e "any(.items[]; .id > $since and (${2:-true}))" >/dev/null; }
# story ID: all that was told after that one, in order: type, hypervisor, guest, destination or class or proof.
story() {
    get "/events?limit=1000" | jq -r --argjson after "$1" '.items | sort_by(.id)[] | select(.id > $after) | [.type, .hypervisorId // "-",
        (if .instanceId then "vm" + (.instanceId[-12:] | tonumber | tostring) else "-" end), .data.destination // .data.proof // .data.class // "-"] | join(" ")'
}
of_guest() { echo ".instanceId == \"$(guest_uuid "$1")\""; }
# data_has EVENT REGEX: its data has a number under a name like that.
data_has() { jq -e --arg name "$2" '[.data | to_entries[] | select(.key | test($name; "i")) | .value | tonumber?] | length > 0' <<<"$1"; }

# register_location [JSON members that differ]
register_location() {
    jq -n --argjson other "${1:-{\}}" '{id: "dc1", name: "DC 1", haEnabled: true, failureThreshold: 3, evacuationEnabled: true, instancesHaEnabled: false} + $other' |
        "$bin/api" POST /api/v1/locations - >/dev/null
}
# bmc_of N: the host whose BMC is registered as that of host N: its own, unless a case exchanges them with BMC_OF_N.
bmc_of() { local other=BMC_OF_$1; echo "${!other:-$1}"; }
# hypervisor_json N: as it is registered; it holds secrets, so it goes through pipes only.
hypervisor_json() {
    jq -n --arg id "hv$1" --arg ip "$(host_ip "$1")" --arg bmc "$(bmc_ip "$(bmc_of "$1")")" --argjson port "$BMC_PORT" --arg user "$BMC_USER" \
        --rawfile token "$LAB/agent-token" '{id: $id, name: $id, locationId: "dc1", groupId: null, address: $ip,
        agent: {url: "http://\($ip):8081", token: ($token | rtrimstr("\n"))},
        ipmi: {host: $bmc, port: $port, username: $user, password: env.BMC_PASSWORD, cipherSuite: 3}}'
}
register_hypervisor() { BMC_PASSWORD=$BMC_PASSWORD hypervisor_json "$1" | "$bin/api" POST /api/v1/hypervisors - >/dev/null; }
opt_in() { "$bin/api" PATCH "/api/v1/instances/$(guest_uuid "$1")" '{"haEnabled":true}'; }
# order_fence N: an operator asks for it; while an attempt is under way there is nothing to ask for.
order_fence() { [ "$(api_status POST "/hypervisors/hv$1/fence" '{"reason":"again, I have looked at its BMC"}')" = 202 ]; }
managed_on() { agent "$2" GET /v1/instances | jq -e --arg id "$(guest_uuid "$1")" '.instances[] | select(.uuid == $id) | .managed'; }

# --- beginnings ----------------------------------------------------------------------------------------------------------

# hosts_up: three healthy hosts. What an earlier case left as it was (keep_lab) is used again.
hosts_up() {
    local n
    rm -f "$LAB/kept-fleet"
    if [ -e "$LAB/kept" ]; then
        rm -f "$LAB/kept"
    else
        "$bin/down"
        "$bin/up" 3 || exit 1
        (umask 077 && echo "Authorization: Bearer $(cat "$LAB/agent-token")" >"$LAB/agent-authorization")
    fi
    for n in 1 2 3; do must "the agent of hv$n answers" 40 agent_healthy "$n"; done
}
# new_hosts: never those of an earlier case.
new_hosts() {
    rm -f "$LAB/kept"
    hosts_up
}
# guests_up: vm1, vm2 and vm3 run on hv1 and count.
guests_up() {
    local i
    for i in 1 2 3; do runs_on "vm$i" 1 || "$bin/guest" "$i" 1; done
    "$bin/watch" stop
    "$bin/watch" start
}
# sharedness_proved N: so many pairs of hypervisors have proved that they share a datastore.
sharedness_proved() { get /status | jq -e ".sharedDatastores >= $1" >/dev/null; }

# whole: nothing is left in it of what an earlier case did. Two failures of a host may be; the third within the hour is a quarantine.
whole() {
    get /status | jq -e '.armed == "armed" and .openIncidents == [] and .hypervisorsByState == {Healthy: 3} and (.quarantined // []) == []' >/dev/null &&
        [ "$(count hypervisor_down)" -lt 2 ]
}
# fleet [KEY=VALUE…]: all of it: hosts, guests, a new master with these settings, registered; vm1 and vm2 opted in, vm3 not.
# What an earlier case with the same settings left as it was (keep_fleet) is used again, with its master.
fleet() {
    local n i kept_fleet
    fleet_settings="${LOCATION:-} ${BMC_OF_1:-} ${BMC_OF_2:-} $*"
    kept_fleet=$(cat "$LAB/kept-fleet" 2>/dev/null)
    rm -f "$LAB/kept-fleet"
    if [ -e "$LAB/kept" ] && [ "$kept_fleet" = "fleet $fleet_settings" ] && whole; then
        rm -f "$LAB/kept"
        for n in 1 2 3; do : >"$(bmc_dir "$n")/commands.log"; done
        guests_up
        for i in 1 2 3; do must "vm$i counts" 60 counts_above "vm$i" 2; done
        since=$(last_event)
        return
    fi
    hosts_up
    for n in 1 2 3; do : >"$(bmc_dir "$n")/commands.log"; done
    guests_up
    "$bin/master" end
    "$bin/master" wipe
    "$bin/master" start "$@" || exit 1
    register_location "${LOCATION:-}"
    for n in 1 2 3; do register_hypervisor "$n" || exit 1; done
    for n in 1 2 3; do must "hv$n is healthy" 40 state_is "$n" Healthy; done
    for n in 1 2 3; do within 30 fenceable "$n" || true; done
    # Three pairs on the one shared datastore: before that nothing could be started elsewhere.
    must "the shared datastore is proved" 40 sharedness_proved 3
    for i in 1 2; do
        must "vm$i can be opted in" 20 opt_in "vm$i"
        must "vm$i is managed on hv1" 20 managed_on "vm$i" 1
        # Else it is told in the middle of what the case looks at.
        must "the opt-in of vm$i is told" 20 told inventory_changed "$(of_guest "vm$i")"
    done
    for i in 1 2 3; do must "vm$i counts" 60 counts_above "vm$i" 2; done
}
# keep_lab: this case left hosts and guests as it found them, so the next one need not make new ones.
keep_lab() { touch "$LAB/kept"; }
# keep_fleet: neither does it need a new master.
keep_fleet() {
    echo "fleet $fleet_settings" >"$LAB/kept-fleet"
    keep_lab
}
