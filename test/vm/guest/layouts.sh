# What is mounted at /sys/fs/cgroup: one function for each layout. It finds what the layout before it in the plan has left.

# Turns all controllers on in a group, for its children.
delegate_controllers() {
  for controller in $(cat "$1/cgroup.controllers"); do
    echo "+$controller" >"$1/cgroup.subtree_control"
  done
}

# As systemd has it on a current machine; the kernel was told cgroup_no_v1=all.
layout_v2() {
  mount -t cgroup2 -o nsdelegate cgroup2 $cg
  delegate_controllers $cg
  for slice in system.slice user.slice user.slice/user-1000.slice user.slice/user-0.slice; do
    mkdir $cg/$slice
    delegate_controllers $cg/$slice
  done
}

mount_v1_controllers() {
  mount -t tmpfs -o mode=755 cgroup $cg
  for set in cpu,cpuacct cpuset memory pids blkio devices freezer perf_event net_cls,net_prio hugetlb; do
    mkdir "$cg/$set"
    # What this kernel was built without stays away.
    mount -t cgroup -o "$set" cgroup "$cg/$set" 2>/dev/null || rmdir "$cg/$set"
  done
  ln -s cpu,cpuacct $cg/cpu
  ln -s cpu,cpuacct $cg/cpuacct
  mkdir $cg/systemd
  mount -t cgroup -o none,name=systemd cgroup $cg/systemd
}

# systemd.unified_cgroup_hierarchy=0: controllers in v1, and a v2 hierarchy without any.
layout_hybrid() {
  [ "$layout" = v1 ] || mount_v1_controllers
  mkdir $cg/unified
  mount -t cgroup2 cgroup2 $cg/unified
}

# systemd.legacy_systemd_cgroup_controller=1
layout_v1() { mount_v1_controllers; }

layout_none() { :; }
