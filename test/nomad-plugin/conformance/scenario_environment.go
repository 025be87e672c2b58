package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// A service may be started with no variables at all: no PATH, no HOME.
func emptyEnvironment(s *scene) {
	p := s.servingPlugin("", withEmptyEnvironment)
	t := p.start(shell(`echo "$HOME"; echo done; exit 2`))
	wantEqual("the exit code", p.wait(t).ExitCode, 2)
	wantText("the output", t.stdout.whole("stdout"), "done\n")
	wantEqual("the health", p.fingerprint().Health, wire.FingerprintResponse_HEALTHY)
}

// Tasks get what the client says, and of the agent's own variables none that a plugin was started with.
func taskEnvironment(s *scene) {
	must("set a variable", os.Setenv("OF_THE_AGENT", "x"))
	p := s.servingPlugin("denied_envvars = [\"DENIED_*\"]\n")
	t := p.newTask("command = \"/usr/bin/env\"\ndenied_envvars = [\"ALSO_DENIED\"]\n")
	t.config.Env["GIVEN"] = "a=b"
	t.config.Env["DENIED_ONE"] = "x"
	t.config.Env["ALSO_DENIED"] = "x"
	t.readOutput()
	must("StartTask", p.startTask(t))
	wantEqual("the exit code", p.wait(t).ExitCode, 0)
	lines := strings.Split(t.stdout.whole("stdout"), "\n")
	wantLine(lines, "GIVEN=a=b", true)
	wantLine(lines, "NOMAD_TASK_NAME="+taskName, true)
	for _, prefix := range []string{"DENIED_ONE=", "ALSO_DENIED=", "NOMAD_PLUGIN_MAGIC_COOKIE=", "PLUGIN_"} {
		wantLine(lines, prefix, false)
	}
}

func wantLine(lines []string, prefix string, expected bool) {
	found := false
	for _, line := range lines {
		found = found || strings.HasPrefix(line, prefix)
	}
	want(found == expected, "a line that begins with %q: %t, got %q", prefix, expected, lines)
}

// Whoever starts the plugin by hand is told what it is.
func withoutHost(s *scene) {
	command := exec.Command(s.command[0], s.command[1:]...)
	output, err := command.CombinedOutput()
	want(err != nil, "a plugin without a host to fail")
	wantEqual("its exit code", command.ProcessState.ExitCode(), 1)
	wantText("what it says", string(output), "plugin of Nomad")

	other := exec.Command(s.command[0], s.command[1:]...)
	other.Env = append(os.Environ(),
		handshake.MagicCookieKey+"="+handshake.MagicCookieValue, "PLUGIN_PROTOCOL_VERSIONS=3,4")
	output, err = other.CombinedOutput()
	want(err != nil, "a plugin for a host of another protocol to fail")
	wantText("what it says", string(output), "version")
}

// The socket is where the host wants it.
func socketInFolder(s *scene) {
	folder := s.folder + "/sockets"
	must("make a folder", os.Mkdir(folder, 0o700))
	p := s.startPlugin(func(config *plugin.ClientConfig) {
		config.Cmd.Env = append(config.Cmd.Env, plugin.EnvUnixSocketDir+"="+folder)
	})
	answersItsHost(p)
	wantText("the socket's path", p.client.ReattachConfig().Addr.String(), folder)
}

// A host that asks for one connection for all gets one field more in the handshake.
func handshakeOfMultiplexer(s *scene) {
	answersItsHost(s.startPlugin(func(config *plugin.ClientConfig) {
		config.Cmd.Env = append(config.Cmd.Env, "PLUGIN_MULTIPLEX_GRPC=true")
	}))
}

// Ctrl-C at the agent's terminal reaches its plugins: the agent is to decide what happens to them.
func keyboard(s *scene) {
	p := s.servingPlugin("")
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE} {
		must("send a signal", syscall.Kill(p.pid(), signal))
	}
	time.Sleep(200 * time.Millisecond)
	wantEqual("the exit code of a task after that", p.wait(p.start(shell("exit 3"))).ExitCode, 3)
}
