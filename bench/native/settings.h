// What the harness asks of a worker, as key=value arguments.
#pragma once

struct Settings {
  const char* mode;
  const char* target;
  const char* target_argument;
  const char* sleeper;
  const char* cgroup;
  // How the floor enters the group: "clone" or the name of the group's file.
  const char* join;
  long iterations;
  long warmup;
  long max_ms;
  long concurrency;
  long fds;
  long children;
  long memory_mb;
  long promises;
};

// Ends the program with a message when an argument is not known.
struct Settings ParseSettings(int argc, char** argv);
