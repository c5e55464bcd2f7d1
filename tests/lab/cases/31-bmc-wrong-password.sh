# shellcheck shell=bash
# The BMC's password was changed and nobody told us: nothing moves until the right one is entered, and then without waiting.
fleet
set_password() {
    BMC_GIVEN=$1 jq -n '{ipmi: {password: env.BMC_GIVEN}}' | "$bin/api" PATCH /api/v1/hypervisors/hv1 - >/dev/null
}
yes "a password can be changed" set_password nope
no "it is never shown" grep -q nope <(get /hypervisors/hv1)
"$bin/fault" 1 cut
soon "the fence fails" 60 told fence_failed '.hypervisorId == "hv1"'
is "with its cause" "$(events fence_failed | head -n 1 | jq -r '.data.cause | ascii_downcase | gsub("_"; "")')" authenticationfailed
sleep 6
is "nothing is moved" "$(count instance_evacuated)" 0
yes "its guests go on" runs_in_host vm1 1

yes "the right password is entered" set_password "$BMC_PASSWORD"
soon "hv1 is fenced" 40 told hypervisor_fenced '.data.proof == "powered_off"'
for guest in vm1 vm2; do soon "$guest is evacuated" 60 told instance_evacuated "$(of_guest $guest)"; done
one_writer vm1 vm2
no "no password is in the log" grep -qE "nope|$BMC_PASSWORD" "$LAB/master/log"
