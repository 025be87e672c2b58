// What the measured loops in C have in common: a failure ends the program, and the clock.
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline void Check(int is_good, const char* what) {
  if (is_good) return;
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static inline int64_t Now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
