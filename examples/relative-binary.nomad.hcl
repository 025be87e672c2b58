# A relative command: it is looked for in the task's own local/ directory first.
#
# On a cluster an artifact block would put the program there. Here a prestart task does: all tasks of a group see the
# same allocation directory, in which each has a folder of its own.

job "relative-binary" {
  type = "batch"

  group "tool" {
    task "install" {
      driver = "raw_exec"

      lifecycle {
        hook = "prestart"
      }

      config {
        command = "/bin/sh"
        args = ["-ec", <<-SCRIPT
          mkdir "$NOMAD_ALLOC_DIR/../use/local/bin"
          cat > "$NOMAD_ALLOC_DIR/../use/local/bin/tool" <<'TOOL'
          #!/bin/sh
          echo "I am $0, called with: $*"
          TOOL
          chmod +x "$NOMAD_ALLOC_DIR/../use/local/bin/tool"
          echo "installed"
        SCRIPT
        ]
      }
    }

    task "use" {
      driver = "raw_exec"

      config {
        command = "bin/tool"
        args    = ["--output", "${NOMAD_ALLOC_DIR}/data/result"]
      }
    }
  }
}
