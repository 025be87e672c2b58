package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Zombies have ended.
func isAlive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	// The name before may have anything in it.
	_, after, _ := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')'):]), " ")
	return !strings.HasPrefix(after, "Z") && !strings.HasPrefix(after, "X")
}

func processes(is func(pid int) bool) []int {
	entries, err := os.ReadDir("/proc")
	must("list processes", err)
	var found []int
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && isAlive(pid) && is(pid) {
			found = append(found, pid)
		}
	}
	return found
}

// Those with that among their variables, all that they have started included.
func processesWith(variable string) []int {
	return processes(func(pid int) bool { return slices.Contains(fieldsOf(pid, "environ"), variable) })
}

func processesWithPrefix(prefix string) []int {
	return processes(func(pid int) bool {
		return slices.ContainsFunc(fieldsOf(pid, "environ"), func(one string) bool { return strings.HasPrefix(one, prefix) })
	})
}

// Keeper, holder and whatever else of it: by the state directory that they were told.
func keepersOf(stateDir string) []int {
	return processes(func(pid int) bool {
		arguments := fieldsOf(pid, "cmdline")
		return len(arguments) > 0 && filepath.Base(arguments[0]) == "raw-exec-keeper" &&
			slices.ContainsFunc(arguments, func(one string) bool { return strings.HasPrefix(one, stateDir) })
	})
}

// What waits for orders ends by itself when asked; what still holds tasks is ended with these.
func endKeeper(stateDir string) {
	all := keepersOf(stateDir)
	for _, pid := range all {
		for _, child := range childrenOf(pid) {
			if !slices.Contains(all, child) {
				_ = syscall.Kill(child, syscall.SIGKILL)
			}
		}
	}
	for _, pid := range all {
		if isKeeper(pid) {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
	}
	for end := time.Now().Add(10 * time.Second); len(keepersOf(stateDir)) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			left := keepersOf(stateDir)
			for _, pid := range left {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			fail("expected the keeper to end on SIGTERM, these were left: %v", left)
		}
	}
}

// Of its processes the one that takes orders.
func isKeeper(pid int) bool {
	arguments := fieldsOf(pid, "cmdline")
	return len(arguments) > 1 && !slices.Contains([]string{"holder", "pump", "reaper"}, arguments[1])
}

func childrenOf(pid int) []int {
	name := strconv.Itoa(pid)
	text, err := os.ReadFile("/proc/" + name + "/task/" + name + "/children")
	if err != nil {
		// It has ended since it was found.
		return nil
	}
	var children []int
	for _, field := range strings.Fields(string(text)) {
		child, err := strconv.Atoi(field)
		must("read the children of a process", err)
		children = append(children, child)
	}
	return children
}

func fieldsOf(pid int, file string) []string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/" + file)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}
