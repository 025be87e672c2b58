package main

import (
	"google.golang.org/grpc/codes"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// Bytes that are no configuration are refused, and leave what was before.
func unreadableConfig(s *scene) {
	p := s.servingPlugin("")
	whole := p.encode(p.config)
	for what, block := range map[string][]byte{
		"a truncated block":          whole[:len(whole)/2],
		"a block without its end":    whole[:len(whole)-1],
		"a byte that means nothing":  {0xc1},
		"text":                       []byte("enabled = true"),
		"a list instead of a map":    {0x91, 0xc3},
		"a block with more after it": append(whole[:len(whole):len(whole)], 0xc0),
	} {
		wantError("SetConfig with "+what, p.setConfig(block), codes.InvalidArgument, "configuration")
		wantEqual("the health after "+what, p.fingerprint().Health, wire.FingerprintResponse_HEALTHY)
	}
	t := p.newTask(shell("exit 0"))
	t.config.MsgpackDriverConfig = t.config.MsgpackDriverConfig[:10]
	wantError("StartTask with a truncated block", p.startTask(t), codes.InvalidArgument, "config of task")
	wantEqual("the exit code of a task after all that", p.wait(p.start(shell("exit 4"))).ExitCode, 4)
}

// Values that cannot be used do not keep an agent from starting: SetConfig takes them, and the fingerprint says what is the matter.
func unusableConfig(s *scene) {
	for block, reason := range map[string]string{
		`denied_host_uids = "5-2"`:      "denied_host_uids",
		`denied_host_gids = "x"`:        "denied_host_gids",
		`log_collection = "elsewhere"`:  "log_collection",
		`state_dir = "relative/folder"`: "state_dir",
		`cgroup_pool = -1`:              "cgroup_pool",
	} {
		p := s.startPlugin()
		before := "enabled = true\n"
		if reason != "state_dir" {
			before += "state_dir = " + quoted(s.stateDir()) + "\n"
		}
		p.configure(before + block)
		found := p.fingerprint()
		wantEqual("the health with "+block, found.Health, wire.FingerprintResponse_UNDETECTED)
		wantText("its description", found.HealthDescription, reason)
		say("%s: %s", block, found.HealthDescription)
		t := p.newTask(shell("exit 0"))
		_, err := p.driver.StartTask(s.context, &wire.StartTaskRequest{Task: t.config})
		wantError("StartTask", err, codes.FailedPrecondition, reason)
		p.client.Kill()
		p.forget()
	}
}

func disabledDriver(s *scene) {
	p := s.startPlugin()
	p.configure("state_dir = " + quoted(s.stateDir()))
	t := p.newTask(shell("exit 0"))
	_, err := p.driver.StartTask(s.context, &wire.StartTaskRequest{Task: t.config})
	wantError("StartTask of a driver that is not enabled", err, codes.FailedPrecondition, "")
	say("%v", err)
}
