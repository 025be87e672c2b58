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
      "native/core/forker_exchange.cc",
      "native/core/forker_process.cc",
      "native/core/forker_reports.cc",
      "native/core/group_directory.cc",
      "native/core/group_files.cc",
      "native/core/group_members.cc",
      "native/core/group_removal.cc",
      "native/core/group_stats.cc",
      "native/core/group_stats_files.cc",
      "native/core/host_features.cc",
      "native/core/ignored_signals.cc",
      "native/core/inherited_state.cc",
      "native/core/kernel_features.cc",
      "native/core/late_reaper.cc",
      "native/core/look_up.cc",
      "native/core/member_list.cc",
      "native/core/member_signal.cc",
      "native/core/plan_handover.cc",
      "native/core/plan_wire.cc",
      "native/core/process_stats.cc",
      "native/core/process_tree.cc",
      "native/core/reaper_client.cc",
      "native/core/report_wait.cc",
      "native/core/spawn.cc",
      "native/core/stats_text.cc",
      "native/core/users.cc",
      "native/core/wait.cc"
    ],
    "addon_sources": [
      "native/addon/binding.cc",
      "native/addon/binding_spawn.cc",
      "native/addon/binding_stdio.cc",
      "native/addon/containment.cc",
      "native/addon/descriptor_watch.cc",
      "native/addon/directory_events.cc",
      "native/addon/exit_record.cc",
      "native/addon/exit_watcher.cc",
      "native/addon/extras.cc",
      "native/addon/groups.cc",
      "native/addon/host.cc",
      "native/addon/module.cc",
      "native/addon/names.cc",
      "native/addon/process_table.cc",
      "native/addon/reaper.cc",
      "native/addon/statistics.cc",
      "native/addon/terminal.cc",
      "native/addon/text_block.cc",
      "native/addon/text_list.cc",
      "native/addon/thread_job.cc"
    ],
    "forker_sources": [
      "native/core/bare_request.cc",
      "native/core/bare_runtime.cc",
      "native/core/child.cc",
      "native/core/clone_raw.cc",
      "native/core/plan_relocate.cc",
      "native/forker/forker.cc"
    ],
    "reaper_sources": [
      "native/core/bare_request.cc",
      "native/core/bare_runtime.cc",
      "native/core/child.cc",
      "native/core/clone_raw.cc",
      "native/core/plan_relocate.cc",
      "native/core/process_tree.cc",
      "native/reaper/kill_walk.cc",
      "native/reaper/reaper.cc",
      "native/reaper/start_task.cc"
    ],
    "keeper_sources": [
      "native/keeper/keeper.cc",
      "native/keeper/main.cc"
    ],
    "holder_sources": [
      "native/holder/holder.cc"
    ],
    "pump_sources": [
      "native/pump/control_socket.cc",
      "native/pump/copy_source.cc",
      "native/pump/log_directory.cc",
      "native/pump/log_drop.cc",
      "native/pump/log_files.cc",
      "native/pump/log_stream.cc",
      "native/pump/pipe_size.cc",
      "native/pump/pump.cc",
      "native/pump/pump_loop.cc",
      "native/pump/scratch.cc",
      "native/pump/splice_source.cc",
      "native/pump/stream_table.cc"
    ],
    "static_link_flags": [
      "-static",
      "-static-libgcc",
      "-static-libstdc++",
      "-Wl,--gc-sections",
      "-Wl,-z,noexecstack",
      "-Wl,-z,relro,-z,now",
      "-Wl,--build-id=none"
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
    "bare_flags": [
      "-fno-pie",
      "-fno-asynchronous-unwind-tables",
      "-ffunction-sections",
      "-fdata-sections"
    ],
    "bare_link_flags": [
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
