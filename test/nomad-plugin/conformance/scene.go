package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// No scenario takes this long; a call that hangs fails by it.
const scenarioLimit = 60 * time.Second

// What one scenario has to itself: a folder, with a state directory and so a keeper in it, and what is to be undone at its end.
type scene struct {
	context context.Context
	command []string
	folder  string
	log     pluginLog
	undos   []func()
	undoing sync.Once
	// Those that serve, the newest last.
	instances []*instance
	tasks     []*task
}

// @returns the exit code
func play(run func(*scene), command []string) int {
	ctx, cancel := context.WithTimeout(context.Background(), scenarioLimit)
	defer cancel()
	folder, err := os.MkdirTemp("", "raw-exec-plugin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s := &scene{context: ctx, command: command, folder: folder}
	s.cleanUp(func() { must("remove the folder", os.RemoveAll(folder)) })
	s.cleanUp(func() { endKeeper(s.stateDir()) })
	s.cleanUp(s.endAll)
	s.endOnSignal()
	problems := append(problemsOf(func() { run(s) }), s.end()...)
	if len(problems) == 0 {
		return 0
	}
	for _, problem := range problems {
		say("FAILED: %s", problem)
	}
	say("the plugin's log:\n%s", s.log.String())
	return 1
}

func (s *scene) stateDir() string {
	return filepath.Join(s.folder, "state")
}

func (s *scene) cleanUp(undo func()) {
	s.undos = append(s.undos, undo)
}

// After all that is registered otherwise.
func (s *scene) cleanUpAtLast(undo func()) {
	s.undos = append([]func(){undo}, s.undos...)
}

// The last thing first; what one cannot undo is no reason to leave the rest.
func (s *scene) end() (problems []string) {
	s.undoing.Do(func() {
		for at := len(s.undos) - 1; at >= 0; at-- {
			problems = append(problems, problemsOf(s.undos[at])...)
		}
	})
	return problems
}

// Whoever has started this has no more time: nothing is left behind even so.
func (s *scene) endOnSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		say("FAILED: ended by %s", <-signals)
		s.end()
		os.Exit(1)
	}()
}

func problemsOf(run func()) (problems []string) {
	defer func() {
		switch found := recover().(type) {
		case nil:
		case failure:
			problems = []string{found.text}
		default:
			problems = []string{fmt.Sprintf("%v\n%s", found, debug.Stack())}
		}
	}()
	run()
	return nil
}

// Lines of all instances of a scenario, shown when it fails.
type pluginLog struct {
	lock  sync.Mutex
	lines bytes.Buffer
}

func (l *pluginLog) Write(data []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.lines.Write(data)
}

func (l *pluginLog) String() string {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.lines.String()
}
