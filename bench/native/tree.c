// As many processes as its first argument says, all asleep: it writes one byte when they are there.

#include "no_libc.h"

enum { kFork = 57 };

__attribute__((noreturn, used)) void Main(long argc, char** argv) {
  long count = 0;
  if (argc > 1) {
    for (const char* digit = argv[1]; *digit != 0; ++digit) count = count * 10 + (*digit - '0');
  }
  Call1(kAlarm, 600);
  for (long made = 1; made < count; ++made) {
    const long pid = Call1(kFork, 0);
    if (pid < 0) Exit(1);
    if (pid > 0) continue;
    Call1(kAlarm, 600);  // not inherited
    for (;;) Call4(kPpoll, 0, 0, 0, 0);
  }
  if (Call4(kWrite, 1, (long)"1", 1, 0) != 1) Exit(1);
  for (;;) Call4(kPpoll, 0, 0, 0, 0);
}
