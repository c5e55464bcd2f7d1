# shellcheck shell=bash
# The network cable of hv1 is pulled while its guests go on running: the case in which a careless system makes two copies.
fleet
boot1=$(boot_of vm1)
boot2=$(boot_of vm2)
before=$(last_event)
cut_at=$EPOCHREALTIME
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
# About 20 s on a quiet machine: a figure, because a busy one takes what it takes.
for guest in vm1 vm2; do
    echo "     $CASE: from the cut of the cable: $guest runs on another host after $(events instance_evacuated "$(of_guest $guest)" | jq --argjson cut "$cut_at" -r '(.at | (.[:19] + "Z" | fromdate) + ("0." + (.[20:] | rtrimstr("Z")) | tonumber? // 0)) - $cut | . * 10 | round / 10') s," \
        "its first beat there $(awk -v cut="$cut_at" -v guest=$guest -v old="$([ $guest = vm1 ] && echo "$boot1" || echo "$boot2")" '$2 == guest && $3 != old && $1 > cut { printf "after %.1f s", $1 - cut; exit }' "$LAB/watch.log")"
done
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
# The whole of it, in order; which of the instances has its end first is open.
told_all=$(story "$before")
echo "$told_all" | sed "s/^/     $CASE: told: /"
destination1=$(events instance_evacuated "$(of_guest vm1)" | jq -r .data.destination)
destination2=$(events instance_evacuated "$(of_guest vm2)" | jq -r .data.destination)
is "exactly this is told, in this order" "$(sed -n '1,2p' <<<"$told_all"; sed -n '3,5p' <<<"$told_all" | sort; sed -n '6,$p' <<<"$told_all")" "hypervisor_down hv1 - unreachable
hypervisor_fenced hv1 - powered_off
instance_evacuated hv1 vm1 $destination1
instance_evacuated hv1 vm2 $destination2
instance_left hv1 vm3 -
evacuation_completed hv1 - -
hypervisor_up hv1 - -"
is "the failure count is the threshold" "$(jq -r .data.failures <<<"$down")" 3
yes "evacuation_completed tells how long it took, and of how many" eval '[ "$(events evacuation_completed | jq -r "select(.data.tookMs | tonumber > 0) | .data.total + \" \" + .data.waiting")" = "3 0" ]'
for guest in vm1 vm2; do
    no "$guest does not run on hv1" runs_on $guest 1
    no "$guest cannot be started on hv1 by hand" "$bin/hvsh" 1 start $guest
    soon "$guest goes on where it is" 10 counts_above $guest "$(counter_of $guest)"
done
yes "vm3 is still there" defined_on vm3 1
only_off
one_writer vm1 vm2
