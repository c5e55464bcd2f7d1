# shellcheck shell=bash
# What people and programs send that is wrong is refused in one sentence, and the master lives on.
hosts_up
"$bin/master" end
"$bin/master" wipe
"$bin/master" start || exit 1

refused() {
    local name=$1 code=$2
    shift 2
    is "$name" "$(api_status "$@")" "$code"
    [ "$code" = 401 ] || yes "$name: with a code" jq -e '.code | strings | length > 0' "$LAB/answer"
}
refused "no JSON" 400 POST /locations '{"id":'
refused "no id" 400 POST /locations '{"name":"no id"}'
refused "an id with a slash" 400 POST /locations '{"id":"a/b","name":"x"}'
refused "a threshold of 0" 400 POST /locations '{"id":"dc1","name":"DC 1","failureThreshold":0}'
refused "a threshold of 21" 400 POST /locations '{"id":"dc1","name":"DC 1","failureThreshold":21}'
refused "a word for a number" 400 POST /locations '{"id":"dc1","name":"DC 1","failureThreshold":"three"}'
refused "a hypervisor in no location" 400 POST /hypervisors "$(hypervisor_json 1)"
yes "a good location" register_location
refused "the same again" 409 POST /locations '{"id":"dc1","name":"DC 1"}'
yes "a good hypervisor" register_hypervisor 1
refused "two hypervisors with one BMC" 409 POST /hypervisors "$(BMC_PASSWORD=$BMC_PASSWORD hypervisor_json 2 | jq --arg bmc "$(bmc_ip 1)" '.ipmi.host = $bmc')"
refused "an address that is none" 400 POST /hypervisors "$(hypervisor_json 2 | jq '.address = "not an address!"')"
refused "a port out of range" 400 POST /hypervisors "$(hypervisor_json 2 | jq '.ipmi.port = 70000')"
refused "an unknown hypervisor" 404 GET /hypervisors/hv9
refused "fence without a reason" 400 POST /hypervisors/hv1/fence '{}'
refused "confirm-fenced of a healthy one" 409 POST /hypervisors/hv1/confirm-fenced '{"reason":"because","hypervisorId":"hv1"}'
refused "an unknown instance" 404 PATCH "/instances/$(guest_uuid vm9)" '{"haEnabled":true}'
refused "a limit that is none" 400 GET '/events?limit=many'
refused "a limit too large" 400 GET '/events?limit=1001'
refused "a time that is none" 400 GET '/events?since=yesterday'
refused "a location in use" 409 DELETE /locations/dc1

mv "$LAB/master/authorization" "$LAB/master/right"
echo 'Authorization: Bearer wrong' >"$LAB/master/authorization"
refused "a wrong token" 401 GET /hypervisors
mv "$LAB/master/right" "$LAB/master/authorization"
is "no token" "$(in_ctl curl -s -m 5 -o /dev/null -w '%{http_code}' "$MASTER_URL/api/v1/hypervisors")" 401
no "no secret in any answer" grep -qF -e "$BMC_PASSWORD" -e "$(cat "$LAB/agent-token")" <(get /hypervisors)
no "nor in the log" grep -qF -e "$BMC_PASSWORD" -e "$(cat "$LAB/agent-token")" -e "$(cat "$LAB/master/token")" "$LAB/master/log"
soon "and the master lives on: hv1 is healthy" 30 state_is 1 Healthy
keep_lab
