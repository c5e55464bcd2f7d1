# shellcheck shell=bash
# HA is switched off in the location: whatever happens there, nothing is done.
LOCATION='{"haEnabled": false}' fleet
boot=$(boot_of vm1)
"$bin/fault" 1 cut
sleep 15
is "its power was never touched" "$(power_commands 1)" 0
is "it is not even counted" "$(count hypervisor_down)" 0
is "nothing was fenced" "$(count hypervisor_fenced)" 0
is "nothing was moved" "$(count instance_evacuated)" 0
"$bin/fault" 1 uncut
soon "hv1 is healthy again" 30 state_is 1 Healthy
"$bin/hvsh" 1 suspend vm3 >/dev/null
soon "its instance list is still read: vm3 is paused" 40 eval 'instance vm3 | jq -e ".state | ascii_downcase == \"paused\""'
"$bin/hvsh" 1 resume vm3 >/dev/null
is "its guests never stopped" "$(boot_of vm1)" "$boot"
one_writer vm1 vm2 vm3
keep_lab
