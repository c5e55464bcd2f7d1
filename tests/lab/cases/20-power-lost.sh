# shellcheck shell=bash
# hv1 loses its power; its BMC answers and says so. Off already is as good as switched off, and nothing has to be sent.
fleet
"$bin/fault" 1 crash
soon "hv1 is declared down" 30 told hypervisor_down '.hypervisorId == "hv1"'
soon "hv1 is fenced" 40 told hypervisor_fenced '.hypervisorId == "hv1"'
is "because it is off already" "$(events hypervisor_fenced | jq -r .data.proof)" already_off
for guest in vm1 vm2; do
    counter=$(counter_of $guest)
    soon "$guest is evacuated" 60 told instance_evacuated "$(of_guest $guest)"
    soon "$guest counts on" 40 counts_above $guest "$counter"
done
is "vm3 is left" "$(within 20 told instance_left "$(of_guest vm3)"; count instance_left "$(of_guest vm3)")" 1
is "its power was never touched" "$(power_commands 1)" 0
one_writer vm1 vm2
