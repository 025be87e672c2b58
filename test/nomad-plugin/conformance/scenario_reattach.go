package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"strings"

	"github.com/hashicorp/go-plugin"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// An agent that was killed leaves its plugin behind, with streams that nobody reads; the next agent goes on with it.
func reattachment(s *scene) {
	command, address := s.startBareHanded()
	first := s.reattach(&plugin.ReattachConfig{
		Protocol:        plugin.ProtocolGRPC,
		ProtocolVersion: protocolVersion,
		Addr:            address,
		Pid:             command.Process.Pid,
	})
	// It has something to log: there is nobody to take it.
	must("SetConfig", first.setConfig(first.encode(`denied_host_uids = "5-2"`)))
	first.configure("enabled = true\nstate_dir = " + quoted(s.stateDir()))
	t := first.start(shell(untilLetGo + "exit 7"))
	waiting := first.waitLater(s.context, t)

	// Nothing is configured again by one that finds the plugin at work.
	second := s.reattach(first.client.ReattachConfig())
	second.config, second.taskSchema = first.config, first.taskSchema
	pid := second.pidOf(t)
	must("RecoverTask of a task that the plugin knows", second.recoverTask(t))
	wantEqual("the pid after that", second.pidOf(t), pid)
	alsoWaiting := second.waitLater(s.context, t)
	t.letGo()
	for _, one := range []<-chan outcome[*wire.WaitTaskResponse]{alsoWaiting, waiting} {
		answer := soon("WaitTask answers", one)
		must("WaitTask", answer.err)
		wantEqual("the exit code", answer.value.Result.ExitCode, 7)
	}
	wantEqual("the exit code of a task of the second agent", second.wait(second.start(shell("exit 3"))).ExitCode, 3)
}

// As an agent does it, and then without its ends of the plugin's streams.
func (s *scene) startBareHanded() (*exec.Cmd, net.Addr) {
	stdout, theirStdout, err := os.Pipe()
	must("make a pipe", err)
	stderr, theirStderr, err := os.Pipe()
	must("make a pipe", err)
	command := exec.Command(s.command[0], s.command[1:]...)
	command.Stdout, command.Stderr = theirStdout, theirStderr
	command.Env = append(os.Environ(), "TMPDIR="+s.folder,
		handshake.MagicCookieKey+"="+handshake.MagicCookieValue, "PLUGIN_PROTOCOL_VERSIONS=2")
	must("start the plugin", command.Start())
	ended := later(func() (struct{}, error) { return struct{}{}, command.Wait() })
	s.cleanUpAtLast(func() {
		_ = command.Process.Kill()
		<-ended
	})
	must("close the plugin's end", theirStdout.Close())
	must("close the plugin's end", theirStderr.Close())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must("read the handshake", err)
	must("close our end of stdout", stdout.Close())
	must("close our end of stderr", stderr.Close())
	fields := strings.Split(strings.TrimSpace(line), "|")
	want(len(fields) == 6, "a handshake of 6 fields, got %q", line)
	wantEqual("the network", fields[2], "unix")
	return command, &net.UnixAddr{Net: "unix", Name: fields[3]}
}
