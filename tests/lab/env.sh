# shellcheck shell=bash disable=SC2034
# env.sh: sourced by every script of the lab: where things are, and who has which address.
# All that the lab makes lies below $HA_LAB; $HA_LAB_NS begins the names of its network namespaces, which are global.

# Found once for all scripts that one of them calls: they are many.
LAB_HOME=${HA_LAB_HOME:-$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")}
LAB=${HA_LAB:-${TMPDIR:-/tmp}/haactors-lab}
LAB_NS=${HA_LAB_NS:-haactors}
# A BMC's power switch and the hosts are started far from here and must find the same lab.
export HA_LAB=$LAB HA_LAB_NS=$LAB_NS HA_LAB_HOME=$LAB_HOME

GUEST_CACHE=${HA_LAB_CACHE:-$LAB/cache}
CTL=$LAB_NS-ctl # network namespace of the master, the bridges and the BMCs
NET=10.77.0     # management and guests
BMC_NET=10.77.1
BMC_PORT=623
BMC_USER="admin"
BMC_PASSWORD=s3cret-pw # known to everybody who reads this: it opens simulated BMCs only
MASTER_URL=http://127.0.0.1:8080

host_ns() { echo "$LAB_NS-hv$1"; }
host_ip() { echo "$NET.$((10 + $1))"; }
bmc_ip() { echo "$BMC_NET.$((10 + $1))"; }
guest_ip() { echo "$NET.$((100 + $1))"; }
host_dir() { echo "$LAB/hosts/hv$1"; }
redfish_uuid() { printf '4c4c4544-0043-4810-8052-%012d' "$1"; }
bmc_dir() { echo "$LAB/bmc/hv$1"; }

# in_ctl COMMAND…: runs it where the master runs.
in_ctl() { nsenter --net="/run/netns/$CTL" "$@"; }

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# Whatever is meant to outlive the command that starts it is started by this: in a session of its own, and marked, so that it is found again.
apart=(setsid env "HA_LAB_OF=$LAB")
# is_ours PID: that process lives and belongs to this lab; a recorded pid may have been given to another process since.
is_ours() { [ -n "$1" ] && ! is_zombie "$1" && grep -qsz "^HA_LAB_OF=$LAB\$" "/proc/$1/environ"; }
# lives PID: a child of this shell does; its mark is not there before its second exec, so is_ours would be asked too early.
lives() { kill -0 "$1" 2>/dev/null && ! is_zombie "$1"; }
is_zombie() {
    local stat
    read -r stat 2>/dev/null <"/proc/$1/stat" && [[ ${stat##*) } == Z* ]]
}

# pause SECONDS: without a process of its own; nothing is ever written to that pipe.
pause() {
    [ -n "${never:-}" ] || exec {never}<> <(:)
    read -rt "$1" -u "$never" || true
}

# kill_and_wait PID: kills at once and waits until it is gone, 3 s at most.
kill_and_wait() {
    kill -KILL "$1" 2>/dev/null || return 0
    local _
    for _ in $(seq 150); do
        [ -d "/proc/$1" ] || return 0
        is_zombie "$1" && return 0
        pause 0.02
    done
    return 1
}

# end_session PID: kills what was started apart with that pid, and all that it started: tools, sleeps. Waits until they are gone, 3 s at most.
end_session() {
    is_ours "$1" || return 0
    pkill -KILL -s "$1"
    local _
    for _ in $(seq 150); do
        pgrep -s "$1" -r D,I,R,S,T,t >/dev/null || return 0
        pause 0.02
    done
    return 1
}

# namespaces: those of this lab that are there.
namespaces() { ip netns list 2>/dev/null | awk '{print $1}' | grep -E "^$LAB_NS-(ctl|hv[0-9]+)\$"; }
# lab_processes: all that live in this lab's network namespaces, or were started apart by it.
lab_processes() {
    local name
    {
        for name in $(namespaces); do ip netns pids "$name"; done
        grep -lsz "^HA_LAB_OF=$LAB\$" /proc/[0-9]*/environ | cut -d/ -f3
    } 2>/dev/null | sort -un
}

# close_inherited: ipmi_sim's sockets are not close-on-exec, and whoever keeps them keeps the BMC's port.
close_inherited() {
    local fd
    for fd in "/proc/$BASHPID/fd"/*; do
        fd=${fd##*/}
        # 255 is where bash reads the script from.
        [ "$fd" -gt 2 ] && [ "$fd" -ne 255 ] && eval "exec $fd>&-"
    done
    return 0
}
