# shellcheck shell=bash
# Our agent on real libvirt, without a master: what it promises the master about starts, and what holds when it is dead.
new_hosts
"$bin/guest" 1 1
"$bin/watch" start
uuid=$(guest_uuid vm1)
# ask N METHOD PATH [JSON]: "STATUS CODE" of the answer.
ask() {
    in_ctl curl -s -m 30 -X "$2" -H "@$LAB/agent-authorization" -H 'Content-Type: application/json' -o "$LAB/answer" -w '%{http_code}' \
        --data-binary "${4:-{\}}" "http://$(host_ip "$1"):8081$3"
    jq -r '" \(.code // "")"' "$LAB/answer" 2>/dev/null || echo
}
boot_id() { cat "$(host_dir "$1")/boot-id"; }
run_body() { agent 1 GET /v1/instances | jq -c --arg id "$uuid" --argjson epoch "$1" '.instances[] | select(.uuid == $id) | {definition, epoch: $epoch}'; }

is "without a token nothing is told" "$(in_ctl curl -s -m 5 -o /dev/null -w '%{http_code}' "http://$(host_ip 1):8081/v1/instances")" 401
is "health tells the boot" "$(agent 1 GET /health | jq -r .bootId)" "$(boot_id 1)"
is "both hosts see one shared datastore" "$(for n in 1 2; do agent $n GET /v1/host; done | jq -r '.datastores[] | select(.path == "/srv/shared") | .uuid' | sort -u | wc -l)" 1
is "and a local one each" "$(for n in 1 2; do agent $n GET /v1/host; done | jq -r '.datastores[] | select(.path == "/srv/local") | .uuid' | sort -u | wc -l)" 2
yes "the host is protected by the hook" eval 'agent 1 GET /v1/host | jq -e .protected'
soon "vm1 counts" 60 counts_above vm1 2

transient() { agent 1 GET /v1/instances | jq -r --arg name "$1" '.instances[] | select(.name == $name) | .transient'; }
is "what is defined on disk is told so" "$(transient vm1)" false
sed -e 's/vm1/passing/g' -e '/<uuid>/d' -e '/<disk /,/<\/disk>/d' "$LAB/vm1.xml" >"$LAB/passing.xml"
is "virsh create starts another" "$("$bin/hvsh" 1 create "$LAB/passing.xml" 2>&1 | grep -o 'error.*')" ""
soon "what a boot would take away is told so" 20 eval '[ "$(transient passing)" = true ]'
"$bin/hvsh" 1 destroy passing >/dev/null

body=$(run_body 1)
is "an agent that knows no epochs starts nothing" "$(ask 2 PUT "/v1/instances/$uuid/run" "$body")" "409 epochs-unknown"
for n in 1 2; do matches "hv$n is told the epochs" "$(ask $n PUT /v1/epochs "{\"bootId\":\"$(boot_id $n)\",\"floors\":{}}")" '^20'; done
"$bin/hvsh" 1 autostart vm1 >/dev/null
matches "vm1 is opted in" "$(ask 1 PUT "/v1/instances/$uuid/managed" '{"managed":true,"mayStart":false}')" '^20'
matches "the mark of autostart is taken off" "$("$bin/hvsh" 1 dominfo vm1)" 'Autostart: *disable'
matches "where QEMU holds the image nothing else starts" "$(ask 2 PUT "/v1/instances/$uuid/run" "$body")" '^409 image-locked'
no "and nothing of it stays" runs_on vm1 2

# The power goes. Somebody marks it before, and our agent is not there when it comes back.
"$bin/hvsh" 1 autostart vm1 >/dev/null
"$bin/power" 1 off
"$bin/fault" 1 disable-agent
"$bin/power" 1 on
must "libvirt on hv1 answers" 30 libvirt_answers 1
matches "the hook refuses it" "$("$bin/hvsh" 1 start vm1 2>&1)" 'haactors: not cleared'
no "it was not started with its host either" runs_on vm1 1

# A start that takes long, with an agent that dies in the middle of it: until libvirt is done nobody may take it for running, for it may yet fail.
mkdir -p "$LAB/slow"
cat >"$LAB/slow/qemu" <<EOF
#!/bin/bash
case "\$*" in
*guest=vm1*) for _ in {1..600}; do [ -e "$LAB/slow/go" ] && break; sleep 0.1; done ;;
esac
exec $(jq -r .definition <<<"$body" | grep -o '<emulator>[^<]*' | cut -d '>' -f 2) "\$@"
EOF
chmod 755 "$LAB/slow/qemu"
slow=$(jq -c --arg emulator "<emulator>$LAB/slow/qemu</emulator>" '.epoch = 2 | .definition |= sub("<emulator>[^<]*</emulator>"; $emulator)' <<<"$body")
ask 2 PUT "/v1/instances/$uuid/run" "$slow" >/dev/null &
as_listed() { agent "$1" GET /v1/instances | jq -r --arg id "$uuid" '.instances[] | select(.uuid == $id) | .state + " " + (.stateReason // "")'; }
# Its emulator, not its list, which may be some seconds old and show the start that the image lock has ended.
soon "its start on hv2 has begun" 20 runs_in_host vm1 2
soon "what is being started does not count as running" 10 eval '[ "$(as_listed 2)" = "Other starting-up" ]'
"$bin/fault" 2 kill-agent
wait $!
"$bin/fault" 2 start-agent
must "hv2 has its agent again" 30 agent_healthy 2
is "nor after the agent died in the middle" "$(ask 2 PUT "/v1/instances/$uuid/run" "$slow")" "503 starting"
touch "$LAB/slow/go"
soon "it runs as soon as libvirt is done" 40 eval '[ "$(as_listed 2 | cut -d " " -f 1)" = Running ]'
matches "and the same start again finds it" "$(ask 2 PUT "/v1/instances/$uuid/run" "$slow")" '^200'
counter=$(counter_of vm1)
soon "it counts on there" 60 counts_above vm1 "$counter"
is "the same start again is no other start" "$(ask 2 PUT "/v1/instances/$uuid/run" "$(jq -c '.epoch = 2' <<<"$body")"; jq -r .already "$LAB/answer")" "200 
true"
is "an old start is refused" "$(ask 2 PUT "/v1/instances/$uuid/run" "$body")" "409 epoch-old"

"$bin/fault" 1 enable-agent
"$bin/fault" 1 start-agent
soon "hv1 has its agent again" 30 agent_healthy 1
is "hv1 promises to refuse it up to epoch 2" "$(ask 1 POST "/v1/instances/$uuid/cancel" '{"epoch":2}'; jq -c '[.present, .refusedUpTo]' "$LAB/answer")" "200 
[false,2]"
matches "its definition is forgotten there" "$(ask 1 DELETE "/v1/instances/$uuid")" '^20'
yes "its disk is not" test -s "$LAB/shared/vm1.raw"
matches "hv1 is cleared" "$(ask 1 POST /v1/host/clear "{\"bootId\":\"$(boot_id 1)\"}")" '^20'
yes "vm1 goes on on hv2" counts_above vm1 "$counter"
yes "one writer" "$bin/watch" check vm1
