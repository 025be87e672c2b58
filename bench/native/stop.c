#define _GNU_SOURCE
#include "stop.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int IsPopulated(int events_fd) {
  char text[256];
  const ssize_t got = pread(events_fd, text, sizeof text - 1, 0);
  Check(got > 0, "cgroup.events");
  text[got] = 0;
  return strstr(text, "populated 1") != NULL;
}

void FloorStop(struct FloorPlan* plan, const char* parent, int64_t* call, int64_t* seen) {
  static int serial = 0;
  char path[4096];
  snprintf(path, sizeof path, "%s/stop-%d-%d", parent, (int)getpid(), serial++);
  Check(mkdir(path, 0755) == 0, path);
  plan->cgroup_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Check(plan->cgroup_fd >= 0, path);
  int pipe_ends[2];
  int pidfd;
  char byte;
  Check(pipe2(pipe_ends, O_CLOEXEC) == 0, "pipe2");
  plan->stdout_fd = pipe_ends[1];
  Check(FloorSpawn(plan, &pidfd) > 0, "clone3");
  close(pipe_ends[1]);
  Check(read(pipe_ends[0], &byte, 1) == 1, "the tree is not there");

  const int64_t started = Now();
  const int kill_fd = openat(plan->cgroup_fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);
  Check(kill_fd >= 0 && write(kill_fd, "1", 1) == 1, "cgroup.kill");
  close(kill_fd);
  *call = Now() - started;
  const int events_fd = openat(plan->cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
  Check(events_fd >= 0, "cgroup.events");
  while (IsPopulated(events_fd)) {
    struct pollfd wanted = {.fd = events_fd, .events = POLLPRI};
    Check(poll(&wanted, 1, 1000) >= 0, "poll");
  }
  *seen = Now() - started;

  close(events_fd);
  close(pipe_ends[0]);
  FloorReap(pidfd);
  close(plan->cgroup_fd);
  Check(rmdir(path) == 0, path);
}
