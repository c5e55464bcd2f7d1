# shellcheck shell=bash
# The lab itself, without a master: does it do what the other cases believe? From nothing to a fenced and moved guest, by hand.
new_hosts
"$bin/guest" 1 1
"$bin/watch" start
soon "vm1 counts on hv1" 60 counts_above vm1 2
boot=$(boot_of vm1)

"$bin/fault" 1 cut
no "a cut host does not answer ping" in_ctl ping -c1 -W1 "$(host_ip 1)"
counter=$(counter_of vm1)
soon "its guest goes on" 5 counts_above vm1 "$counter"
"$bin/hvsh" 2 define "$LAB/vm1.xml"
matches "a second copy is refused by the image lock" "$("$bin/hvsh" 2 start vm1 2>&1)" 'Failed to get "write" lock'

is "its BMC says on" "$("$bin/ipmi" 1 chassis power status)" "Chassis Power is on"
"$bin/bmc" 1 mode lie
yes "a lying BMC takes the order" "$bin/ipmi" 1 chassis power off
is "and the host is still on" "$("$bin/ipmi" 1 chassis power status)" "Chassis Power is on"
"$bin/bmc" 1 mode liestatus
is "a BMC that lies twice says off" "$("$bin/ipmi" 1 chassis power status)" "Chassis Power is off"
"$bin/bmc" 1 mode ok
no "a wrong password is refused" env IPMI_PASSWORD=nope "$bin/ipmi" 1 chassis power status
"$bin/bmc" 1 hang
no "a hung BMC does not answer" "$bin/ipmi" 1 chassis power status
"$bin/bmc" 1 resume
soon "it answers again" 10 "$bin/ipmi" 1 chassis power status

yes "power off" "$bin/ipmi" 1 chassis power off
is "its BMC says off" "$("$bin/ipmi" 1 chassis power status)" "Chassis Power is off"
counter=$(counter_of vm1)
yes "vm1 starts on hv2" "$bin/hvsh" 2 start vm1
soon "it counts on from where it was" 60 counts_above vm1 "$counter"
no "under a new boot id" [ "$(boot_of vm1)" = "$boot" ]
yes "one writer after the other" "$bin/watch" check vm1

old=$(cat "$(host_dir 1)/boot-id")
"$bin/ipmi" 1 chassis power on >/dev/null
soon "hv1 comes back" 30 agent_healthy 1
no "with a new boot id" [ "$(cat "$(host_dir 1)/boot-id")" = "$old" ]
no "without vm1" runs_on vm1 1

# The negative control: without the image lock two copies do run, and the watch must say so.
"$bin/guest" 4 1 shareable
soon "vm4 counts" 60 counts_above vm4 2
"$bin/hvsh" 2 define "$LAB/vm4.xml"
"$bin/hvsh" 2 start vm4
soon "two writers are noticed" 60 eval '! "$bin/watch" check vm4'
yes "and only where they are" "$bin/watch" check vm1
