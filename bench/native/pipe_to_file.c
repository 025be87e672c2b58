// Reads its standard input into a file until it ends: the least that a helper of a task can be.
//   pipe_to_file FILE
#include <fcntl.h>
#include <unistd.h>

#include "check.h"

int main(int argc, char** argv) {
  Check(argc == 2, "pipe_to_file FILE");
  const int file = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Check(file >= 0, "open");
  static char buffer[8192];
  for (;;) {
    const ssize_t got = read(0, buffer, sizeof(buffer));
    Check(got >= 0, "read");
    if (got == 0) return 0;
    Check(write(file, buffer, (size_t)got) == got, "write");
  }
}
