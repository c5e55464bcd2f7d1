# shellcheck shell=bash
# hv1 fails and its BMC does not answer: nothing can be proved, so nothing is moved, until a person who stands before it says so.
fleet HaActors__Ipmi__Deadline=00:00:10 HaActors__Gate__DegradedGrace=00:00:04
"$bin/bmc" 1 stop
# Hung, it still answers ping; so a person who confirms now would be wrong.
"$bin/fault" 1 hang
soon "the fence fails" 60 told fence_failed '.hypervisorId == "hv1"'
is "with its cause" "$(events fence_failed | head -n 1 | jq -r '.data.cause | ascii_downcase')" unreachable
soon "and hv1 is FenceFailed" 10 state_is 1 FenceFailed
is "who confirms while it answers is refused" "$(api_status POST /hypervisors/hv1/confirm-fenced '{"reason":"I stand before it","hypervisorId":"hv1"}')" 409

"$bin/power" 1 off
before=$(attempt_of 1)
soon "a second attempt is made and fails" 60 attempt_failed 1 "$before"
is "it is told once, not at each attempt" "$(count fence_failed)" 1
is "nothing is moved" "$(count instance_evacuated)" 0
is "nobody confirms without a reason" "$(api_status POST /hypervisors/hv1/confirm-fenced '{"hypervisorId":"hv1"}')" 400
is "nor with another id" "$(api_status POST /hypervisors/hv1/confirm-fenced '{"reason":"I stand before it","hypervisorId":"hv2"}')" 400
is "a person confirms" "$(api_status POST /hypervisors/hv1/confirm-fenced '{"reason":"I stand before it: no light is on","hypervisorId":"hv1"}')" 202
soon "which is the proof" 20 told hypervisor_fenced '.data.proof == "acknowledged"'
for guest in vm1 vm2; do
    counter=$(counter_of $guest)
    soon "$guest is evacuated" 60 told instance_evacuated "$(of_guest $guest)"
    soon "$guest counts on" 40 counts_above $guest "$counter"
done
one_writer vm1 vm2
