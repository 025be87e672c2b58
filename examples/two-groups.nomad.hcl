# Two groups. The first has a leader with a helper that would run for ever: when the leader ends, the helper is ended by
# its kill_signal. The second has two copies, and a task that cleans up after each.

variable "rounds" {
  type    = number
  default = 3
}

locals {
  work = "for i in $(seq 1 ${var.rounds}); do echo step $i; sleep 0.1; done"
}

job "two-groups" {
  type = "batch"

  meta {
    owner = "examples"
  }

  group "led" {
    task "work" {
      driver = "raw_exec"
      leader = true

      config {
        command = "/bin/sh"
        args    = ["-c", local.work]
      }
    }

    task "watch" {
      driver       = "raw_exec"
      kill_signal  = "SIGTERM"
      kill_timeout = "2s"

      lifecycle {
        hook    = "prestart"
        sidecar = true
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "trap 'echo my leader has ended; exit 0' TERM; echo watching; while :; do sleep 0.1; done"]
      }
    }
  }

  group "copies" {
    count = 2

    task "write" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "echo copy ${NOMAD_ALLOC_INDEX} of ${NOMAD_META_owner} > $NOMAD_ALLOC_DIR/data/note; echo written"]
      }
    }

    task "read" {
      driver = "raw_exec"

      lifecycle {
        hook = "poststop"
      }

      config {
        command = "/bin/cat"
        args    = ["${NOMAD_ALLOC_DIR}/data/note"]
      }
    }
  }
}
