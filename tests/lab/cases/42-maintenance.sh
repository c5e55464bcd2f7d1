# shellcheck shell=bash
# hv1 is in maintenance: it may go and come as it likes.
fleet
boot=$(boot_of vm1)
is "maintenance begins" "$(api_status POST /hypervisors/hv1/maintenance '{"reason":"new memory"}')" 202
soon "and is told" 10 told maintenance_on '.hypervisorId == "hv1"'
"$bin/fault" 1 cut
sleep 15
is "its power was never touched" "$(power_commands 1)" 0
is "it is probed all the same" "$(get /hypervisors/hv1 | jq -r '"\(.lastProbe.ping) \(.failures >= 3)"')" "lost true"
is "nothing was fenced" "$(count hypervisor_fenced)" 0
is "nothing was moved" "$(count instance_evacuated)" 0
"$bin/fault" 1 uncut
soon "hv1 is healthy again" 30 state_is 1 Healthy
is "maintenance ends" "$(api_status POST /hypervisors/hv1/resume '{"reason":"done"}')" 202
soon "and is told" 10 told maintenance_off '.hypervisorId == "hv1"'
is "its guests never stopped" "$(boot_of vm1)" "$boot"
one_writer vm1 vm2 vm3
keep_fleet
