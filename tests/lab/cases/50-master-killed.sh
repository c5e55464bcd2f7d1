# shellcheck shell=bash
# The master itself is killed three times in the middle of a recovery. What it wrote down before each act is all that is left of it.
fleet
"$bin/fault" 1 cut
kill_when() {
    # How long it takes is not the point: an attempt that was cut short may have to fail first, and wait for the next.
    must "$1" 150 "${@:2}"
    "$bin/master" kill
    "$bin/master" start || exit 1
}
kill_when "hv1 is declared down" told hypervisor_down '.hypervisorId == "hv1"'
kill_when "hv1 is fenced" told hypervisor_fenced '.hypervisorId == "hv1"'
kill_when "one instance is evacuated" told instance_evacuated
counter1=$(counter_of vm1)
counter2=$(counter_of vm2)
for guest in vm1 vm2; do
    soon "$guest is evacuated" 90 told instance_evacuated "$(of_guest $guest)"
    is "$guest is evacuated once" "$(count instance_evacuated "$(of_guest $guest)")" 1
    is "$guest was started once" "$(instance $guest | jq -r .epoch)" 1
done
soon "vm3 is left" 30 told instance_left "$(of_guest vm3)"
soon "vm1 counts on" 40 counts_above vm1 "$counter1"
soon "vm2 counts on" 40 counts_above vm2 "$counter2"
is "hypervisor_down is told once" "$(count hypervisor_down)" 1
is "hypervisor_fenced is told once" "$(count hypervisor_fenced)" 1
yes "the events' ids go up" eval 'get "/events?limit=1000" | jq -e "[.items[].id] | . == (sort | unique)"'
soon "the incident ends" 30 state_is 1 Evacuated
one_writer vm1 vm2
