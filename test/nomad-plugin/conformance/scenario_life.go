package main

import (
	"time"

	"google.golang.org/grpc/codes"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// From the start of a task until nothing knows of it any more.
func wholeLife(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell("echo out; echo err >&2; pwd; " + untilLetGo + "exit 7"))

	running := p.inspect(t)
	wantEqual("its id", running.Task.Id, t.id)
	wantEqual("its name", running.Task.Name, taskName)
	wantEqual("its state", running.Task.State, wire.TaskState_RUNNING)
	age := time.Since(running.Task.StartedAt.AsTime())
	want(age >= 0 && age < time.Minute, "a start just now, got one %s ago", age)
	wantError("DestroyTask of a running task", p.destroy(t.id, false), codes.FailedPrecondition, "")
	say("it runs: %v", running)

	t.letGo()
	exit := p.wait(t)
	wantEqual("the exit code", exit.ExitCode, 7)
	wantEqual("the signal", exit.Signal, 0)
	wantEqual("the output", t.stdout.whole("stdout"), "out\n"+t.dir()+"\n")
	wantEqual("the errors", t.stderr.whole("stderr"), "err\n")

	ended := p.inspect(t)
	wantEqual("its state", ended.Task.State, wire.TaskState_EXITED)
	wantEqual("its exit code", ended.Task.Result.GetExitCode(), 7)
	want(ended.Task.CompletedAt.AsTime().After(ended.Task.StartedAt.AsTime()), "an end after the start, got %v", ended)
	wantEqual("the exit code, asked for again", p.wait(t).ExitCode, 7)

	must("DestroyTask", p.destroy(t.id, false))
	_, err := p.driver.InspectTask(s.context, &wire.InspectTaskRequest{TaskId: t.id})
	wantError("InspectTask of a task that is gone", err, codes.NotFound, "task not found for given id")
	must("StopTask of a task that is gone", p.stop(t.id, time.Second, ""))
	must("DestroyTask of a task that is gone", p.destroy(t.id, true))
}
