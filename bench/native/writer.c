// Writes as many bytes to its standard output as its first argument says, and ends.

#include "no_libc.h"

static char block[65536];

__attribute__((noreturn, used)) void Main(long argc, char** argv) {
  long left = 0;
  if (argc > 1) {
    for (const char* digit = argv[1]; *digit != 0; ++digit) left = left * 10 + (*digit - '0');
  }
  for (unsigned long at = 0; at < sizeof block; ++at) block[at] = (at & 63) == 63 ? '\n' : 'x';
  while (left > 0) {
    const long size = left < (long)sizeof block ? left : (long)sizeof block;
    const long written = Call4(kWrite, 1, (long)block, size, 0);
    if (written <= 0) Exit(1);
    left -= written;
  }
  Exit(0);
}
