// Pure: the text below the options of `raw-exec spawn`.

export const spawnHelp = `
A TARGET is one of
  inherit          what raw-exec itself has there (the default)
  ignore           /dev/null
  closed           nothing
  fd:N             descriptor N of raw-exec; --stderr fd:1 is 2>&1 of a shell
  FILE             read as standard input, else emptied and written
  read:FILE, write:FILE, append:FILE, readwrite:FILE

Stopping: --timeout, and SIGTERM or SIGHUP to raw-exec once there is a --stop, go down
the steps given by --stop, each a signal and how long to wait after it, and end in SIGKILL.
@group sends to all processes of the program's group (needs --process-group new).
Without --stop, SIGTERM is simply passed on, as all signals are.

Exit codes: that of the program, or
  124  --timeout ran out
  125  raw-exec itself failed: wrong options, no such directory, no permission, …
  126  the command was found but cannot be run
  127  the command was not found

Examples:
  raw-exec spawn --limit nofile=64 --nice 10 -- make -j4
  raw-exec spawn -u nobody --clear-env -e PATH=/usr/bin:/bin id
  raw-exec spawn --process-group new --timeout 10m --stop SIGTERM@group:20s backup.sh
  raw-exec spawn --stdout append:out.log --stderr fd:1 --oom-score-adj 500 ./server
`;
