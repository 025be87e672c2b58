package main

import "github.com/hashicorp/nomad/api"

func registerJob(client *api.Client) *api.Job {
	jobs := client.Jobs()
	job, err := jobs.ParseHCL(jobFile, true)
	must("parse a job", err)
	validated, _, err := jobs.Validate(job, nil)
	must("validate it", err)
	want(validated.DriverConfigValidated && validated.Error == "", "it is good", validated)
	registered, _, err := jobs.Register(job, nil)
	must("register it", err)

	evaluations := client.Evaluations()
	evaluation, _, err := evaluations.Info(registered.EvalID, nil)
	must("read its evaluation", err)
	want(evaluation.Status == "complete" && evaluation.JobID == jobID, "it is complete", evaluation)
	want(len(evaluation.FailedTGAllocs) == 0, "all is placed", evaluation)
	placed, _, err := evaluations.Allocations(registered.EvalID, nil)
	must("list what it has placed", err)
	want(len(placed) == 1, "it has placed one allocation", placed)
	all, _, err := evaluations.List(nil)
	must("list evaluations", err)
	want(len(all) == 1 && all[0].ID == registered.EvalID, "there is that evaluation", all)
	return job
}

func checkJob(client *api.Client, sent *api.Job) {
	jobs := client.Jobs()
	list, meta, err := jobs.List(&api.QueryOptions{Prefix: "web", Filter: `Meta["team"] == "blue"`})
	must("list jobs by prefix and filter", err)
	want(len(list) == 1 && list[0].ID == jobID && meta.LastIndex > 0, "there is one", list, meta)
	want(list[0].JobSummary != nil && list[0].JobSummary.Summary["group"].Running == 1, "one runs", list[0])
	_, _, err = jobs.List(&api.QueryOptions{Filter: `Meta[`})
	want(err != nil, "a bad filter is refused")

	job, _, err := jobs.Info(jobID, nil)
	must("read the job", err)
	// What Nomad's command reads without looking.
	want(job.ID != nil && job.Name != nil && job.Type != nil && job.Priority != nil, "it has names", job)
	want(job.Namespace != nil && job.Status != nil && job.Stop != nil && job.Region != nil, "it has a state", job)
	want(job.SubmitTime != nil && job.Version != nil && job.CreateIndex != nil && job.ModifyIndex != nil && job.JobModifyIndex != nil, "it has times", job)
	want(*job.ID == *sent.ID && *job.Status == "running" && !*job.Stop, "it runs", *job.ID, *job.Status)
	group := job.TaskGroups[0]
	want(group.Name != nil && group.Count != nil && group.RestartPolicy != nil && group.EphemeralDisk != nil, "its group is whole", group)
	task := group.Tasks[0]
	want(task.Resources.CPU != nil && *task.Resources.CPU == 20 && *task.Resources.MemoryMB == 64, "its resources are", task.Resources)
	want(task.KillTimeout != nil && task.LogConfig != nil, "its task is whole", task)

	summary, _, err := jobs.Summary(jobID, nil)
	must("read its summary", err)
	want(summary.Summary["group"].Running == 1 && summary.Children != nil, "one runs", summary)
	versions, _, _, err := jobs.Versions(jobID, false, nil)
	must("read its versions", err)
	want(len(versions) == 1 && *versions[0].Version == 0, "there is one", versions)
	evaluations, _, err := jobs.Evaluations(jobID, nil)
	must("list its evaluations", err)
	want(len(evaluations) == 1, "there is one", evaluations)
	deployment, _, err := jobs.LatestDeployment(jobID, nil)
	must("read its deployment", err)
	want(deployment == nil, "there is none", deployment)
	deployments, _, err := jobs.Deployments(jobID, true, nil)
	must("list its deployments", err)
	want(len(deployments) == 0, "there are none", deployments)
	_, _, err = jobs.ForceEvaluate(jobID, nil)
	must("evaluate it again", err)
	_, _, err = jobs.Info("none", nil)
	want(err != nil, "a job that is not there is an error")
}

func removeJob(client *api.Client) {
	id, _, err := client.Jobs().Deregister(jobID, true, nil)
	must("remove the job", err)
	want(id != "", "there is an evaluation of it")
	eventually("the job is forgotten", func() bool {
		list, _, err := client.Jobs().List(nil)
		must("list jobs", err)
		return len(list) == 0
	})
}
