# shellcheck shell=bash
# libvirtd dies on hv1. The agent answers and says so; the guests need no libvirtd to run.
fleet
boot=$(boot_of vm1)
"$bin/fault" 1 kill-libvirtd
soon "the agent says unhealthy" 15 eval '! agent_healthy 1'
soon "hv1 is declared down" 30 told hypervisor_down '.hypervisorId == "hv1"'
counter=$(counter_of vm1)
soon "its guests go on" 10 counts_above vm1 "$((counter + 4))"

"$bin/fault" 1 start-libvirtd
soon "hv1 is up again" 40 told hypervisor_up '.hypervisorId == "hv1" and .id > '"$(events hypervisor_down | jq .id)"
is "nothing was fenced" "$(count hypervisor_fenced)" 0
is "nothing was moved" "$(count instance_evacuated)" 0
is "its power was never touched" "$(power_commands 1)" 0
is "its guests never stopped" "$(boot_of vm1)" "$boot"
one_writer vm1 vm2 vm3
keep_fleet
