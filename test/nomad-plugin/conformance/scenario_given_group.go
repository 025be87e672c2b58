package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// Where a client makes groups for its tasks, these are in them; and what another driver has left there ends when the client says so.
func givenGroups(s *scene) {
	p := s.servingPlugin("")
	for kind, makeGroup := range groupMakers {
		t := p.newTask(shell("sleep 300 & " + untilLetGo + "exit 4"))
		group, err := makeGroup(s, t)
		if cannotMake(err) {
			say("no groups of %s can be made here: %v", kind, err)
			continue
		}
		must("make the groups of a task", err)
		t.config.Resources.LinuxResources.CpusetCgroup = group.cpusetCgroup

		left := s.startIn(group)
		t.handle = &wire.TaskHandle{Version: 1, Config: t.config, State: wire.TaskState_RUNNING, DriverState: []byte("{}")}
		wantError("RecoverTask of another driver's task", p.recoverTask(t), codes.FailedPrecondition, "another driver")
		want(isAlive(left), "nothing to have ended by that")
		must("DestroyTask of another driver's task", p.destroy(t.id, true))
		want(!isAlive(left), "what another driver has left in a group of %s to have ended", kind)

		left = s.startIn(group)
		t.readOutput()
		must("StartTask in groups of "+kind, p.startTask(t))
		want(!isAlive(left), "what was left in a group of %s to have ended before the start", kind)
		want(group.has(p.pidOf(t)), "the task to be in the groups that were made for it")
		say("the task is in the groups of %s: %v", kind, p.inspect(t).Driver)

		must("StopTask", p.stop(t.id, 0, "SIGTERM"))
		t.stdout.whole("stdout, which the task's child has, too,")
		must("DestroyTask", p.destroy(t.id, true))
		for _, directory := range group.directories {
			_, err := os.Stat(directory)
			must("find the group after DestroyTask: the client removes it", err)
		}
	}
}

// Not the tests' matter: a container without groups of its own, or another user than root.
func cannotMake(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// @returns the pid of a process that nobody asks for its end but by the group
func (s *scene) startIn(group *givenGroup) int {
	command := exec.Command("/bin/sleep", "300")
	must("start a process", command.Start())
	ended := later(func() (struct{}, error) { return struct{}{}, command.Wait() })
	s.cleanUp(func() {
		_ = command.Process.Kill()
		<-ended
	})
	group.put(command.Process.Pid)
	return command.Process.Pid
}

// A client keeps the groups of a task over its restarts: whatever ended in them, the next one starts there.
func restartInGivenGroups(s *scene) {
	p := s.servingPlugin("")
	for kind, makeGroup := range groupMakers {
		first := p.newTask(shell("exit 1"))
		group, err := makeGroup(s, first)
		if cannotMake(err) {
			say("no groups of %s can be made here: %v", kind, err)
			continue
		}
		must("make the groups of a task", err)
		for attempt, line := range []string{"exit 1", "exit 1", "sleep 300 & exit 1", "sleep 300", "sleep 300", "exit 1"} {
			t := p.newTask(shell(line))
			t.config.AllocId = first.config.AllocId
			t.config.Resources.LinuxResources.CpusetCgroup = group.cpusetCgroup
			t.readOutput()
			must(kind+": start number "+strconv.Itoa(attempt+1)+" in the same groups", p.startTask(t))
			mark := s.mark()
			if line == "sleep 300" {
				answer, err := p.exec(t.id, 5*time.Second, "/bin/sh", "-c", "echo beside")
				must("ExecTask after start number "+strconv.Itoa(attempt+1), err)
				wantEqual("its output", string(answer.Stdout), "beside\n")
				c := p.converse(s.context, setup(t, false, "/bin/sh", "-c", "echo beside; exit 3"))
				wantEqual("the exit code of a command beside", c.finish().ExitCode, 3)
				want(group.has(p.pidOf(t)), "the task to be in the groups that were made for it")
				ctx, cancel := context.WithCancel(s.context)
				gone := p.converse(ctx, setup(t, false, "/usr/bin/env", mark, "/bin/sh", "-c", "sleep 300 & echo ready; sleep 300"))
				gone.until("ready")
				cancel()
				wantNone(mark)
				stays := p.converse(s.context, setup(t, true, "/usr/bin/env", mark, "/bin/sh", "-c", "sleep 300 & echo ready; sleep 300"))
				stays.until("ready")
				must("StopTask", p.stop(t.id, 0, "SIGTERM"))
			}
			p.wait(t)
			must("DestroyTask", p.destroy(t.id, true))
			wantNone(mark)
		}
	}
}
