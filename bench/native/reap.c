// Runs the command of its arguments and reaps whatever that leaves behind, on any CPU. Where
// process 1 is slow to reap, a thousand orphans at a time would use up all process ids.

#define _GNU_SOURCE
#include "check.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  Check(argc > 1, "a command is needed");
  Check(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "PR_SET_CHILD_SUBREAPER");
  const pid_t worker = fork();
  Check(worker >= 0, "fork");
  if (worker == 0) {
    // It ends with the harness's own child, which its deadline kills.
    Check(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
    execvp(argv[1], argv + 1);
    Check(0, argv[1]);
  }
  // Not on the CPU on which the worker is measured, if there is another one.
  cpu_set_t all;
  memset(&all, 0xff, sizeof all);
  Check(sched_setaffinity(0, sizeof all, &all) == 0, "sched_setaffinity");
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, 0);
    Check(ended > 0 || errno == EINTR, "waitpid");
    if (ended != worker) continue;
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}
