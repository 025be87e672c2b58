package main

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// The calls about one task, each by one line.

func (p *instance) wait(t *task) *wire.ExitResult {
	response, err := p.driver.WaitTask(p.scene.context, &wire.WaitTaskRequest{TaskId: t.id})
	must("WaitTask", err)
	wantEqual("the error of WaitTask", response.Err, "")
	want(response.Result != nil, "WaitTask to answer with a result, got %v", response)
	return response.Result
}

func (p *instance) inspect(t *task) *wire.InspectTaskResponse {
	response, err := p.driver.InspectTask(p.scene.context, &wire.InspectTaskRequest{TaskId: t.id})
	must("InspectTask", err)
	want(response.Task != nil, "InspectTask to answer with a task, got %v", response)
	return response
}

func (p *instance) signal(t *task, name string) error {
	_, err := p.driver.SignalTask(p.scene.context, &wire.SignalTaskRequest{TaskId: t.id, Signal: name})
	return err
}

func (p *instance) stop(id string, grace time.Duration, signal string) error {
	request := &wire.StopTaskRequest{TaskId: id, Timeout: durationpb.New(grace), Signal: signal}
	_, err := p.driver.StopTask(p.scene.context, request)
	return err
}

func (p *instance) destroy(id string, force bool) error {
	_, err := p.driver.DestroyTask(p.scene.context, &wire.DestroyTaskRequest{TaskId: id, Force: force})
	return err
}

func (p *instance) recoverTask(t *task) error {
	request := &wire.RecoverTaskRequest{TaskId: t.id, Handle: t.handle}
	_, err := p.driver.RecoverTask(p.scene.context, request)
	return err
}

func (p *instance) waitLater(ctx context.Context, t *task) <-chan outcome[*wire.WaitTaskResponse] {
	return later(func() (*wire.WaitTaskResponse, error) {
		return p.driver.WaitTask(ctx, &wire.WaitTaskRequest{TaskId: t.id})
	})
}

func (p *instance) pidOf(t *task) int {
	text := p.inspect(t).Driver.GetAttributes()["pid"]
	pid, err := strconv.Atoi(text)
	must("read the pid among the task's attributes", err)
	return pid
}
