# shellcheck shell=bash
# The BMC does nothing and says "off" (or it is another machine's). The host still answers ping: the contradiction is seen, nothing moves.
fleet HaActors__Ipmi__Deadline=00:00:10 HaActors__Gate__DegradedGrace=00:00:04
boot=$(boot_of vm1)
"$bin/bmc" 1 mode liestatus
"$bin/fault" 1 hang
soon "the contradiction is told" 60 told fence_contradicted '.hypervisorId == "hv1"'
soon "hv1 is FenceFailed" 20 state_is 1 FenceFailed
sleep 8
is "nothing is moved" "$(count instance_evacuated)" 0
is "nothing is called fenced" "$(count hypervisor_fenced)" 0
is "it is told once" "$(count fence_contradicted)" 1

"$bin/fault" 1 unhang
"$bin/bmc" 1 mode ok
soon "it answers again and is up" 60 state_is 1 Healthy
is "its guests went on" "$(boot_of vm1)" "$boot"
one_writer vm1 vm2 vm3
keep_lab
