# shellcheck shell=bash
# hv1 is fenced over Redfish alone; the host to which vm1 goes has Redfish first and IPMI for when that fails.
fleet HaActors__Ipmi__Deadline=00:00:10 HaActors__Fencing__CallTimeout=00:00:05
# devices N JQ: its fence devices become JQ, which may name $redfish and $ipmi.
devices() {
    BMC_PASSWORD=$BMC_PASSWORD jq -n --arg bmc "$(bmc_ip "$1")" --argjson port "$BMC_PORT" --arg user "$BMC_USER" --rawfile print "$(bmc_dir "$1")/fingerprint" '
        {type: "redfish", level: 1, url: "https://\($bmc)", username: $user, password: env.BMC_PASSWORD, certificateSha256: ($print | rtrimstr("\n"))} as $redfish |
        {type: "ipmi", level: 2, host: $bmc, port: $port, username: $user, password: env.BMC_PASSWORD, cipherSuite: 3} as $ipmi |
        {fenceDevices: '"$2"'}' | "$bin/api" PATCH "/api/v1/hypervisors/hv$1" - >/dev/null
}
identity_of() { get "/hypervisors/hv$1" | jq -r '.fenceDevices[0].identity'; }
cause() { events fence_failed | tail -n 1 | jq -r '.data.cause | ascii_downcase | gsub("_"; "")'; }

for n in 1 2 3; do yes "the BMC of hv$n speaks Redfish" "$bin/bmc" $n redfish start; done
yes "hv1 is registered with it" devices 1 '[$redfish]'
for n in 2 3; do yes "hv$n with it and IPMI" devices $n '[$redfish, $ipmi]'; done
for n in 1 2 3; do
    must "hv$n is healthy" 60 state_is $n Healthy
    soon "hv$n tells who it is" 60 eval "[ \"\$(identity_of $n)\" = $(redfish_uuid $n) ]"
    must "hv$n can be fenced" 60 fenceable $n
done
is "the device can be tested" "$(api_status POST /hypervisors/hv1/test-ipmi)" 202

# Another machine's BMC answers at its address.
fence_path_is() { get /hypervisors/hv1 | jq -e ".fenceable == $1"; }
redfish_uuid 9 >"$(bmc_dir 1)/uuid"
is "the device is looked at" "$(api_status POST /hypervisors/hv1/test-ipmi)" 202
soon "a BMC that says it is another one is no fence path" 60 fence_path_is false
rm "$(bmc_dir 1)/uuid"
is "and looked at again" "$(api_status POST /hypervisors/hv1/test-ipmi)" 202
must "its own one is" 60 fence_path_is true

"$bin/bmc" 1 mode lie
"$bin/fault" 1 cut
soon "lie: the fence fails" 120 told fence_failed '.hypervisorId == "hv1"'
is "lie: still on" "$(cause)" stillon
is "nothing is moved" "$(count instance_evacuated)" 0
"$bin/bmc" 1 mode late 3
must "a fence is ordered" 60 order_fence 1
soon "late: hv1 is fenced" 90 told hypervisor_fenced '.hypervisorId == "hv1" and .data.proof == "powered_off"'
is "its power is really off" "$("$bin/power" 1 status)" off
for guest in vm1 vm2; do
    counter=$(counter_of $guest)
    soon "$guest is evacuated" 90 told instance_evacuated "$(of_guest $guest)"
    soon "$guest counts on" 60 counts_above $guest "$counter"
done

"$bin/bmc" 1 mode ok
must "hv1 is done with" 60 state_is 1 Evacuated
"$bin/power" 1 on
must "hv1 is healthy again" 90 state_is 1 Healthy
place=$(instance vm1 | jq -r .hypervisorId)
n=${place#hv}
"$bin/bmc" "$n" redfish stop
"$bin/fault" "$n" cut
soon "$place is fenced over IPMI, for Redfish is gone" 120 told hypervisor_fenced ".hypervisorId == \"$place\" and .data.proof == \"powered_off\""
soon "vm1 is evacuated once more" 90 eval '[ "$(count instance_evacuated "$(of_guest vm1)")" = 2 ]'
one_writer vm1 vm2
no "no password is in the log" grep -qF "$BMC_PASSWORD" "$LAB/master/log"
