# shellcheck shell=bash
# lib.sh: what the cases say things with. `run` sources it before a case; a case is one failure and what must follow.

# shellcheck source=env.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/env.sh"
bin=$LAB_HOME/bin
# An agent that does not answer must not look like one that says nothing: jq calls no input a success.
set -o pipefail

# --- verdicts -----------------------------------------------------------------------------------------------------------

pass() { echo "PASS $CASE: $1"; }
fail() {
    echo "FAIL $CASE: $1: wanted $2 got ${3:-nothing}"
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
        sleep 0.3
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
    if within "$limit" "$@"; then return; fi
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
boot_of() { "$bin/guest-counter" "$1" | cut -d' ' -f1; }
counter_of() { "$bin/guest-counter" "$1" | cut -d' ' -f2; }
counts_above() { [ "$(counter_of "$1")" -gt "$2" ]; }
# power_commands N: how often its BMC was told to change the power.
power_commands() { cat "$(bmc_dir "$1")/commands.log" 2>/dev/null | grep -cE ' set | Reset ' || true; }

# one_writer vmI…: never two copies, as the disks tell; and no start was even tried where only QEMU's lock prevented one.
one_writer() {
    yes "one writer at a time: $*" "$bin/watch" check "$@"
    is "no start had to be stopped by the image lock" "$(grep -l 'Failed to get "write" lock' "$LAB"/hosts/*/log/qemu/*.log 2>/dev/null | wc -l)" 0
}

# --- the master ----------------------------------------------------------------------------------------------------------

get() { "$bin/api" GET "/api/v1$1"; }
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
# fenceable N: its device was looked at and is well.
fenceable() { get "/hypervisors/hv$1" | jq -e '.fenceable != false'; }
state_is() { [ "$(state_of "$1")" = "$2" ]; }
instance() { get /instances | jq -e --arg id "$(guest_uuid "$1")" '(.items? // .)[] | select(.id == $id)'; }

# events TYPE [CONDITION]: the matching events, a line each; CONDITION is jq's, e.g. '.hypervisorId == "hv1"'.
events() { get "/events?type=$1&limit=1000" | jq -c ".items[] | select(${2:-true})"; }
count() { events "$@" | wc -l; }
told() { [ "$(count "$@")" -gt 0 ]; }
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
    if [ -e "$LAB/kept" ]; then
        rm -f "$LAB/kept"
    else
        "$bin/down"
        "$bin/up" 3 || exit 1
        (umask 077 && echo "Authorization: Bearer $(cat "$LAB/agent-token")" >"$LAB/agent-authorization")
    fi
    for n in 1 2 3; do must "the agent of hv$n answers" 40 agent_healthy "$n"; done
}
# guests_up: vm1, vm2 and vm3 run on hv1 and count.
guests_up() {
    local i
    for i in 1 2 3; do runs_on "vm$i" 1 || "$bin/guest" "$i" 1; done
    "$bin/watch" stop
    "$bin/watch" start
}
# sharedness_proved N: so many pairs of hypervisors have proved that they share a datastore.
sharedness_proved() { [ "$("$bin/api" GET /api/v1/status | jq .sharedDatastores)" -ge "$1" ]; }

# fleet [KEY=VALUE…]: all of it: hosts, guests, a new master with these settings, registered; vm1 and vm2 opted in, vm3 not.
fleet() {
    hosts_up
    guests_up
    "$bin/master" kill
    "$bin/master" wipe
    "$bin/master" start "$@" || exit 1
    register_location "${LOCATION:-}"
    local n i
    for n in 1 2 3; do register_hypervisor "$n" || exit 1; done
    for n in 1 2 3; do must "hv$n is healthy" 40 state_is "$n" Healthy; done
    for n in 1 2 3; do within 30 fenceable "$n" || true; done
    # Three pairs on the one shared datastore: before that nothing could be started elsewhere.
    must "the shared datastore is proved" 40 sharedness_proved 3
    for i in 1 2; do
        must "vm$i can be opted in" 20 opt_in "vm$i"
        must "vm$i is managed on hv1" 20 managed_on "vm$i" 1
    done
    for i in 1 2 3; do must "vm$i counts" 60 counts_above "vm$i" 2; done
}
# keep_lab: this case left hosts and guests as it found them, so the next one need not make new ones.
keep_lab() { touch "$LAB/kept"; }
