# shellcheck shell=bash
# HA is switched off in the location: whatever happens there, nothing is done.
LOCATION='{"haEnabled": false}' fleet
boot=$(boot_of vm1)
"$bin/fault" 1 cut
sleep 15
is "its power was never touched" "$(power_commands 1)" 0
is "nothing was fenced" "$(count hypervisor_fenced)" 0
is "nothing was moved" "$(count instance_evacuated)" 0
"$bin/fault" 1 uncut
soon "hv1 is healthy again" 30 state_is 1 Healthy
is "its guests never stopped" "$(boot_of vm1)" "$boot"
one_writer vm1 vm2 vm3
keep_lab
