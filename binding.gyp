{
  "includes": ["native/sources.gypi"],
  "variables": { "werror%": "" },
  "target_defaults": {
    "cflags!": ["-std=gnu++17", "-std=gnu++20", "-O3", "-fno-omit-frame-pointer"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": ["<@(common_flags)", "<(werror)"],
    "defines": ["_GNU_SOURCE"]
  },
  "targets": [
    {
      "target_name": "child",
      "type": "static_library",
      "sources": ["<@(child_sources)"],
      "cflags_cc": ["<@(child_flags)", "-fPIC"]
    },
    {
      "target_name": "core",
      "type": "static_library",
      "sources": ["<@(core_sources)"],
      "cflags_cc": ["<@(hardened_flags)", "-fPIC"]
    },
    {
      "target_name": "raw_exec",
      "dependencies": ["child", "core", "raw-exec-forker", "raw-exec-reaper", "raw-exec-keeper"],
      "sources": ["<@(addon_sources)"],
      "cflags_cc": ["<@(hardened_flags)", "-isystem", "<!(node -p \"require('path').dirname(require.resolve('node-addon-api/napi.h'))\")"],
      "defines": ["NAPI_VERSION=9", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_ENABLE_MAYBE"],
      "ldflags": ["<@(addon_link_flags)"]
    },
    {
      "target_name": "raw-exec-forker",
      "type": "executable",
      "sources": ["<@(forker_sources)"],
      "cflags!": ["-pthread", "-fPIC"],
      "cflags_cc": ["<@(child_flags)", "<@(bare_flags)"],
      "ldflags!": ["-pthread", "-rdynamic"],
      "ldflags": ["<@(bare_link_flags)"],
      "libraries!": ["-lpthread"]
    },
    {
      "target_name": "raw-exec-reaper",
      "type": "executable",
      "sources": ["<@(reaper_sources)"],
      "cflags!": ["-pthread", "-fPIC"],
      "cflags_cc": ["<@(child_flags)", "<@(bare_flags)"],
      "ldflags!": ["-pthread", "-rdynamic"],
      "ldflags": ["<@(bare_link_flags)"],
      "libraries!": ["-lpthread"]
    },
    {
      "target_name": "raw-exec-keeper",
      "type": "executable",
      "dependencies": ["child", "core"],
      "sources": ["<@(keeper_sources)", "<@(holder_sources)", "<@(pump_sources)"],
      "cflags!": ["-fPIC"],
      "cflags_cc": ["<@(hardened_flags)", "-ffunction-sections", "-fdata-sections"],
      "ldflags!": ["-rdynamic"],
      "ldflags": ["<@(static_link_flags)"]
    }
  ]
}
