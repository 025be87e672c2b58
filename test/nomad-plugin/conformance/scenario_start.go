package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/msgpack"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

func secondStart(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell(untilLetGo + "exit 5"))
	_, err := p.driver.StartTask(s.context, &wire.StartTaskRequest{Task: t.config})
	wantError("StartTask of a task that runs", err, codes.AlreadyExists, "")
	t.letGo()
	wantEqual("the exit code of the first", p.wait(t).ExitCode, 5)
}

// Of a start that fails nothing is left, and the reader of its output sees the end.
func failedStarts(s *scene) {
	p := s.servingPlugin("")
	for block, reason := range map[string]string{
		`command = "/no/such/program"`:                 "/no/such/program",
		`command = "no-such-program"`:                  "no-such-program",
		`command = "/etc/passwd"`:                      "/etc/passwd",
		`command = ""`:                                 "command",
		shell("true") + `work_dir = "relative"`:        "work_dir",
		shell("true") + `oom_score_adj = -5`:           "oom_score_adj",
		shell("true") + `work_dir = "/no/such/folder"`: "/no/such/folder",
	} {
		t := p.newTask(block)
		t.readOutput()
		err := p.startTask(t)
		wantRefusal("StartTask with "+block, err, reason)
		say("%s: %s: %s", block, status.Code(err), status.Convert(err).Message())
		_, err = p.driver.InspectTask(s.context, &wire.InspectTaskRequest{TaskId: t.id})
		wantError("InspectTask of a task that did not start", err, codes.NotFound, "task not found for given id")
	}
	t := p.newTask(shell("true"))
	t.config.User = "no-such-user"
	wantRefusal("StartTask for a user that nobody knows", p.startTask(t), "no-such-user")

	t = p.newTask(shell("true"))
	null, err := msgpack.Marshal(cty.ObjectVal(map[string]cty.Value{"command": cty.NullVal(cty.String)}), cty.DynamicPseudoType)
	must("encode a block without a command", err)
	t.config.MsgpackDriverConfig = null
	wantRefusal("StartTask without a command", p.startTask(t), "")
}

// A kernel takes some MiB of it; messages of gRPC have no limit of their own here.
func largeEnvironment(s *scene) {
	p := s.servingPlugin("")
	t := p.newTask(shell(`echo ${#BIG_0} ${#BIG_15} "$GREETING" "$DEVICE"`))
	for number := range 16 {
		t.config.Env[fmt.Sprintf("BIG_%d", number)] = strings.Repeat("x", 64<<10)
	}
	t.config.Env["GREETING"] = "grüß dich = 'you'"
	t.config.DeviceEnv = map[string]string{"DEVICE": "of a device", "GREETING": "of a device, too"}
	t.readOutput()
	must("StartTask with 1 MiB of environment", p.startTask(t))
	wantEqual("the exit code", p.wait(t).ExitCode, 0)
	wantEqual("the output", t.stdout.whole("stdout"), "65536 65536 grüß dich = 'you' of a device\n")

	// Linux takes no single string of more than 128 KiB.
	tooLarge := p.newTask(shell("true"))
	tooLarge.config.Env["BIG"] = strings.Repeat("x", 200<<10)
	tooLarge.readOutput()
	err := p.startTask(tooLarge)
	wantRefusal("StartTask with a variable that is too large", err, "")
	say("%v", err)

	// More than gRPC takes by default, and more than the kernel does: it is the kernel that says so.
	vast := p.newTask(shell("true"))
	for number := range 80 {
		vast.config.Env[fmt.Sprintf("BIG_%d", number)] = strings.Repeat("x", 64<<10)
	}
	vast.readOutput()
	err = p.startTask(vast)
	wantRefusal("StartTask with 5 MiB of environment", err, "")
	want(status.Code(err) != codes.ResourceExhausted, "the message itself to be taken, got %v", err)
	say("%v", err)
}

// The logger opens its end when it comes to it: a start waits for that, and no output is lost.
func lateReader(s *scene) {
	p := s.servingPlugin("")
	t := p.newTask(shell("echo early"))
	makeFIFO(t.config.StdoutPath)
	makeFIFO(t.config.StderrPath)
	s.tasks = append(s.tasks, t)
	started := later(func() (struct{}, error) { return struct{}{}, p.startKnown(t) })
	stillOpen("StartTask without a reader", 500*time.Millisecond, started)
	wantEqual("the exit code of another task meanwhile", p.wait(p.start(shell("exit 2"))).ExitCode, 2)
	t.stdout, t.stderr = openFIFO(t.config.StdoutPath), openFIFO(t.config.StderrPath)
	must("StartTask once there is a reader", soon("StartTask answers", started).err)
	wantEqual("the exit code", p.wait(t).ExitCode, 0)
	wantEqual("the output", t.stdout.whole("stdout"), "early\n")
}

// A job whose logs are switched off.
func withoutLogs(s *scene) {
	p := s.servingPlugin("")
	t := p.newTask(shell("echo out; exit 3"))
	t.config.StdoutPath, t.config.StderrPath = "/dev/null", "/dev/null"
	must("StartTask", p.startTask(t))
	wantEqual("the exit code", p.wait(t).ExitCode, 3)
}

// Nobody waits for the answer any more: either nothing was started, or the id is taken and whatever runs can be destroyed by it.
func cancelledStart(s *scene) {
	p := s.servingPlugin("")
	mark := s.mark()
	t := p.newTask(shell("sleep 300"))
	name, value, _ := strings.Cut(mark, "=")
	t.config.Env[name] = value
	makeFIFO(t.config.StdoutPath)
	makeFIFO(t.config.StderrPath)
	s.tasks = append(s.tasks, t)
	ctx, cancel := context.WithTimeout(s.context, 300*time.Millisecond)
	defer cancel()
	_, err := p.driver.StartTask(ctx, &wire.StartTaskRequest{Task: t.config})
	wantEqual("the code of a start whose time is over", status.Code(err), codes.DeadlineExceeded)
	t.stdout, t.stderr = openFIFO(t.config.StdoutPath), openFIFO(t.config.StderrPath)
	time.Sleep(500 * time.Millisecond)
	must("DestroyTask after that", p.destroy(t.id, true))
	wantNone(mark)
}

// Checked for the user that the task will run as: without one in the job it is the agent's own.
func deniedUsers(s *scene) {
	p := s.servingPlugin(fmt.Sprintf("denied_host_uids = \"%d\"\n", os.Getuid()))
	t := p.newTask(shell("true"))
	t.readOutput()
	err := p.startTask(t)
	wantError("StartTask for a user that is denied", err, codes.PermissionDenied, "")
	say("%v", err)
}

// Each with its own folders, variables and end.
func manyTasks(s *scene) {
	const count = 200
	p := s.servingPlugin("")
	tasks := make([]*task, count)
	for number := range tasks {
		tasks[number] = p.newTask(shell(fmt.Sprintf("echo %d; exit %d", number, number%100)))
		tasks[number].readOutput()
	}
	begun := time.Now()
	var starts []<-chan outcome[struct{}]
	for _, t := range tasks {
		s.tasks = append(s.tasks, t)
		starts = append(starts, later(func() (struct{}, error) { return struct{}{}, p.startKnown(t) }))
	}
	for _, start := range starts {
		must("StartTask of one of many", soon("all start", start).err)
	}
	say("%d tasks were started within %s", count, time.Since(begun).Round(time.Millisecond))
	for number, t := range tasks {
		wantEqual("an exit code", p.wait(t).ExitCode, int32(number%100))
		wantEqual("an output", t.stdout.whole("stdout"), fmt.Sprintf("%d\n", number))
	}
	say("they had ended within %s", time.Since(begun).Round(time.Millisecond))
	for _, t := range tasks {
		must("DestroyTask", p.destroy(t.id, false))
	}
}
