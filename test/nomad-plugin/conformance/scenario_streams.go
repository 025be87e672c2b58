package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

func (p *instance) stats(ctx context.Context, t *task, interval time.Duration) wire.Driver_TaskStatsClient {
	request := &wire.TaskStatsRequest{TaskId: t.id, CollectionInterval: durationpb.New(interval)}
	stream, err := p.driver.TaskStats(ctx, request)
	must("TaskStats", err)
	return stream
}

func statistics(s *scene) {
	p := s.servingPlugin("")
	t := p.start(shell("while [ ! -e local/go ]; do :; done; exit 1"))
	stream := p.stats(s.context, t, 200*time.Millisecond)
	var times []time.Time
	var last *wire.TaskStats
	for range 4 {
		message, err := stream.Recv()
		must("receive what the task uses", err)
		last = message.Stats
		wantEqual("the id", last.Id, t.id)
		times = append(times, last.Timestamp.AsTime())
	}
	took := times[3].Sub(times[0])
	want(took > 500*time.Millisecond, "a sample each 200 ms, 4 took %s", took)
	cpu, memory := last.AggResourceUsage.Cpu, last.AggResourceUsage.Memory
	want(cpu.Percent > 5, "a task that never rests to use the CPU, got %v", cpu)
	want(slices.Contains(cpu.MeasuredFields, wire.CPUUsage_PERCENT), "PERCENT to be measured, got %v", cpu.MeasuredFields)
	want(memory.Rss > 0 || memory.Usage > 0, "memory in use, got %v", memory)
	want(len(memory.MeasuredFields) > 0, "something of memory to be measured, got %v", memory)
	want(len(last.ResourceUsageByPid) > 0, "the task's process to be told by itself, got %v", last)
	say("%v", last)

	t.letGo()
	end := later(func() (struct{}, error) {
		for {
			if _, err := stream.Recv(); err != nil {
				return struct{}{}, err
			}
		}
	})
	err := soon("the stream ends with the task", end).err
	want(err == io.EOF, "the stream to end well with its task, got %v", err)

	ended := later(func() (struct{}, error) {
		_, err := p.stats(s.context, t, time.Second).Recv()
		return struct{}{}, err
	})
	soon("TaskStats of a task that has ended is over", ended)
	_, err = p.stats(s.context, &task{id: "a/b/c"}, time.Second).Recv()
	wantError("TaskStats of a task that nobody knows", err, codes.NotFound, "task not found for given id")
}

// One stream for the life of a plugin. Nomad tells of starts and ends by itself: what comes here is read beside that.
func events(s *scene) {
	p := s.servingPlugin("")
	stream, err := p.driver.TaskEvents(s.context, &wire.TaskEventsRequest{})
	must("TaskEvents", err)
	next := later(stream.Recv)
	t := p.start(shell("exit 3"))
	p.wait(t)
	must("DestroyTask", p.destroy(t.id, false))
	stillOpen("TaskEvents beside a task without anything to tell", time.Second, next)
}

// Streams whose reader has stopped hold up nobody but themselves.
func slowReaders(s *scene) {
	p := s.servingPlugin("")
	// Many processes make large messages: what is in flight is full soon.
	t := p.start(shell("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 300 & done; echo ready; wait"))
	t.untilWritten("ready\n")
	for range 5 {
		p.stats(s.context, t, 10*time.Millisecond)
	}
	_, err := p.driver.TaskEvents(s.context, &wire.TaskEventsRequest{})
	must("TaskEvents", err)
	_, err = p.driver.Fingerprint(s.context, &wire.FingerprintRequest{})
	must("Fingerprint", err)
	p.converse(s.context, setup(t, false, "/usr/bin/yes"))
	p.converse(s.context, setup(t, true, "/usr/bin/yes"))
	before := p.memory()
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		begun := time.Now()
		p.inspect(t)
		took := time.Since(begun)
		want(took < patience, "InspectTask to answer beside slow readers, it took %s", took)
	}
	grown := p.memory() - before
	want(grown < 64<<20, "no heap of what nobody reads, the plugin has grown by %d MiB", grown>>20)
	say("the plugin has grown by %d MiB", grown>>20)
	other := p.start(shell("exit 6"))
	wantEqual("the exit code of a task beside", p.wait(other).ExitCode, 6)
	must("StopTask", p.stop(t.id, time.Second, "SIGTERM"))
}

// Resident, in bytes.
func (p *instance) memory() int {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid()) + "/statm")
	must("read what the plugin has in memory", err)
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	must("read what the plugin has in memory", err)
	return pages * os.Getpagesize()
}
