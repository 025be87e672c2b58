package main

import (
	"context"
	"strings"

	"google.golang.org/grpc/codes"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

func setup(t *task, tty bool, command ...string) *wire.ExecTaskStreamingRequest_Setup {
	return &wire.ExecTaskStreamingRequest_Setup{TaskId: t.id, Command: command, Tty: tty}
}

func execPipes(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell("sleep 300"))

	cat := p.converse(s.context, setup(t, false, "/bin/cat"))
	cat.write("one\n")
	cat.until("one\n")
	cat.beat()
	cat.resize(10, 20)
	// More than any buffer on the way takes, and echoed while it is sent.
	large := strings.Repeat("0123456789abcdef", 1<<16)
	sent := later(func() (struct{}, error) {
		for at := 0; at < len(large); at += 32 << 10 {
			request := &wire.ExecTaskStreamingRequest{Stdin: &wire.ExecTaskStreamingIOOperation{Data: []byte(large[at : at+32<<10])}}
			if err := cat.stream.Send(request); err != nil {
				return struct{}{}, err
			}
		}
		request := &wire.ExecTaskStreamingRequest{Stdin: &wire.ExecTaskStreamingIOOperation{Close: true}}
		return struct{}{}, cat.stream.Send(request)
	})
	wantEqual("the exit code of cat", cat.finish().ExitCode, 0)
	must("send the input", (<-sent).err)
	want(cat.stdout.String() == "one\n"+large, "all bytes to come back, got %d of %d", cat.stdout.Len(), len(large)+4)
	want(cat.stdoutClosed && cat.stderrClosed, "both outputs to be closed")

	both := p.converse(s.context, setup(t, false, "/bin/sh", "-c", "echo out; echo err >&2; test -t 0 || echo no terminal; exit 9"))
	wantEqual("the exit code", both.finish().ExitCode, 9)
	wantEqual("stdout", both.stdout.String(), "out\nno terminal\n")
	wantEqual("stderr", both.stderr.String(), "err\n")

	killed := p.converse(s.context, setup(t, false, "/bin/sh", "-c", "kill -9 $$")).finish()
	wantEqual("the signal", killed.Signal, 9)
	wantEqual("the exit code of a command that was killed", killed.ExitCode, 137)

	// Input for a command that has ended is of no interest to anybody.
	deaf := p.converse(s.context, setup(t, false, "/bin/sh", "-c", "exec <&-; sleep 0.2; exit 4"))
	deaf.write(strings.Repeat("x", 1000))
	wantEqual("the exit code of a command that does not read", deaf.finish().ExitCode, 4)

	// What a command leaves behind does not keep its caller.
	mark := s.mark()
	leaving := p.converse(s.context, setup(t, false, "/usr/bin/env", mark, "/bin/sh", "-c", "sleep 300 & echo said; exit 5"))
	wantEqual("the exit code of a command that leaves something", leaving.finish().ExitCode, 5)
	wantEqual("stdout", leaving.stdout.String(), "said\n")
	wantNone(mark)

	// A client that has nothing more to say ends the input, too.
	half := p.converse(s.context, setup(t, false, "/bin/cat"))
	half.write("last")
	must("end the requests", half.stream.CloseSend())
	wantEqual("the exit code of cat", half.finish().ExitCode, 0)
	wantEqual("stdout", half.stdout.String(), "last")
}

func execTerminal(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell("sleep 300"))
	c := p.converse(s.context, setup(t, true, "/bin/sh", "-c", "test -t 0 && test -t 1 && echo terminal; read line; stty size; read line; stty size; exit 6"))
	c.until("terminal\r\n")
	c.resize(33, 91)
	c.write("go\n")
	c.until("33 91\r\n")
	c.resize(44, 132)
	c.resize(0, 0)
	c.write("go\n")
	c.until("44 132\r\n")
	wantEqual("the exit code", c.finish().ExitCode, 6)
	wantEqual("stderr, which a terminal does not have", c.stderr.String(), "")
	want(c.stdoutClosed, "the output to be closed")
	say("a terminal of two sizes")

	interrupted := p.converse(s.context, setup(t, true, "/bin/sh", "-c", "trap 'exit 130' INT; echo ready; while :; do sleep 0.02; done"))
	interrupted.until("ready\r\n")
	interrupted.write("\x03")
	say("interrupted")
	wantEqual("the exit code of a command that Ctrl-C ends", interrupted.finish().ExitCode, 130)
}

func execStreamRefusals(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell("sleep 300"))
	ctx, cancel := context.WithCancel(s.context)
	defer cancel()

	stream, err := p.driver.ExecTaskStreaming(ctx)
	must("ExecTaskStreaming", err)
	data := &wire.ExecTaskStreamingIOOperation{Data: []byte("x")}
	must("send data first", stream.Send(&wire.ExecTaskStreamingRequest{Stdin: data}))
	_, err = stream.Recv()
	wantError("data before setup", err, codes.InvalidArgument, "setup")

	stream, err = p.driver.ExecTaskStreaming(ctx)
	must("ExecTaskStreaming", err)
	must("end the requests", stream.CloseSend())
	_, err = stream.Recv()
	wantError("a stream without a message", err, codes.InvalidArgument, "setup")

	_, err = p.converse(ctx, setup(t, false)).receive()
	wantError("no command", err, codes.InvalidArgument, "command")
	_, err = p.converse(ctx, setup(t, false, "/no/such/program")).receive()
	wantRefusal("a program that there is not", err, "/no/such/program")
	_, err = p.converse(ctx, setup(&task{id: "a/b/c"}, false, "/bin/true")).receive()
	wantError("a task that nobody knows", err, codes.NotFound, "task not found for given id")
	wantEqual("the state of the task after all that", p.inspect(t).Task.State, wire.TaskState_RUNNING)
}

// Whoever has asked for a command and goes leaves nothing of it behind.
func execCancelled(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell("sleep 300"))
	for _, tty := range []bool{false, true} {
		mark := s.mark()
		ctx, cancel := context.WithCancel(s.context)
		c := p.converse(ctx, setup(t, tty, "/usr/bin/env", mark, "/bin/sh", "-c", "sleep 300 & (sleep 300 & sleep 300) & echo ready; sleep 300"))
		c.until("ready")
		eventually("the command has started others", func() bool { return len(processesWith(mark)) >= 4 })
		cancel()
		wantNone(mark)
	}
	wantEqual("the state of the task", p.inspect(t).Task.State, wire.TaskState_RUNNING)
}

// As an end of the caller: the connection is gone.
func execOfKilledPlugin(s *scene) {
	for name, end := range map[string]func(*instance){
		"killed": (*instance).killHard,
		"ended": func(p *instance) {
			p.client.Kill()
			p.forget()
		},
	} {
		p := s.servingPlugin("")
		t := p.start(shell("sleep 300"))
		for _, tty := range []bool{false, true} {
			// Not one that reads its input: it would end by itself.
			c := p.converse(s.context, setup(t, tty, "/usr/bin/env", s.mark(), "/bin/sh", "-c", "sleep 300 & echo ready; sleep 300"))
			c.until("ready")
		}
		end(p)
		say("the plugin was %s", name)
		eventually("commands end with a plugin that was "+name, func() bool { return len(processesWithPrefix(markPrefix)) == 0 })
	}
}
