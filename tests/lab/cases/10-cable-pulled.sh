# shellcheck shell=bash
# The network cable of hv1 is pulled while its guests go on running: the case in which a careless system makes two copies.
fleet
boot1=$(boot_of vm1)
"$bin/fault" 1 cut

soon "hv1 is declared down" 30 told hypervisor_down '.hypervisorId == "hv1"'
soon "hv1 is fenced" 40 told hypervisor_fenced '.hypervisorId == "hv1"'
is "by power off" "$(events hypervisor_fenced | jq -r .data.proof)" powered_off
is "its power is really off" "$("$bin/power" 1 status)" off
counter1=$(counter_of vm1)
counter2=$(counter_of vm2)
for guest in vm1 vm2; do soon "$guest is evacuated" 60 told instance_evacuated "$(of_guest $guest)"; done
soon "vm3, which is opted out, is left" 20 told instance_left "$(of_guest vm3)"
soon "vm1 counts on" 40 counts_above vm1 "$counter1"
soon "vm2 counts on" 40 counts_above vm2 "$counter2"
no "vm1 was started anew" [ "$(boot_of vm1)" = "$boot1" ]

# What the event log must tell each time.
down=$(events hypervisor_down)
yes "hypervisor_down tells the failure count" data_has "$down" 'failure|miss'
yes "hypervisor_fenced tells how long it took" data_has "$(events hypervisor_fenced)" 'took|duration|seconds|ms$'
incident=$(jq -r .incidentId <<<"$down")
matches "the incident has its number from hypervisor_down" "$incident" '^hv1-[0-9]+$'
for guest in vm1 vm2; do
    event=$(events instance_evacuated "$(of_guest $guest)")
    is "$guest is evacuated once" "$(count instance_evacuated "$(of_guest $guest)")" 1
    is "$guest: the hypervisor that failed" "$(jq -r .hypervisorId <<<"$event")" hv1
    is "$guest: the incident" "$(jq -r .incidentId <<<"$event")" "$incident"
    destination=$(jq -r .data.destination <<<"$event")
    matches "$guest: the destination" "$destination" '^hv[23]$'
    yes "$guest runs there" runs_on $guest "${destination#hv}"
    yes "$guest: how long it took" data_has "$event" 'took|duration|seconds|ms$'
    soon "the instance's place is its destination" 10 eval "[ \"\$(instance $guest | jq -r .hypervisorId)\" = $destination ]"
done
is "hypervisor_down is told once" "$(count hypervisor_down)" 1
is "hypervisor_fenced is told once" "$(count hypervisor_fenced)" 1
soon "hv1 is done with" 30 state_is 1 Evacuated

# Somebody puts the cable back and switches it on.
"$bin/power" 1 on
soon "hv1 is up again" 60 told hypervisor_up '.hypervisorId == "hv1" and .id > '"$(jq .id <<<"$down")"
is "hv1 is healthy" "$(state_of 1)" Healthy
for guest in vm1 vm2; do
    no "$guest does not run on hv1" runs_on $guest 1
    no "$guest cannot be started on hv1 by hand" "$bin/hvsh" 1 start $guest
    soon "$guest goes on where it is" 10 counts_above $guest "$(counter_of $guest)"
done
yes "vm3 is still there" defined_on vm3 1
one_writer vm1 vm2
