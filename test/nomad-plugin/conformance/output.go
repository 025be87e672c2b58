package main

import (
	"bytes"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// One stream of a task, read from its FIFO until the last that could write there has gone.
type output struct {
	lock  sync.Mutex
	bytes bytes.Buffer
	ended chan struct{}
	err   error
}

func makeFIFO(path string) {
	must("make a FIFO", syscall.Mkfifo(path, 0o600))
}

func readFIFO(path string) *output {
	makeFIFO(path)
	return openFIFO(path)
}

func openFIFO(path string) *output {
	o := &output{ended: make(chan struct{})}
	go o.read(path)
	return o
}

func (o *output) read(path string) {
	defer close(o.ended)
	// Waits for a writer.
	file, err := os.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		o.err = err
		return
	}
	defer file.Close()
	_, o.err = io.Copy(o, file)
}

func (o *output) Write(data []byte) (int, error) {
	o.lock.Lock()
	defer o.lock.Unlock()
	return o.bytes.Write(data)
}

func (o *output) text() string {
	o.lock.Lock()
	defer o.lock.Unlock()
	return o.bytes.String()
}

// What was written in all, once nobody has the stream any more: a Nomad client waits for that at each stop of a task.
func (o *output) whole(what string) string {
	select {
	case <-o.ended:
	case <-time.After(patience):
		fail("it took longer than %s that %s ends with its task", patience, what)
	}
	must("read "+what, o.err)
	return o.text()
}
