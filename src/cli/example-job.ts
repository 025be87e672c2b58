// Pure: the job file that `raw-exec init` writes.

/** With comments for who has never written one. */
export const exampleJob = `# A job is what somebody wants to run. Run this one here, in the foreground:
#
#   raw-exec run example.nomad.hcl
#   raw-exec run -var greeting=Hi example.nomad.hcl
#   raw-exec validate example.nomad.hcl
#
# The same file runs on a Nomad cluster whose clients have the raw_exec driver enabled.

# Values that may differ from run to run: by -var, by -var-file, or by NOMAD_VAR_greeting.
variable "greeting" {
  type    = string
  default = "Hello"
}

job "example" {
  # batch: runs to its end. service: is meant to run for ever.
  type = "batch"

  # All tasks of a group share one directory ($NOMAD_ALLOC_DIR); \`count\` copies of the group run.
  group "example" {
    count = 1

    network {
      # A free port of the host, which tasks find in $NOMAD_PORT_http. With \`static = 8080\` it is that one.
      port "http" {}
    }

    # Tasks without a lifecycle block wait until this one has succeeded.
    task "prepare" {
      driver = "raw_exec"

      lifecycle {
        hook = "prestart"
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "echo prepared > \${NOMAD_ALLOC_DIR}/data/state"]
      }
    }

    task "work" {
      # raw_exec isolates nothing: the task runs as you do, or as its user.
      driver = "raw_exec"
      # user = "nobody"

      # The task starts with these and with NOMAD_* variables, which say where and what it is.
      env {
        GREETING = var.greeting
      }

      config {
        # Looked up in local/ of the task, in the task's directory, and in PATH.
        command = "/bin/sh"
        args = ["-c", <<-SCRIPT
          echo "$GREETING from $NOMAD_JOB_NAME/$NOMAD_TASK_NAME"
          echo "the state is: $(cat $NOMAD_ALLOC_DIR/data/state)"
          echo "my port is $NOMAD_PORT_http"
        SCRIPT
        ]
      }

      # What the task is sent first when it has to end, and how long it then has.
      kill_signal  = "SIGTERM"
      kill_timeout = "5s"

      # In MHz and MB. A limit is written where this host can hold the task to it (raw-exec doctor).
      resources {
        cpu    = 100
        memory = 64
      }
    }
  }
}
`;

/** Without comments and without the lines that only they explain. */
export function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimStart();
}
