package main

import (
	"time"

	"google.golang.org/grpc/codes"
)

func stops(s *scene) {
	p := s.servingPlugin("")
	obliging := p.start(shell("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.02; done"))
	obliging.untilWritten("ready\n")
	waiting := p.waitLater(s.context, obliging)
	must("StopTask", p.stop(obliging.id, 10*time.Second, "SIGTERM"))
	answer := soon("WaitTask answers once the task was stopped", waiting)
	must("WaitTask beside StopTask", answer.err)
	wantEqual("the exit code of a task that obeys", answer.value.Result.ExitCode, 3)
	wantEqual("its last words", obliging.stdout.whole("stdout"), "ready\nbye\n")

	other := p.start(shell("trap 'exit 4' INT; trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done"))
	other.untilWritten("ready\n")
	must("StopTask without a signal", p.stop(other.id, 10*time.Second, ""))
	wantEqual("the exit code after a stop without a signal", p.wait(other).ExitCode, 4)

	stubborn := p.start(shell("trap '' TERM; echo ready; sleep 300 & while :; do sleep 0.02; done"))
	stubborn.untilWritten("ready\n")
	begun := time.Now()
	must("StopTask", p.stop(stubborn.id, 700*time.Millisecond, "SIGTERM"))
	took := time.Since(begun)
	want(took >= 700*time.Millisecond && took < patience, "SIGKILL after the grace of 700 ms, it took %s", took)
	wantEqual("the exit code of a task that does not obey", p.wait(stubborn).ExitCode, 137)
	stubborn.stdout.whole("stdout, which a child of the task has, too,")

	must("StopTask of a task that has ended", p.stop(stubborn.id, time.Second, "SIGTERM"))
	must("StopTask of a task that nobody knows", p.stop("a/b/c", time.Second, "SIGTERM"))
	must("DestroyTask of a task that nobody knows", p.destroy("a/b/c", true))

	last := p.start(shell("sleep 300 & sleep 300"))
	wantRefusal("StopTask with a signal that there is not", p.stop(last.id, time.Second, "SIGNOTHING"), "SIGNOTHING")
	wantError("DestroyTask of a task that runs", p.destroy(last.id, false), codes.FailedPrecondition, "")
	pid := p.pidOf(last)
	must("DestroyTask by force", p.destroy(last.id, true))
	want(!isAlive(pid), "the task to have ended with DestroyTask")
	last.stdout.whole("stdout of a task that was destroyed")
}
