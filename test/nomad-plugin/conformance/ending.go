package main

import (
	"context"
	"time"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// Ends tasks and instances, whatever the scenario has come to.
func (s *scene) endAll() {
	// That of the scenario may be over.
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	s.context = ctx
	if len(s.tasks) > 0 {
		s.destroyTasks(ctx)
	}
	for _, p := range s.instances {
		p.client.Kill()
	}
}

func (s *scene) destroyTasks(ctx context.Context) {
	var serving *instance
	for _, p := range s.instances {
		if p.config != "" && !p.client.Exited() {
			serving = p
		}
	}
	if serving == nil {
		serving = s.servingPlugin("")
	}
	for _, t := range s.tasks {
		// One that serves since a moment does not know all of them; those that are gone are no matter here.
		if t.handle != nil {
			_, _ = serving.driver.RecoverTask(ctx, &wire.RecoverTaskRequest{TaskId: t.id, Handle: t.handle})
		}
		_, err := serving.driver.DestroyTask(ctx, &wire.DestroyTaskRequest{TaskId: t.id, Force: true})
		must("destroy a task at the end", err)
	}
}
