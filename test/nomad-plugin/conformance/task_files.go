package main

import (
	"os"
	"path/filepath"
	"strconv"
)

// What a scenario and its task have in common: files in the task's folder.

func (t *task) dir() string {
	return filepath.Join(t.config.AllocDir, t.config.Name)
}

func (t *task) file(name string) string {
	return filepath.Join(t.dir(), name)
}

// Shell of a task that waits for `letGo`.
const untilLetGo = "while [ ! -e local/go ]; do sleep 0.02; done; "

func (t *task) letGo() {
	must("let the task go on", os.WriteFile(t.file("local/go"), nil, 0o644))
}

func (t *task) untilWritten(text string) {
	eventually("the task has written "+strconv.Quote(text), func() bool { return t.stdout.text() == text })
}
