package main

import (
	"os"
	"time"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// What an agent that ends does to its plugins. Tasks go on, and the next agent has them.
func gracefulEnd(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell(untilLetGo + "exit 5"))
	pid := p.pidOf(t)
	socket := p.client.ReattachConfig().Addr.String()

	// These are under way whenever an agent ends.
	waiting := p.waitLater(s.context, t)
	p.fingerprint()
	_, err := p.stats(s.context, t, 100*time.Millisecond).Recv()
	must("receive what the task uses", err)
	_, err = p.driver.TaskEvents(s.context, &wire.TaskEventsRequest{})
	must("TaskEvents", err)
	_, err = p.driver.Shutdown(s.context, &wire.ShutdownRequest{})
	must("Shutdown", err)

	begun := time.Now()
	p.client.Kill()
	took := time.Since(begun)
	say("the plugin has ended within %s", took.Round(time.Millisecond))
	// One that has not ended within 2 s is killed: then it has no exit code.
	eventually("go-plugin sees the end of the plugin", p.client.Exited)
	wantEqual("the plugin's exit code", p.command.ProcessState.ExitCode(), 0)
	p.forget()
	want(soon("WaitTask ends with the plugin", waiting).err != nil, "WaitTask to fail with the end of the plugin")
	_, err = os.Stat(socket)
	want(os.IsNotExist(err), "the socket to be gone, got %v", err)
	want(isAlive(pid), "the task to go on")

	next := s.servingPlugin("")
	must("RecoverTask", next.recoverTask(t))
	t.letGo()
	wantEqual("the exit code", next.wait(t).ExitCode, 5)
}
