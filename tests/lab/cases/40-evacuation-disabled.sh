# shellcheck shell=bash
# Evacuation is switched off in the location: a failure is seen and told, and no power is ever cut.
LOCATION='{"evacuationEnabled": false}' fleet
boot=$(boot_of vm1)
"$bin/fault" 1 cut
soon "hv1 is declared down" 30 told hypervisor_down '.hypervisorId == "hv1"'
soon "and it is told why nothing is cut" 20 told fence_withheld '.hypervisorId == "hv1"'
sleep 6
is "once" "$(count fence_withheld)" 1
is "because evacuation is off" "$(events fence_withheld | jq -r .data.check)" evacuation-enabled
is "its power was never touched" "$(power_commands 1)" 0
"$bin/fault" 1 uncut
soon "hv1 is up again" 30 told hypervisor_up '.hypervisorId == "hv1" and .id > '"$(events hypervisor_down | jq .id)"
is "nothing was fenced" "$(count hypervisor_fenced)" 0
is "nothing was moved" "$(count instance_evacuated)" 0
is "its guests never stopped" "$(boot_of vm1)" "$boot"
one_writer vm1 vm2 vm3
keep_lab
