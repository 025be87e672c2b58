# The first job: raw-exec run examples/hello.nomad.hcl
#
# Two tasks of one group. The first greets and ends by itself; the second shows what a task is told about itself.

variable "name" {
  type    = string
  default = "world"
}

job "hello" {
  type = "batch"

  group "hello" {
    task "greeter" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args = ["-c", <<-SCRIPT
          for greeting in Hello Bonjour Hallo; do
            echo "$greeting, ${var.name}!"
            sleep 0.2
          done
        SCRIPT
        ]
      }
    }

    task "teller" {
      driver = "raw_exec"

      env {
        TASK  = "${NOMAD_TASK_NAME}"
        GROUP = "${NOMAD_GROUP_NAME}"
      }

      config {
        command = "/bin/sh"
        args = ["-c", <<-SCRIPT
          echo "I am task $TASK of group $GROUP on ${attr.kernel.name}/${attr.cpu.arch},"
          sleep 0.3
          echo "and $NOMAD_TASK_DIR is mine while I run."
        SCRIPT
        ]
      }
    }
  }
}
