#!/bin/sh
# haactors-hook 1
# libvirt's qemu hook of HaActors, written by "haagent install-hook". It keeps an instance that HA manages from being
# started behind the masters' back: by autostart after the host was fenced, or by hand where it no longer lives.
# It works from files alone, so it also refuses while the agent is dead. libvirt calls it as NAME OPERATION PHASE EXTRA
# with the definition on stdin; exit 1 refuses the start, and what it wrote to stderr reaches the caller.
state='@STATE@'
boot_id_path='@BOOTID@'

[ "$2" = prepare ] && [ "$3" = begin ] || exit 0

# Tells the agent that this libvirtd ($PPID) really calls this hook. A failure to tell is no reason to refuse.
{ printf '%s\n' "$PPID" > "$state/hook-used.new" && mv -f "$state/hook-used.new" "$state/hook-used"; } 2>/dev/null || :

refuse() {
    echo "haactors: $1" >&2
    exit 1
}

# The domain's own uuid is the first one; metadata and others come later. All of stdin is read, or libvirt gets EPIPE.
uuid=$(sed -n 's|^ *<uuid>\([0-9a-fA-F-]*\)</uuid>.*|\1|p' | sed -n 1p | tr A-F a-f)
[ -n "$uuid" ] || refuse "the definition of $1 on stdin has no uuid, so it cannot be told whether it may start"
file="$state/instances/$uuid"
[ -e "$file" ] || exit 0

managed=no guard=no floor=0 started=0 away=no permit=0 permit_boot=
while read -r key value; do
    case $key in
        guard) guard=$value ;;
        managed) managed=$value ;;
        floor) floor=$value ;;
        started) started=$value ;;
        away) away=$value ;;
        permit) permit=$value ;;
        permit-boot) permit_boot=$value ;;
    esac
done < "$file" || refuse "$file cannot be read"
[ "$guard" = yes ] || [ "$managed" = yes ] || exit 0

boot=
read -r boot < "$boot_id_path" || [ -n "$boot" ] || refuse "$boot_id_path cannot be read"

# A master has asked for exactly this: the highest epoch that is known, in this boot.
[ "$permit" -gt 0 ] && [ "$permit" = "$floor" ] && [ "$permit_boot" = "$boot" ] && exit 0

[ "$away" = no ] || refuse "moved away: $1 lives on another hypervisor, or was cancelled here; start it through HaActors"
[ "$floor" -le "$started" ] || refuse "moved away: epoch $floor of $1 is known, and only epoch $started was started here; start it through HaActors"
cleared=
read -r cleared 2>/dev/null < "$state/cleared" || :
[ "$cleared" = "$boot" ] || refuse "not cleared: this host has booted since a master last cleared it, so $1 may be running elsewhere; a master clears it, or starts it, once it is sure"
exit 0
