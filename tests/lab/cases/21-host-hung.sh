# shellcheck shell=bash
# Every process on hv1 stands still, but its kernel answers ping: degraded. After the grace it is fenced like any other.
fleet HaActors__Gate__DegradedGrace=00:00:10
"$bin/fault" 1 hang
soon "hv1 is declared down" 30 told hypervisor_down '.hypervisorId == "hv1"'
is "nothing is cut within the grace" "$(power_commands 1)" 0
soon "hv1 is fenced after it" 50 told hypervisor_fenced '.hypervisorId == "hv1"'
is "by power off" "$(events hypervisor_fenced | jq -r .data.proof)" powered_off
for guest in vm1 vm2; do
    counter=$(counter_of $guest)
    soon "$guest is evacuated" 60 told instance_evacuated "$(of_guest $guest)"
    soon "$guest counts on" 40 counts_above $guest "$counter"
done
one_writer vm1 vm2
