package main

import (
	"context"
	"strings"

	"github.com/hashicorp/nomad/api"
	"github.com/hashicorp/nomad/api/contexts"
)

func checkHost(client *api.Client, alloc *api.Allocation) {
	nodes := client.Nodes()
	list, _, err := nodes.List(nil)
	must("list nodes", err)
	want(len(list) == 1 && list[0].ID == alloc.NodeID && list[0].Status == "ready", "there is this one", list)
	node, _, err := nodes.Info(alloc.NodeID, nil)
	must("read the node", err)
	want(node.HTTPAddr == "" && node.Status == "ready" && node.Drivers["raw_exec"].Healthy, "it is ready", node)
	want(node.NodeResources != nil && node.NodeResources.Memory.MemoryMB > 0, "it has memory", node.NodeResources)
	want(node.ReservedResources != nil && len(node.Attributes) > 0, "it has attributes", node)
	allocs, _, err := nodes.Allocations(alloc.NodeID, nil)
	must("list its allocations", err)
	want(len(allocs) == 1 && allocs[0].ID == alloc.ID && allocs[0].Job != nil, "there is this one", allocs)
	stats, err := nodes.Stats(alloc.NodeID, nil)
	must("read what it uses", err)
	want(stats.Memory.Total > 0 && len(stats.CPU) > 0 && len(stats.DiskStats) == 1, "it tells that", stats)
	want(stats.AllocDirStats.Size > 0 && stats.Uptime > 0, "with its disk and its age", stats)

	found, _, err := client.Search().PrefixSearch(alloc.ID[:8], contexts.All, nil)
	must("search", err)
	want(len(found.Matches[contexts.Allocs]) == 1 && !found.Truncations[contexts.Allocs], "it is found", found)
	self, err := client.Agent().Self()
	must("read the agent", err)
	want(self.Member.Name != "" && len(self.Config) > 0, "it has a name", self)
	health, err := client.Agent().Health()
	must("read its health", err)
	want(health.Client.Ok && health.Server.Ok, "it is well", health)
	leader, err := client.Status().Leader()
	must("read the leader", err)
	want(leader != "", "there is one")
	metrics, _, err := client.Operator().MetricsSummary(nil)
	must("read metrics", err)
	want(len(metrics.Gauges) > 0 && len(metrics.Counters) > 0 && metrics.Samples[0].Count == 1, "one start was counted", metrics)
	text, err := client.Operator().Metrics(&api.QueryOptions{Params: map[string]string{"format": "prometheus"}})
	must("read metrics as text", err)
	want(strings.Contains(string(text), "\nraw_exec_tasks_running 1\n"), "one task runs", string(text))
}

func checkEvents(client *api.Client) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	topics := map[api.Topic][]string{api.TopicJob: {"*"}}
	events, err := client.EventStream().Stream(ctx, topics, 0, nil)
	must("listen to events", err)
	job, _, err := client.Jobs().Info(jobID, nil)
	must("read the job", err)
	*job.Priority++
	_, _, err = client.Jobs().Register(job, nil)
	must("register a job that was read", err)
	for batch := range events {
		must("hear an event", batch.Err)
		for _, event := range batch.Events {
			told, err := event.Job()
			must("read the job of an event", err)
			if told != nil && *told.Priority == *job.Priority {
				return
			}
		}
	}
	fail("the stream has ended before the change was told")
}
