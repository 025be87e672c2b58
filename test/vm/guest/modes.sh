# Who runs the tests, and in which group: one function for each mode of test/vm/matrix.mjs.

user_slice=user.slice/user-1000.slice

# make_session SLICE: a login session, which is root's also when it is a user's.
make_session() {
  group=$1/session-$mode.scope
  mkdir "$cg/$group"
}

# delegate GROUP: gives a group to the user, as systemd does for Delegate=yes.
delegate() {
  mkdir "$cg/$1"
  chown 1000:1000 "$cg/$1"
  for file in $(cat /sys/kernel/cgroup/delegate); do
    [ ! -e "$cg/$1/$file" ] || chown 1000:1000 "$cg/$1/$file"
  done
}

mode_v2_root() { make_session user.slice/user-0.slice; }

# A unit with Delegate=yes and DelegateSubgroup=supervisor (systemd 254 and newer): the unit's own group holds no process.
mode_v2_delegated() {
  user=1000
  delegate system.slice/raw-exec-$mode.service
  group=system.slice/raw-exec-$mode.service/supervisor
  mkdir "$cg/$group"
  chown -R 1000:1000 "$cg/$group"
}

# A unit with Delegate=yes of an older systemd: the supervisor sits in the group that is delegated.
mode_v2_unit() {
  user=1000
  group=system.slice/raw-exec-$mode.service
  delegate "$group"
}

# A login session beside the user's delegated subtree: it may make groups there, but put nothing into them.
mode_v2_sibling() {
  user=1000
  delegate "$user_slice/user@1000.service"
  make_session $user_slice
}

mode_v2_user() {
  user=1000
  make_session $user_slice
}

# The tests start one, in namespaces of its own.
mode_v2_systemd() { make_session user.slice/user-0.slice; }

# The tests play systemd.
mode_v2_restart() { make_session user.slice/user-0.slice; }

mode_hybrid_root() { :; }
mode_hybrid_user() { user=1000; }
mode_v1_root() { :; }
mode_none_root() { :; }
mode_none_user() { user=1000; }
