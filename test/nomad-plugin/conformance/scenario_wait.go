package main

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

func waiters(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell(untilLetGo + "kill -15 $$"))
	var all []<-chan outcome[*wire.WaitTaskResponse]
	for range 5 {
		all = append(all, p.waitLater(s.context, t))
	}
	ctx, cancel := context.WithCancel(s.context)
	defer cancel()
	cancelled := p.waitLater(ctx, t)
	stillOpen("WaitTask of a task that runs", 300*time.Millisecond, cancelled)
	cancel()
	err := soon("a cancelled WaitTask ends", cancelled).err
	wantEqual("the code of a cancelled WaitTask", status.Code(err), codes.Canceled)
	stillOpen("WaitTask of the others", 300*time.Millisecond, all[0])

	t.letGo()
	for _, waiting := range all {
		answer := soon("WaitTask answers", waiting)
		must("WaitTask", answer.err)
		wantEqual("the signal", answer.value.Result.Signal, 15)
		wantEqual("the exit code", answer.value.Result.ExitCode, 128+15)
	}

	_, err = p.driver.WaitTask(s.context, &wire.WaitTaskRequest{TaskId: "a/b/c"})
	wantError("WaitTask of a task that nobody knows", err, codes.NotFound, "task not found for given id")
	_, err = p.driver.InspectTask(s.context, &wire.InspectTaskRequest{TaskId: "a/b/c"})
	wantError("InspectTask of a task that nobody knows", err, codes.NotFound, "task not found for given id")
}
