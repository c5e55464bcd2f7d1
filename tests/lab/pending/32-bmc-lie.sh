# shellcheck shell=bash
# The BMC takes the order to switch off and does nothing: an answer is no proof.
fleet HaActors__Ipmi__Deadline=00:00:10 HaActors__Ipmi__CallTimeout=00:00:03
"$bin/bmc" 1 mode lie
"$bin/fault" 1 cut
soon "the fence fails" 60 told fence_failed '.hypervisorId == "hv1"'
is "with its cause" "$(events fence_failed | head -n 1 | jq -r '.data.cause | ascii_downcase | gsub("_"; "")')" stillon
is "nobody may confirm while the BMC says on" "$(api_status POST /hypervisors/hv1/confirm-fenced '{"reason":"I think so","hypervisorId":"hv1"}')" 409
is "nothing is moved" "$(count instance_evacuated)" 0
is "nothing is called fenced" "$(count hypervisor_fenced)" 0
counter=$(counter_of vm1)
soon "its guests go on" 5 counts_above vm1 "$counter"

"$bin/bmc" 1 mode ok
soon "with a BMC that obeys hv1 is fenced" 60 told hypervisor_fenced '.data.proof == "powered_off"'
for guest in vm1 vm2; do soon "$guest is evacuated" 60 told instance_evacuated "$(of_guest $guest)"; done
is "the failure was told once" "$(count fence_failed)" 1
one_writer vm1 vm2
