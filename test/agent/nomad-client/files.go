package main

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/hashicorp/nomad/api"
)

func checkFiles(client *api.Client, alloc *api.Allocation) {
	fs := client.AllocFS()
	eventually("its file is there", func() bool {
		info, _, err := fs.Stat(alloc, "task/local/file", nil)
		return err == nil && info.Size == 8
	})
	list, _, err := fs.List(alloc, "task/local", nil)
	must("list files", err)
	want(len(list) == 1 && list[0].Name == "file" && !list[0].IsDir, "there is one", list)
	want(strings.HasPrefix(list[0].FileMode, "-rw") && !list[0].ModTime.IsZero(), "it has a mode and a time", list[0])
	text := func(reader io.ReadCloser, err error) string {
		must("read a file", err)
		defer reader.Close()
		all, err := io.ReadAll(reader)
		must("read a file to its end", err)
		return string(all)
	}
	whole := text(fs.Cat(alloc, "task/local/file", nil))
	want(whole == "one\ntwo\n", "it is whole", whole)
	part := text(fs.ReadAt(alloc, "task/local/file", 4, 3, nil))
	want(part == "two", "a part is read", part)
	rest := text(fs.ReadAt(alloc, "task/local/file", 4, 0, nil))
	want(rest == "two\n", "so is the rest", rest)
	_, err = fs.Cat(alloc, "task/secrets/x", nil)
	want(err != nil && strings.Contains(err.Error(), "403"), "secrets are closed", err)

	cancel := make(chan struct{})
	frames, errors := fs.Stream(alloc, "task/local/file", api.OriginEnd, 4, cancel, nil)
	reader := api.NewFrameReader(frames, errors, cancel)
	defer reader.Close()
	buffer := make([]byte, 4)
	_, err = io.ReadFull(reader, buffer)
	must("read the frames of a file", err)
	want(string(buffer) == "two\n", "they have its end", string(buffer))
}

func checkLogs(client *api.Client, alloc *api.Allocation) {
	cancel := make(chan struct{})
	frames, errors := client.AllocFS().Logs(alloc, true, "task", "stdout", api.OriginStart, 0, cancel, nil)
	reader := api.NewFrameReader(frames, errors, cancel)
	defer reader.Close()
	expected := "ready\ncaught\n"
	buffer := make([]byte, len(expected))
	_, err := io.ReadFull(reader, buffer)
	must("follow a log", err)
	want(string(buffer) == expected, "it is what the task has written", string(buffer))
}

func checkExec(client *api.Client, alloc *api.Allocation) {
	var output, errors bytes.Buffer
	command := []string{"/bin/sh", "-c", "cat; echo away >&2; exit 7"}
	sizes := make(chan api.TerminalSize)
	code, err := client.Allocations().Exec(context.Background(), alloc, "task", false, command,
		strings.NewReader("hello"), &output, &errors, sizes, nil)
	must("run a command beside the task", err)
	want(code == 7 && output.String() == "hello" && errors.String() == "away\n", "it did what it should",
		code, output.String(), errors.String())
}
