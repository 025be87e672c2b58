// The floor of statistics: reads files that are open, over and over, and parses nothing.
// Usage: stats_floor FILES_PER_GROUP ROUNDS < list of files. Prints nanoseconds per group, one line
// for each round.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const long per_group = strtol(argv[1], NULL, 10);
  const long rounds = strtol(argv[2], NULL, 10);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  static int files[100000];
  static char text[16384];
  long count = 0;
  while (count < 100000 && fgets(text, sizeof(text), stdin) != NULL) {
    text[strcspn(text, "\n")] = '\0';
    files[count] = open(text, O_RDONLY | O_CLOEXEC);
    if (files[count] < 0) return perror(text), 1;
    ++count;
  }
  const long groups = count / per_group;
  // A single group is read many times for one value of the clock.
  const long repeats = groups < 100 ? 100 : 1;
  for (long round = 0; round < rounds; ++round) {
    const long long started = now_ns();
    for (long repeat = 0; repeat < repeats; ++repeat) {
      for (long file = 0; file < count; ++file) {
        if (pread(files[file], text, sizeof(text), 0) < 0) return perror("pread"), 1;
      }
    }
    printf("%lld\n", (now_ns() - started) / repeats / groups);
  }
  return 0;
}
