# A program of the host, with arguments and an environment of its own.
#
# No shell reads the arguments: each is passed on as it stands. A bare name is looked for in PATH.

job "host-binary" {
  type = "batch"

  group "sums" {
    task "awk" {
      driver = "raw_exec"

      env {
        LC_ALL = "C"
        FACTOR = "6"
      }

      meta {
        unit = "apples"
      }

      config {
        command = "awk"
        args = [
          "BEGIN { printf \"%d %s\\n\", ENVIRON[\"FACTOR\"] * ARGV[1], ARGV[2] }",
          "7",
          "${NOMAD_META_unit}",
        ]
      }
    }
  }
}
