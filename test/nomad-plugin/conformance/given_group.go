package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const cgroupRoot = "/sys/fs/cgroup"

// Groups of one task, as a Nomad client makes them before the task's start and removes them after its end.
type givenGroup struct {
	// What the client tells of them.
	cpusetCgroup string
	// Where processes are put, one in each hierarchy.
	directories []string
}

// A kind of groups that a client makes, by the name of the kind.
var groupMakers = map[string]func(*scene, *task) (*givenGroup, error){
	"version 2": makeScope,
	"version 1": makeGroups,
}

func makeScope(s *scene, t *task) (*givenGroup, error) {
	root := cgroupRoot
	if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err != nil {
		root = filepath.Join(cgroupRoot, "unified")
	}
	if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err != nil {
		return nil, err
	}
	parent := filepath.Join(root, groupName())
	scope := filepath.Join(parent, "share.slice", t.groupBase()+".scope")
	return &givenGroup{scope, []string{scope}}, s.makeDirectories(parent, filepath.Dir(scope), scope)
}

func makeGroups(s *scene, t *task) (*givenGroup, error) {
	name := groupName()
	cpusets := filepath.Join(cgroupRoot, "cpuset")
	shared := filepath.Join(cpusets, name, "share")
	if err := s.makeDirectories(filepath.Dir(shared), shared); err != nil {
		return nil, err
	}
	// A group of this version has neither CPUs nor memory before that, and takes nobody.
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		given, err := os.ReadFile(filepath.Join(cpusets, file))
		if err != nil {
			return nil, err
		}
		for _, directory := range []string{filepath.Dir(shared), shared} {
			if err := os.WriteFile(filepath.Join(directory, file), given, 0o644); err != nil {
				return nil, err
			}
		}
	}
	group := &givenGroup{cpusetCgroup: shared}
	for _, controller := range []string{"freezer", "cpu", "memory"} {
		directory := filepath.Join(cgroupRoot, controller, name, t.groupBase())
		if err := s.makeDirectories(filepath.Dir(directory), directory); err != nil {
			return nil, err
		}
		group.directories = append(group.directories, directory)
	}
	return group, nil
}

func groupName() string {
	return "raw-exec-conformance-" + randomHex(4)
}

func (t *task) groupBase() string {
	return t.config.AllocId + "." + t.config.Name
}

// Outer ones first; gone with the scenario.
func (s *scene) makeDirectories(directories ...string) error {
	for _, directory := range directories {
		if _, err := os.Stat(filepath.Dir(directory)); err != nil {
			return err
		}
		if err := os.Mkdir(directory, 0o755); err != nil {
			return err
		}
	}
	// Inner ones first, after all that may be in them.
	for at := len(directories) - 1; at >= 0; at-- {
		directory := directories[at]
		s.cleanUpAtLast(func() {
			eventually(directory+" is removed", func() bool {
				err := os.Remove(directory)
				return err == nil || errors.Is(err, fs.ErrNotExist)
			})
		})
	}
	return nil
}

func (g *givenGroup) put(pid int) {
	for _, directory := range g.directories {
		must("put a process into a group", os.WriteFile(filepath.Join(directory, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644))
	}
}

func (g *givenGroup) has(pid int) bool {
	for _, directory := range g.directories {
		members, err := os.ReadFile(filepath.Join(directory, "cgroup.procs"))
		must("read who is in a group", err)
		if !strings.Contains("\n"+string(members), "\n"+strconv.Itoa(pid)+"\n") {
			return false
		}
	}
	return true
}
