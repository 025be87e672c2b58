# Second stage of the guest, process 1: runs the modes of the plan one after the other, each in its cgroup layout, and ends the
# machine. It stays the parent of all orphans, which sh reaps while it waits.
PATH=/run/vm/bin
cg=/sys/fs/cgroup
events=/run/vm/events

. "$vm_root/test/vm/guest/layouts.sh"
. "$vm_root/test/vm/guest/modes.sh"

ip link set lo up
hostname raw-exec-vm
ulimit -c 0
mkdir -m 1777 /run/tmp

# Ordinary users must get to the checkout, wherever it lies. It is the layer in memory that changes.
folder=$vm_root
while [ "$folder" ]; do
  chmod o+x "$folder"
  folder=${folder%/*}
done
grep -q ':1000:' /etc/passwd || echo "$vm_user" >>/etc/passwd

# A port can be opened only once, and is no pipe: what runs here writes to pipes, and these are carried on.
mkfifo -m 666 /run/vm/out /run/vm/err "$events"
cat /run/vm/out >/dev/vport0p1 &
carriers=$!
cat /run/vm/err >/dev/vport0p2 &
carriers="$carriers $!"
cat "$events" >/dev/vport0p3 &
carriers="$carriers $!"
# Kept open until all modes have run; by nobody else, or the carriers would never see the end.
exec 7<>/run/vm/out 8<>/run/vm/err 9<>"$events" 2>/run/vm/err

say() { echo "$1" >&9; }

is_carrier() {
  case " $carriers " in *" $1 "*) return 0 ;; esac
  return 1
}

# What a mode has left running must not be seen by the next one. Kernel threads have no executable.
end_strays() {
  for entry in /proc/[0-9]*; do
    pid=${entry#/proc/}
    [ "$pid" = 1 ] || is_carrier "$pid" || [ ! -e "$entry/exe" ] || kill -9 "$pid" 2>/dev/null
  done
}

# run_mode NAME: runs $vm_run/NAME.sh as the user and in the group that the mode's function names.
run_mode() {
  user=0
  group=
  "mode_$(echo "$1" | tr - _)"
  started=$(cut -d' ' -f1 /proc/uptime)
  (
    exec 7>&- 8>&- 9>&-
    [ -z "$group" ] || echo 0 >"$cg/$group/cgroup.procs" || exit 125
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    [ "$user" = 0 ] || set -- /usr/bin/setpriv --reuid "$user" --regid "$user" --clear-groups --
    [ "$user" != 0 ] || set --
    exec "$@" /bin/bash "$vm_run/$mode.sh"
  ) </dev/null >/run/vm/out 2>/run/vm/err &
  wait $!
  code=$?
  say "{\"type\":\"mode\",\"mode\":\"$mode\",\"code\":$code,\"started\":$started,\"ended\":$(cut -d' ' -f1 /proc/uptime)}"
  end_strays
}

say "{\"type\":\"boot\",\"seconds\":$(cut -d' ' -f1 /proc/uptime),\"release\":\"$(uname -r)\"}"
layout=
while read -r mode wanted; do
  [ "$layout" = "$wanted" ] || "layout_$wanted"
  layout=$wanted
  run_mode "$mode"
done <"$vm_run/plan"
say '{"type":"end"}'
exec 7>&- 8>&- 9>&- 2>/dev/null
for carrier in $carriers; do wait "$carrier"; done
sync
poweroff -f
