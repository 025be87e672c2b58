// Pure: what `raw-exec init --service` and `--agent` write: a job that runs for ever, and the configuration of who looks after it.

export const exampleService = `# A service is meant to run for ever. The agent starts it again when it fails, and finds it again when the agent itself was restarted.
#
#   raw-exec agent --config agent.hcl    in a terminal of its own; raw-exec init --agent writes the file
#   raw-exec run service.nomad.hcl
#   raw-exec status clock
#   raw-exec logs -f clock
#   raw-exec exec -it clock sh
#   raw-exec stop clock
#
# The same file runs on a Nomad cluster whose clients have the raw_exec driver enabled.

job "clock" {
  type = "service"

  group "clock" {
    # A task that ends is started again here, in its allocation, so often.
    restart {
      attempts = 3
      interval = "10m"
      delay    = "5s"
      mode     = "fail"
    }

    # Then another allocation takes its place, after longer and longer pauses.
    reschedule {
      delay          = "30s"
      delay_function = "exponential"
      max_delay      = "1h"
      unlimited      = true
    }

    task "clock" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args = ["-c", <<-SCRIPT
          trap 'echo "the clock stops"; exit 0' TERM
          while :; do
            date +%T
            sleep 1
          done
        SCRIPT
        ]
      }

      # What it is sent first when it has to end, and how long it then has.
      kill_signal  = "SIGTERM"
      kill_timeout = "5s"

      # raw-exec logs shows the newest of these files.
      logs {
        max_files     = 5
        max_file_size = 10
      }
    }
  }
}
`;

export const exampleAgentConfig = `# The configuration of an agent: raw-exec agent --config agent.hcl
# Without state_dir and socket root has /var/lib/raw-exec and /run/raw-exec/agent.sock, and others their own directories.

# state_dir   = "/var/lib/raw-exec"
# socket      = "/run/raw-exec/agent.sock"
# socket_mode = "0600"

# Whether SIGTERM ends the tasks, too. They go on without an agent, and the next one takes them over.
stop_tasks_on_exit = false

plugin "raw_exec" {
  config {
    # Tasks are not isolated: who may ask this agent may run anything as its user.
    enabled = true
  }
}
`;
