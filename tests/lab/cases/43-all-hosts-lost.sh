# shellcheck shell=bash
# All hosts go silent at once: that is the network or us, not three hosts. Nothing is cut, and all is well when it comes back.
fleet
boot=$(boot_of vm1)
for n in 1 2 3; do "$bin/fault" $n cut; done
soon "all are declared down" 40 eval '[ "$(count hypervisor_down)" = 3 ]'
soon "it is called a storm" 20 told storm_began
# That nobody is left to take them is asked before the storm.
for n in 1 2 3; do soon "and it is told why nothing is cut on hv$n" 30 told fence_withheld '.hypervisorId == "hv'$n'" and .data.check == "anything-to-gain"'; done
sleep 6
for n in 1 2 3; do
    is "the power of hv$n was never touched" "$(power_commands $n)" 0
    "$bin/fault" $n uncut
done
for n in 1 2 3; do soon "hv$n is up again" 40 state_is $n Healthy; done
is "it was one storm, of all" "$(events storm_began | jq -r '.data.failing + " of " + .data.counted')" "3 of 3"
is "nothing was fenced" "$(count hypervisor_fenced)" 0
is "nothing was moved" "$(count instance_evacuated)" 0
is "the guests never stopped" "$(boot_of vm1)" "$boot"
one_writer vm1 vm2 vm3
keep_lab
