// The worker of the C floor: the same loop as the other workers, around one clone3 and one waitid.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "clone_floor.h"
#include "settings.h"
#include "stop.h"

extern char** environ;

static pid_t Start(const struct FloorPlan* plan, int* pidfd) {
  const pid_t pid = FloorSpawn(plan, pidfd);
  Check(pid > 0, "clone3");
  return pid;
}

static void FillMemory(long megabytes) {
  if (megabytes == 0) return;
  const size_t size = (size_t)megabytes << 20;
  char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Check(memory != MAP_FAILED, "mmap");
  memset(memory, 1, size);
}

static void Print(const char* name, const int64_t* values, long count) {
  printf("\"%s\":[", name);
  for (long i = 0; i < count; ++i) printf(i == 0 ? "%lld" : ",%lld", (long long)values[i]);
  printf("]");
}

// Reads what the child writes until it ends its output.
static void Drain(int fd) {
  static char buffer[65536];
  while (read(fd, buffer, sizeof buffer) > 0) continue;
  close(fd);
}

static void MeasureOne(const struct Settings* settings, struct FloorPlan* plan, int64_t* call,
                       int64_t* seen) {
  if (strcmp(settings->mode, "stop") == 0) {
    FloorStop(plan, settings->cgroup, call, seen);
    return;
  }
  const int with_pipe = strcmp(settings->mode, "pipe") == 0;
  int pipe_ends[2];
  int pidfd;
  const int64_t started = Now();
  if (with_pipe) {
    Check(pipe2(pipe_ends, O_CLOEXEC) == 0, "pipe2");
    plan->stdout_fd = pipe_ends[1];
  }
  Start(plan, &pidfd);
  *call = Now() - started;
  if (with_pipe) {
    close(pipe_ends[1]);
    Drain(pipe_ends[0]);
  }
  struct pollfd wanted = {.fd = pidfd, .events = POLLIN};
  Check(poll(&wanted, 1, -1) == 1, "poll");
  Check(FloorReap(pidfd) == 0, "the program did not end with code 0");
  *seen = Now() - started;
}

static void MeasureLatency(const struct Settings* settings, struct FloorPlan* plan) {
  int64_t* call = calloc((size_t)settings->iterations, sizeof *call);
  int64_t* seen = calloc((size_t)settings->iterations, sizeof *seen);
  int64_t ignored[2];
  const int64_t deadline = Now() + settings->max_ms * 1000000;
  for (long i = 0; i < settings->warmup && Now() < deadline; ++i) {
    MeasureOne(settings, plan, &ignored[0], &ignored[1]);
  }
  const int64_t end = Now() + settings->max_ms * 1000000;
  long done = 0;
  for (; done < settings->iterations && (done == 0 || Now() < end); ++done) {
    MeasureOne(settings, plan, &call[done], &seen[done]);
  }
  printf("{");
  Print("call", call, done);
  printf(",");
  Print("seen", seen, done);
  printf("}\n");
}

static void MeasureThroughput(const struct Settings* settings, const struct FloorPlan* plan) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event events[64];
  long started = 0;
  long ended = 0;
  const int64_t begin = Now();
  const int64_t end = begin + settings->max_ms * 1000000;
  long wanted = settings->iterations;
  while (ended < wanted) {
    while (started < wanted && started - ended < settings->concurrency) {
      int pidfd;
      Start(plan, &pidfd);
      // One notice: a copy of the descriptor in a child that is just reaching execve would go on
      // reporting.
      struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = pidfd};
      Check(epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event) == 0, "epoll_ctl");
      ++started;
    }
    const int count = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < count; ++i) {
      Check(FloorReap(events[i].data.fd) == 0, "the program did not end with code 0");
      ++ended;
    }
    if (Now() > end) wanted = started;
  }
  printf("{\"perSecond\":%.1f}\n", (double)ended * 1e9 / (double)(Now() - begin));
}

// The group is entered by clone3, or by a write of the child into the named file of the group.
static void OpenGroup(const struct Settings* settings, struct FloorPlan* plan) {
  if (settings->cgroup == NULL || strcmp(settings->mode, "stop") == 0) return;
  if (settings->join == NULL || strcmp(settings->join, "clone") == 0) {
    plan->cgroup_fd = open(settings->cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
    Check(plan->cgroup_fd >= 0, settings->cgroup);
    return;
  }
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", settings->cgroup, settings->join);
  plan->join_fd = open(path, O_WRONLY | O_CLOEXEC);
  Check(plan->join_fd >= 0, path);
}

int main(int argc, char** argv) {
  const struct Settings settings = ParseSettings(argc, argv);
  char* target_argv[] = {(char*)settings.target, (char*)settings.target_argument, NULL};
  char* sleeper_argv[] = {(char*)settings.sleeper, NULL};
  const int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  struct FloorPlan plan = {settings.target,       target_argv, environ, null_fd, -1, -1, -1,
                           settings.promises != 0};
  const struct FloorPlan sleeper = {
      settings.sleeper, sleeper_argv, environ, null_fd, -1, -1, -1, 0};

  FillMemory(settings.memory_mb);
  for (long i = 0; i < settings.fds; ++i) {
    Check(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0, "open");
  }
  OpenGroup(&settings, &plan);
  pid_t* children = calloc((size_t)settings.children + 1, sizeof *children);
  for (long i = 0; i < settings.children; ++i) {
    int pidfd;
    children[i] = Start(&sleeper, &pidfd);
  }
  if (strcmp(settings.mode, "throughput") == 0) {
    MeasureThroughput(&settings, &plan);
  } else {
    MeasureLatency(&settings, &plan);
  }
  for (long i = 0; i < settings.children; ++i) {
    kill(children[i], SIGKILL);
    waitpid(children[i], NULL, 0);
  }
  return 0;
}
