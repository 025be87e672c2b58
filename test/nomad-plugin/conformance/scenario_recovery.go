package main

import (
	"time"

	"google.golang.org/grpc/codes"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// A plugin that was killed: the next one goes on with its tasks, also with those that ended meanwhile.
func recovery(s *scene) {
	p := s.servingPlugin("")
	goesOn := p.start(shell("echo before; " + untilLetGo + "echo after; exit 9"))
	endsMeanwhile := p.start(shell("echo before; " + untilLetGo + "kill -12 $$"))
	goesOn.untilWritten("before\n")
	endsMeanwhile.untilWritten("before\n")
	pid := p.pidOf(goesOn)
	p.killHard()
	endsMeanwhile.letGo()
	wantEqual("the output of a task that ended meanwhile", endsMeanwhile.stdout.whole("stdout"), "before\n")

	next := s.servingPlugin("")
	must("RecoverTask", next.recoverTask(goesOn))
	must("RecoverTask of a task that ended meanwhile", next.recoverTask(endsMeanwhile))
	wantEqual("the signal of that", next.wait(endsMeanwhile).Signal, 12)
	wantEqual("the pid", next.pidOf(goesOn), pid)
	wantEqual("the state", next.inspect(goesOn).Task.State, wire.TaskState_RUNNING)
	answer, err := next.exec(goesOn.id, 5*time.Second, "/bin/sh", "-c", "echo $NOMAD_TASK_NAME")
	must("ExecTask in a task that was recovered", err)
	wantEqual("its output", string(answer.Stdout), taskName+"\n")

	waiting := next.waitLater(s.context, goesOn)
	goesOn.letGo()
	exit := soon("WaitTask answers", waiting)
	must("WaitTask", exit.err)
	wantEqual("the exit code", exit.value.Result.ExitCode, 9)
	wantEqual("the output", goesOn.stdout.whole("stdout"), "before\nafter\n")

	gone := copyOf(goesOn.handle)
	gone.Config.Id = "a/b/c"
	_, err = next.driver.RecoverTask(s.context, &wire.RecoverTaskRequest{TaskId: "a/b/c", Handle: gone})
	wantError("RecoverTask of a task that the keeper does not know", err, codes.NotFound, "task not found for given id")
}

// After a swap of drivers the client hands over what the other one has kept.
func foreignState(s *scene) {
	p := s.servingPlugin("")
	for what, state := range map[string][]byte{
		"MessagePack of another driver": {0x82, 0xa3, 'P', 'i', 'd', 0xcd, 0x30, 0x39, 0xa1, 'x', 0xc0},
		"JSON of another driver":        []byte(`{"Pid":12345}`),
		"nothing":                       {},
	} {
		t := p.newTask(shell("exit 0"))
		t.handle = &wire.TaskHandle{Version: 1, Config: t.config, State: wire.TaskState_RUNNING, DriverState: state}
		wantError("RecoverTask with "+what, p.recoverTask(t), codes.FailedPrecondition, "another driver has started it")
		must("DestroyTask after that", p.destroy(t.id, true))
		t.readOutput()
		must("StartTask after that", p.startTask(t))
		wantEqual("the exit code", p.wait(t).ExitCode, 0)
	}
	_, err := p.driver.RecoverTask(s.context, &wire.RecoverTaskRequest{TaskId: "a/b/c"})
	wantError("RecoverTask without a handle", err, codes.InvalidArgument, "handle")
}

// After a step back of the plugin. What the client does then is to destroy the task, and it is to be gone by that.
func stateOfLaterVersion(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell("sleep 300"))
	pid := p.pidOf(t)
	p.killHard()
	next := s.servingPlugin("")
	kept := t.handle
	t.handle = copyOf(kept)
	t.handle.DriverState = []byte(`["raw-exec",99]`)
	wantError("RecoverTask with the state of a later version", next.recoverTask(t), codes.FailedPrecondition, "later version")
	must("DestroyTask after that", next.destroy(t.id, true))
	alive := isAlive(pid)
	// For the end of the scenario.
	t.handle = kept
	want(!alive, "the task to have ended with DestroyTask by force after a RecoverTask that failed")
}

// A Nomad client starts its plugins several times before it uses one of them.
func throwAwayInstances(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell(untilLetGo + "exit 8"))
	waiting := p.waitLater(s.context, t)
	stream := p.stats(s.context, t, 100*time.Millisecond)
	keepers := keepersOf(s.stateDir())

	for range 2 {
		asked := s.startPlugin()
		_, err := asked.base.PluginInfo(s.context, &wire.PluginInfoRequest{})
		must("PluginInfo", err)
		_, err = asked.base.ConfigSchema(s.context, &wire.ConfigSchemaRequest{})
		must("ConfigSchema", err)
		asked.client.Kill()

		validated := s.startPlugin()
		block := validated.encode(p.config)
		must("SetConfig", validated.setConfig(block))
		must("SetConfig once more", validated.setConfig(block))
		validated.client.Kill()
	}

	wantEqual("the number of keeper's processes", len(keepersOf(s.stateDir())), len(keepers))
	for range 3 {
		_, err := stream.Recv()
		must("receive what the task uses", err)
	}
	stillOpen("WaitTask", 100*time.Millisecond, waiting)
	t.letGo()
	answer := soon("WaitTask answers", waiting)
	must("WaitTask", answer.err)
	wantEqual("the exit code", answer.value.Result.ExitCode, 8)
}
