# shellcheck shell=bash
# The BMCs of hv1 and hv2 are registered the wrong way round. hv1 is cut off: the off goes to hv2, and "off" is read. The neighbour that fell silent gives it away.
BMC_OF_1=2 BMC_OF_2=1 fleet HaActors__Ipmi__Deadline=00:00:10 HaActors__Fencing__CallTimeout=00:00:08
boot=$(boot_of vm1)
"$bin/fault" 1 cut
soon "the contradiction is told" 120 told fence_contradicted '.hypervisorId == "hv1"'
is "it was hv2 whose power was cut" "$("$bin/power" 2 status)" off
is "and it is named" "$(events fence_contradicted '.hypervisorId == "hv1"' | head -n 1 | grep -c hv2)" 1
soon "hv1 is FenceFailed" 60 state_is 1 FenceFailed
soon "hv2 is down, too" 60 state_is 2 Down
counter=$(counter_of vm1)
soon "the guests on hv1 go on" 30 counts_above vm1 "$((counter + 8))"
is "nothing is moved" "$(count instance_evacuated)" 0
is "nothing is called fenced" "$(count hypervisor_fenced)" 0
is "the contradiction is told once" "$(count fence_contradicted)" 1
# The fence of hv2 would go to the BMC of hv1, on which the guests run.
is "the power of hv1 was never touched" "$(power_commands 1)" 0

"$bin/power" 2 on
"$bin/fault" 1 uncut
for n in 1 2; do soon "hv$n is healthy again" 120 state_is $n Healthy; done
is "the guests never stopped" "$(boot_of vm1)" "$boot"
one_writer vm1 vm2 vm3
keep_lab
