package main

import (
	"fmt"

	"google.golang.org/grpc/codes"
)

func signals(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell("trap 'echo caught' USR1; echo ready; while :; do sleep 0.02; done"))
	t.untilWritten("ready\n")
	must("SignalTask", p.signal(t, "SIGUSR1"))
	t.untilWritten("ready\ncaught\n")
	for _, name := range []string{"SIGNOTHING", "", "x", "-1", "SIG"} {
		wantError(fmt.Sprintf("SignalTask with %q", name), p.signal(t, name), codes.InvalidArgument, "")
	}
	must("SignalTask", p.signal(t, "SIGKILL"))
	exit := p.wait(t)
	wantEqual("the signal that has ended it", exit.Signal, 9)
	wantEqual("the exit code of a task that was killed", exit.ExitCode, 137)
	wantEqual("whether memory was the reason", exit.OomKilled, false)
	wantRefusal("SignalTask of a task that has ended", p.signal(t, "SIGTERM"), "")
	wantError("SignalTask of a task that nobody knows", p.signal(&task{id: "a/b/c"}, "SIGTERM"), codes.NotFound, "task not found for given id")
}
