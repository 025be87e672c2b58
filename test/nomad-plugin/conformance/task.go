package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

const taskName = "web"

// A task as a Nomad client has it: with the allocation's folders, and what reads the task's output.
type task struct {
	id     string
	config *wire.TaskConfig
	// What the plugin wants back when the task is to be recovered.
	handle         *wire.TaskHandle
	stdout, stderr *output
}

// In an allocation of its own. Nothing reads its output yet.
func (p *instance) newTask(block string) *task {
	s := p.scene
	allocID := "a" + randomHex(4) + "-0000-0000-0000-" + randomHex(6)
	allocDir := filepath.Join(s.folder, allocID)
	for _, folder := range []string{"alloc/logs", taskName + "/local", taskName + "/secrets", taskName + "/tmp"} {
		must("make the allocation's folders", os.MkdirAll(filepath.Join(allocDir, folder), 0o755))
	}
	taskDir := filepath.Join(allocDir, taskName)
	id := allocID + "/" + taskName + "/" + randomHex(4)
	return &task{
		id: id,
		config: &wire.TaskConfig{
			Id:                  id,
			Name:                taskName,
			MsgpackDriverConfig: encodeBlock(p.taskSchema, block),
			Env: map[string]string{
				"NOMAD_ALLOC_ID":    allocID,
				"NOMAD_TASK_NAME":   taskName,
				"NOMAD_ALLOC_DIR":   filepath.Join(allocDir, "alloc"),
				"NOMAD_TASK_DIR":    filepath.Join(taskDir, "local"),
				"NOMAD_SECRETS_DIR": filepath.Join(taskDir, "secrets"),
			},
			Resources: &wire.Resources{
				AllocatedResources: &wire.AllocatedTaskResources{
					Cpu:    &wire.AllocatedCpuResources{CpuShares: 100},
					Memory: &wire.AllocatedMemoryResources{MemoryMb: 300},
				},
				LinuxResources: &wire.LinuxResources{CpuShares: 100, MemoryLimitBytes: 300 << 20},
			},
			AllocDir:      allocDir,
			StdoutPath:    filepath.Join(allocDir, "alloc/logs/."+taskName+".stdout.fifo"),
			StderrPath:    filepath.Join(allocDir, "alloc/logs/."+taskName+".stderr.fifo"),
			TaskGroupName: "group",
			JobName:       "job",
			JobId:         "job",
			AllocId:       allocID,
			Namespace:     "default",
			NodeName:      "node",
			NodeId:        "00000000-0000-0000-0000-000000000000",
		},
	}
}

// What a Nomad client's logger does beside: the task's output has a reader.
func (t *task) readOutput() {
	t.stdout = readFIFO(t.config.StdoutPath)
	t.stderr = readFIFO(t.config.StderrPath)
}

func (p *instance) start(block string) *task {
	t := p.newTask(block)
	t.readOutput()
	must("StartTask", p.startTask(t))
	return t
}

func (p *instance) startTask(t *task) error {
	p.scene.tasks = append(p.scene.tasks, t)
	return p.startKnown(t)
}

// Of a task that the scene will end: may be called by several at once.
func (p *instance) startKnown(t *task) error {
	response, err := p.driver.StartTask(p.scene.context, &wire.StartTaskRequest{Task: t.config})
	if err != nil {
		return err
	}
	if response.Handle == nil {
		return fmt.Errorf("no handle in the answer: %v", response)
	}
	t.handle = response.Handle
	return nil
}

func randomHex(bytes int) string {
	random := make([]byte, bytes)
	// Never fails, see its documentation.
	_, _ = rand.Read(random)
	return hex.EncodeToString(random)
}
