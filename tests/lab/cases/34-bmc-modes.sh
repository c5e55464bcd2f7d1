# shellcheck shell=bash
# hv1 is cut off, and its BMC fails in one way after another. Each attempt ends with its cause, and nothing is moved, until one of them obeys, late.
# Then the BMC of another host does what it is told and dies before it can say so.
fleet HaActors__Ipmi__Deadline=00:00:10 HaActors__Fencing__CallTimeout=00:00:08
boot=$(boot_of vm1)
cause() { events fence_failed | tail -n 1 | jq -r '.data.cause | ascii_downcase | gsub("_"; "")'; }
# fails MODE CAUSE WHAT…: an attempt with that BMC ends so.
fails() {
    local before
    before=$(attempt_of 1)
    must "$1: a fence is ordered" 60 order_fence 1
    must "$1: the attempt ends" 90 attempt_failed 1 "$before"
    soon "$1: $2" 10 eval '[ "$(cause)" = "'"${2// /}"'" ]'
}

"$bin/bmc" 1 mode failget
"$bin/fault" 1 cut
soon "failget: the fence fails" 90 told fence_failed '.hypervisorId == "hv1"'
is "failget: refused" "$(cause)" refused
must "hv1 is FenceFailed" 20 state_is 1 FenceFailed

"$bin/bmc" 1 mode ok
"$bin/bmc" 1 hang
fails "hang" "unreachable"
"$bin/bmc" 1 mode failset
"$bin/bmc" 1 resume
fails "failset" "refused"
"$bin/bmc" 1 mode lie
fails "lie" "still on"
is "nobody may confirm while the BMC says on" "$(api_status POST /hypervisors/hv1/confirm-fenced '{"reason":"I think so","hypervisorId":"hv1"}')" 409
"$bin/bmc" 1 mode die
fails "die" "unreachable"
is "a cause is told once until it changes" "$(events fence_failed | jq -r .data.cause | uniq | tr '\n' ' ')" "$(events fence_failed | jq -r .data.cause | tr '\n' ' ')"
is "nothing is moved" "$(count instance_evacuated)" 0
is "nothing is called fenced" "$(count hypervisor_fenced)" 0
yes "its guests go on" runs_in_host vm1 1
is "and never stopped" "$(boot_of vm1)" "$boot"

"$bin/bmc" 1 mode late 4
"$bin/bmc" 1 resume
must "late: a fence is ordered" 60 order_fence 1
soon "late: hv1 is fenced" 90 told hypervisor_fenced '.hypervisorId == "hv1" and .data.proof == "powered_off"'
for guest in vm1 vm2; do
    counter=$(counter_of $guest)
    soon "$guest is evacuated" 90 told instance_evacuated "$(of_guest $guest)"
    soon "$guest counts on" 60 counts_above $guest "$counter"
done
one_writer vm1 vm2

# Back with hv1. Then the host to which vm1 went.
"$bin/bmc" 1 mode ok
must "hv1 is done with" 60 state_is 1 Evacuated
"$bin/power" 1 on
must "hv1 is healthy again" 90 state_is 1 Healthy
place=$(instance vm1 | jq -r .hypervisorId)
n=${place#hv}
"$bin/bmc" "$n" mode dieset
"$bin/fault" "$n" cut
soon "dieset: the fence fails" 120 told fence_failed ".hypervisorId == \"$place\""
is "dieset: the power is off" "$("$bin/power" "$n" status)" off
is "dieset: and nobody believes it" "$(count hypervisor_fenced ".hypervisorId == \"$place\"")" 0
counter=$(counter_of vm1)
"$bin/bmc" "$n" mode ok
"$bin/bmc" "$n" resume
must "dieset: a fence is ordered" 60 order_fence "$n"
soon "dieset: what was done is found" 90 told hypervisor_fenced ".hypervisorId == \"$place\" and .data.proof == \"powered_off\""
soon "vm1 is evacuated once more" 90 eval '[ "$(count instance_evacuated "$(of_guest vm1)")" = 2 ]'
soon "vm1 counts on" 60 counts_above vm1 "$counter"
only_off
one_writer vm1 vm2
