// How a process has ended, from what wait tells of it.
#pragma once

#include <signal.h>
#include <sys/resource.h>

#include <string>
#include <vector>

#include "../core/records/task_record.h"

namespace raw_exec {

// All but the times and oom_kills.
wire::ExitFacts FactsOf(const siginfo_t& info, const rusage& usage);

// The file in which the kernel counts the OOM kills in a task's group: memory.events of its v2
// group or, where memory is a v1 controller's matter, memory.oom_control. Empty: there is none.
std::string FindOomFile(const std::string& v2_group, const std::vector<V1Group>& v1_groups);

// -1: unknown.
int64_t ReadOomKills(const std::string& oom_file);

int64_t RealtimeNs();
int64_t BoottimeNs();

}  // namespace raw_exec
