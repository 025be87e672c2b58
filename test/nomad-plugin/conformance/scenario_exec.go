package main

import (
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

func (p *instance) exec(id string, limit time.Duration, command ...string) (*wire.ExecTaskResponse, error) {
	request := &wire.ExecTaskRequest{TaskId: id, Command: command, Timeout: durationpb.New(limit)}
	return p.driver.ExecTask(p.scene.context, request)
}

// Script checks and actions of templates run by this.
func execs(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell("sleep 300"))
	answer, err := p.exec(t.id, 10*time.Second, "/bin/sh", "-c", `echo out; echo err >&2; echo "$NOMAD_TASK_NAME"; pwd; exit 5`)
	must("ExecTask", err)
	wantEqual("the exit code", answer.Result.ExitCode, 5)
	for _, line := range []string{"out\n", taskName + "\n", t.dir() + "\n"} {
		wantText("its output", string(answer.Stdout), line)
	}
	wantText("its output and errors", string(answer.Stdout)+string(answer.Stderr), "err\n")

	answer, err = p.exec(t.id, 10*time.Second, "/bin/sh", "-c", "kill -9 $$")
	must("ExecTask of a command that is killed", err)
	wantEqual("its signal", answer.Result.Signal, 9)
	wantEqual("its exit code", answer.Result.ExitCode, 137)

	answer, err = p.exec(t.id, 10*time.Second, "/bin/sh", "-c", "head -c 1000000 /dev/zero")
	must("ExecTask of a command that writes much", err)
	wantEqual("its exit code", answer.Result.ExitCode, 0)

	answer, err = p.exec(t.id, 0, "/bin/sh", "-c", "exit 1")
	must("ExecTask without a limit", err)
	wantEqual("its exit code", answer.Result.ExitCode, 1)

	_, err = p.exec(t.id, time.Second, "/no/such/program")
	wantRefusal("ExecTask of a program that there is not", err, "/no/such/program")
	_, err = p.exec(t.id, time.Second)
	wantError("ExecTask without a command", err, codes.InvalidArgument, "")
	_, err = p.exec("a/b/c", time.Second, "/bin/true")
	wantError("ExecTask in a task that nobody knows", err, codes.NotFound, "task not found for given id")
}

// A check that hangs is ended with all that it has started.
func execLimit(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell("sleep 300"))
	mark := s.mark()
	begun := time.Now()
	_, err := p.exec(t.id, time.Second, "/usr/bin/env", mark, "/bin/sh", "-c", "sleep 300 & (sleep 300 & sleep 300) & trap '' TERM HUP; sleep 300; sleep 300")
	took := time.Since(begun)
	want(status.Code(err) == codes.DeadlineExceeded, "ExecTask to tell that its time is over, got %v", err)
	want(took > 900*time.Millisecond && took < patience, "an end after one second, it took %s", took)
	wantNone(mark)
	wantEqual("the state of the task", p.inspect(t).Task.State, wire.TaskState_RUNNING)
}

const markPrefix = "CONFORMANCE="

// A variable by which all is found that a command has started.
func (s *scene) mark() string {
	return markPrefix + strings.ReplaceAll(s.folder, "/", "_") + randomHex(4)
}

// What is killed may take a moment.
func wantNone(mark string) {
	begun := time.Now()
	for len(processesWith(mark)) > 0 {
		if time.Since(begun) > patience {
			for _, pid := range processesWith(mark) {
				say("process %d is left: %q", pid, fieldsOf(pid, "cmdline"))
			}
			fail("expected nothing to be left of a command that was ended")
		}
		time.Sleep(10 * time.Millisecond)
	}
}
