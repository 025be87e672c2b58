package main

import (
	"os"
	"path/filepath"
	"strings"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// Without a logger of the client: the files that `nomad alloc logs` reads are written by the keeper.
func keeperLogs(s *scene) {
	p := s.servingPlugin("log_collection = \"keeper\"\nlogs {\n  max_files = 2\n  max_file_size = 1\n}\n")
	answer, err := p.driver.Capabilities(s.context, &wire.CapabilitiesRequest{})
	must("Capabilities", err)
	want(answer.Capabilities.DisableLogCollection, "disable_log_collection, got %v", answer.Capabilities)

	// The paths of the FIFOs are named even so, and nothing is there.
	t := p.newTask(shell("echo out; echo err >&2; exit 2"))
	must("StartTask", p.startTask(t))
	wantEqual("the exit code", p.wait(t).ExitCode, 2)
	eventuallyHas(t.log("stdout.0"), "out\n")
	eventuallyHas(t.log("stderr.0"), "err\n")

	large := p.newTask(shell("head -c 3500000 /dev/zero | tr '\\0' 'x'; echo; echo last"))
	must("StartTask", p.startTask(large))
	wantEqual("the exit code", p.wait(large).ExitCode, 0)
	eventually("the newest file has the last line", func() bool {
		text, err := os.ReadFile(large.log("stdout.3"))
		return err == nil && strings.HasSuffix(string(text), "\nlast\n")
	})
	files, err := filepath.Glob(large.log("stdout.*"))
	must("list the files", err)
	wantEqual("the number of files", len(files), 2)

	// A job that wants no logs.
	silent := p.newTask(shell("echo out"))
	silent.config.StdoutPath, silent.config.StderrPath = "/dev/null", "/dev/null"
	must("StartTask without logs", p.startTask(silent))
	wantEqual("the exit code", p.wait(silent).ExitCode, 0)
	files, err = filepath.Glob(silent.log("*"))
	must("list the files", err)
	wantEqual("the number of files of a job without logs", len(files), 0)
}

func (t *task) log(end string) string {
	return filepath.Join(t.config.AllocDir, "alloc/logs", t.config.Name+"."+end)
}

func eventuallyHas(path, text string) {
	eventually(path+" is as written", func() bool {
		found, err := os.ReadFile(path)
		return err == nil && string(found) == text
	})
}
