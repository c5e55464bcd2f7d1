# shellcheck shell=bash
# hv1 comes back without our agent, and libvirt is told to start what it has: only the hook stands between that and a second copy.
fleet
# Somebody marks them by hand, after the opt-in took the marks away.
for guest in vm1 vm2 vm3; do "$bin/hvsh" 1 autostart $guest >/dev/null; done
"$bin/fault" 1 cut
for guest in vm1 vm2; do must "$guest is evacuated" 90 told instance_evacuated "$(of_guest $guest)"; done
must "hv1 is done with" 30 state_is 1 Evacuated

"$bin/fault" 1 disable-agent
"$bin/power" 1 on
must "libvirt on hv1 answers" 30 libvirt_answers 1
soon "what is opted out starts with its host" 20 runs_on vm3 1
for guest in vm1 vm2; do
    no "$guest was not started with its host" runs_on $guest 1
    matches "the hook refuses it by hand too" "$("$bin/hvsh" 1 start $guest 2>&1)" 'Hook script execution failed'
done
is "nobody calls hv1 up" "$(count hypervisor_up '.hypervisorId == "hv1" and .id > '"$(events hypervisor_down | jq .id)")" 0
one_writer vm1 vm2

"$bin/fault" 1 enable-agent
"$bin/fault" 1 start-agent
soon "with its agent hv1 is up again" 60 state_is 1 Healthy
for guest in vm1 vm2; do
    no "$guest still does not run on hv1" runs_on $guest 1
    soon "$guest goes on where it is" 10 counts_above $guest "$(counter_of $guest)"
done
one_writer vm1 vm2
