// A live child: it waits until it is killed, or ten minutes, so that an interrupted run leaves none
// behind for good.

#include "no_libc.h"

__attribute__((noreturn, used)) void Main(long argc, char** argv) {
  (void)argc;
  (void)argv;
  Call1(kAlarm, 600);
  for (;;) Call4(kPpoll, 0, 0, 0, 0);
}
