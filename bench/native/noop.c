// The program that every case starts: it ends at once. Static and without libc, so that its own
// start and end cost next to nothing and what is measured is the cost of starting it.

#include "no_libc.h"

__attribute__((noreturn, used)) void Main(long argc, char** argv) {
  (void)argc;
  (void)argv;
  Exit(0);
}
