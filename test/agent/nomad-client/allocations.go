package main

import "github.com/hashicorp/nomad/api"

func runningAllocation(client *api.Client) *api.Allocation {
	var id string
	eventually("the allocation runs and is ready", func() bool {
		list, _, err := client.Jobs().Allocations(jobID, true, nil)
		must("list the allocations of the job", err)
		want(len(list) == 1, "there is one", list)
		id = list[0].ID
		return list[0].ClientStatus == api.AllocClientStatusRunning
	})
	alloc, _, err := client.Allocations().Info(id, nil)
	must("read the allocation", err)
	return alloc
}

func checkAllocation(client *api.Client, alloc *api.Allocation) {
	allocs := client.Allocations()
	list, _, err := allocs.List(&api.QueryOptions{Prefix: alloc.ID[:8], Filter: `ClientStatus == "running"`})
	must("list allocations by prefix and filter", err)
	want(len(list) == 1 && list[0].ID == alloc.ID && list[0].JobID == jobID, "there is one", list)
	state := list[0].TaskStates["task"]
	want(state != nil && state.State == "running" && len(state.Events) > 0, "its task runs", state)
	want(!state.StartedAt.IsZero() && state.Events[0].Type != "", "it tells when and why", state)

	// What Nomad's command reads without looking.
	want(alloc.Resources != nil && alloc.Resources.DiskMB != nil && alloc.Resources.CPU != nil, "it has resources", alloc.Resources)
	resources := alloc.TaskResources["task"]
	want(resources != nil && *resources.CPU == 20 && *resources.MemoryMB == 64, "so has its task", resources)
	want(alloc.Job != nil && alloc.Job.Name != nil && alloc.Job.Version != nil, "it has its job", alloc.Job)
	want(alloc.GetTaskGroup() != nil, "its group is in its job")
	allocated := alloc.AllocatedResources
	want(allocated != nil && len(allocated.Shared.Ports) == 1 && allocated.Shared.Ports[0].Label == "http", "it has its port", allocated)
	want(allocated.Tasks["task"].Memory.MemoryMB == 64 && allocated.Tasks["task"].Cpu.CpuShares == 20, "its task has what it asked for", allocated)

	var stats *api.AllocResourceUsage
	eventually("its memory is told", func() bool {
		stats, err = allocs.Stats(alloc, nil)
		must("read what it uses", err)
		return stats.ResourceUsage.MemoryStats.RSS > 0
	})
	used := stats.Tasks["task"]
	want(used != nil && used.ResourceUsage.CpuStats != nil && used.ResourceUsage.MemoryStats != nil, "its task is told", stats)
	want(len(used.Pids) > 0 && used.Timestamp > 0 && stats.Timestamp > 0, "with its processes", used)
	want(len(used.ResourceUsage.CpuStats.Measured) > 0, "with what was measured", used.ResourceUsage.CpuStats)
	checks, err := allocs.Checks(alloc.ID, nil)
	must("read its checks", err)
	want(len(checks) == 0, "there are none", checks)

	must("send a signal", allocs.Signal(alloc, nil, "task", "SIGUSR1"))
	err = allocs.Signal(alloc, nil, "none", "SIGUSR1")
	want(err != nil, "a task that is not there gets none")
}
