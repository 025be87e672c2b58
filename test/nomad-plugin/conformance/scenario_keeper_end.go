package main

import (
	"syscall"
	"time"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// The plugin starts another keeper, and tasks are held by another process meanwhile.
func killedKeeper(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell(untilLetGo + "exit 6"))
	pid := p.pidOf(t)
	waiting := p.waitLater(s.context, t)
	for _, keeper := range keepersOf(s.stateDir()) {
		if isKeeper(keeper) {
			must("kill the keeper", syscall.Kill(keeper, syscall.SIGKILL))
		}
	}
	eventually("the task is known again", func() bool {
		_, err := p.driver.InspectTask(s.context, &wire.InspectTaskRequest{TaskId: t.id})
		return err == nil
	})
	wantEqual("the pid", p.pidOf(t), pid)
	stillOpen("WaitTask", 100*time.Millisecond, waiting)
	t.letGo()
	answer := soon("WaitTask answers", waiting)
	must("WaitTask", answer.err)
	wantEqual("the exit code", answer.value.Result.ExitCode, 6)
	wantEqual("the exit code of a task after that", p.wait(p.start(shell("exit 2"))).ExitCode, 2)
}

// The task's parent has gone. Whoever waits is answered: with the true end where the kernel still tells it, or that it is not known.
func killedHolder(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell(untilLetGo + "exit 6"))
	waiting := p.waitLater(s.context, t)
	for _, one := range keepersOf(s.stateDir()) {
		must("kill keeper and holder", syscall.Kill(one, syscall.SIGKILL))
	}
	t.letGo()
	answer := soon("WaitTask answers", waiting)
	must("WaitTask", answer.err)
	say("%v", answer.value)
	want(answer.value.Result.ExitCode == 6 || answer.value.Err != "", "exit code 6, or to be told that the end is not known, got %v", answer.value)
	want(answer.value.Result.ExitCode != 0, "no success that nobody has seen, got %v", answer.value)
	must("DestroyTask", p.destroy(t.id, true))
	wantEqual("the exit code of a task after that", p.wait(p.start(shell("exit 2"))).ExitCode, 2)
}
