# When memory is short, the kernel ends the task with the highest score first: this one is a candidate, its supervisor
# is not.

job "oom-score-adj" {
  type = "batch"

  group "memory" {
    task "volunteer" {
      driver = "raw_exec"

      config {
        command       = "/bin/sh"
        args          = ["-c", "echo my score is $(cat /proc/self/oom_score_adj)"]
        oom_score_adj = 500
      }
    }
  }
}
