{
  "variables": {
    "child_sources": [
      "native/core/child.cc",
      "native/core/clone_raw.cc",
      "native/core/probe_child.cc"
    ],
    "core_sources": [
      "native/core/cgroup_v2.cc",
      "native/core/engine_thread.cc",
      "native/core/fd_slots.cc",
      "native/core/forker_client.cc",
      "native/core/group_directory.cc",
      "native/core/group_files.cc",
      "native/core/group_members.cc",
      "native/core/group_removal.cc",
      "native/core/ignored_signals.cc",
      "native/core/kernel_features.cc",
      "native/core/late_reaper.cc",
      "native/core/look_up.cc",
      "native/core/plan_wire.cc",
      "native/core/report_wait.cc",
      "native/core/spawn.cc",
      "native/core/users.cc",
      "native/core/wait.cc"
    ],
    "addon_sources": [
      "native/addon/binding.cc",
      "native/addon/exit_watcher.cc",
      "native/addon/extras.cc",
      "native/addon/groups.cc",
      "native/addon/module.cc",
      "native/addon/names.cc",
      "native/addon/process_table.cc",
      "native/addon/terminal.cc",
      "native/addon/text_block.cc",
      "native/addon/text_list.cc",
      "native/addon/thread_job.cc"
    ],
    "forker_sources": [
      "native/core/child.cc",
      "native/core/clone_raw.cc",
      "native/core/plan_relocate.cc",
      "native/forker/forker.cc"
    ],
    "common_flags": [
      "-std=c++20",
      "-O2",
      "-fno-exceptions",
      "-fno-rtti",
      "-fvisibility=hidden",
      "-fvisibility-inlines-hidden",
      "-Wall",
      "-Wextra",
      "-Wpedantic",
      "-Wshadow",
      "-Wconversion",
      "-Wnon-virtual-dtor",
      "-Wold-style-cast",
      "-Wundef",
      "-Wimplicit-fallthrough"
    ],
    "hardened_flags": [
      "-fstack-protector-strong",
      "-U_FORTIFY_SOURCE",
      "-D_FORTIFY_SOURCE=2"
    ],
    "child_flags": [
      "-fno-stack-protector",
      "-fno-builtin",
      "-fno-tree-loop-distribute-patterns",
      "-fno-sanitize=all",
      "-fcf-protection=none",
      "-U_FORTIFY_SOURCE"
    ],
    "forker_flags": [
      "-fno-pie",
      "-fno-asynchronous-unwind-tables",
      "-ffunction-sections",
      "-fdata-sections"
    ],
    "forker_link_flags": [
      "-static",
      "-nostdlib",
      "-nostartfiles",
      "-no-pie",
      "-Wl,--gc-sections",
      "-Wl,-z,noexecstack",
      "-Wl,--build-id=none"
    ],
    "addon_link_flags": [
      "-Wl,-z,relro,-z,now",
      "-Wl,-z,noexecstack",
      "-Wl,-z,nodelete"
    ]
  }
}
