// Worker: Go's os/exec.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type worker struct {
	settings map[string]string
	null     *os.File
}

func (w *worker) number(key string, absent int) int {
	text, isThere := w.settings[key]
	if !isThere {
		return absent
	}
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// An opened /dev/null is handed over, which saves Go from opening it three times for each start.
func (w *worker) command(file string, args ...string) *exec.Cmd {
	command := exec.Command(file, args...)
	command.Stdin, command.Stdout, command.Stderr = w.null, w.null, w.null
	return command
}

func (w *worker) target() *exec.Cmd {
	var args []string
	if argument := w.settings["targetArgument"]; argument != "" {
		args = []string{argument}
	}
	command := w.command(w.settings["target"], args...)
	if _, isThere := w.settings["uid"]; isThere {
		id := uint32(w.number("uid", 0))
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
	}
	return command
}

func (w *worker) one(isPipe bool) (int64, int64) {
	begin := time.Now()
	command := w.target()
	var output io.ReadCloser
	if isPipe {
		command.Stdout = nil
		var err error
		output, err = command.StdoutPipe()
		check(err)
	}
	check(command.Start())
	call := time.Since(begin)
	if isPipe {
		all, err := io.ReadAll(output)
		check(err)
		if len(all) != w.number("targetArgument", 0) {
			check(fmt.Errorf("%d bytes", len(all)))
		}
	}
	check(command.Wait())
	return call.Nanoseconds(), time.Since(begin).Nanoseconds()
}

func (w *worker) latency() map[string]any {
	isPipe := w.settings["mode"] == "pipe"
	limit := time.Duration(w.number("maxMs", 1000)) * time.Millisecond
	begin := time.Now()
	for i := 0; i < w.number("warmup", 0) && time.Since(begin) < limit; i++ {
		w.one(isPipe)
	}
	var call, seen []int64
	begin = time.Now()
	for len(call) < w.number("iterations", 100) && (len(call) == 0 || time.Since(begin) < limit) {
		a, b := w.one(isPipe)
		call, seen = append(call, a), append(seen, b)
	}
	return map[string]any{"call": call, "seen": seen}
}

// One goroutine per start that is under way, which is how Go programs do it.
func (w *worker) throughput() map[string]any {
	total := w.number("iterations", 100)
	limit := time.Duration(w.number("maxMs", 1000)) * time.Millisecond
	lanes := min(w.number("concurrency", 1), total)
	begin := time.Now()
	done := make(chan int, lanes)
	for lane := 0; lane < lanes; lane++ {
		go func() {
			count := 0
			for ; count < total/lanes && time.Since(begin) < limit; count++ {
				check(w.target().Run())
			}
			done <- count
		}()
	}
	ended := 0
	for lane := 0; lane < lanes; lane++ {
		ended += <-done
	}
	return map[string]any{"perSecond": float64(ended) / time.Since(begin).Seconds()}
}

func (w *worker) load() [][]byte {
	for i := 0; i < w.number("fds", 0); i++ {
		_, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		check(err)
	}
	var held [][]byte
	for taken := 0; taken < w.number("memoryMb", 0); taken += 50 {
		block := make([]byte, 50<<20)
		for at := 0; at < len(block); at += 4096 {
			block[at] = 1
		}
		held = append(held, block)
	}
	return held
}

func main() {
	w := &worker{settings: map[string]string{}}
	for _, argument := range os.Args[1:] {
		key, value, _ := strings.Cut(argument, "=")
		w.settings[key] = value
	}
	var err error
	w.null, err = os.OpenFile("/dev/null", os.O_RDWR, 0)
	check(err)
	held := w.load()
	var sleepers []*exec.Cmd
	for i := 0; i < w.number("children", 0); i++ {
		sleeper := w.command(w.settings["sleeper"])
		check(sleeper.Start())
		sleepers = append(sleepers, sleeper)
	}
	result := map[string]any{}
	if w.settings["mode"] == "throughput" {
		result = w.throughput()
	} else {
		result = w.latency()
	}
	check(json.NewEncoder(os.Stdout).Encode(result))
	for _, sleeper := range sleepers {
		check(sleeper.Process.Kill())
	}
	for _, sleeper := range sleepers {
		_ = sleeper.Wait()
	}
	_ = held
}
