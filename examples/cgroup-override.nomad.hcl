# A task in a cgroup that you have made before, instead of one that its supervisor chooses.
#
#   mkdir /sys/fs/cgroup/demo
#   raw-exec run examples/cgroup-override.nomad.hcl
#   rmdir /sys/fs/cgroup/demo
#
# The group is joined and nothing else: it must exist, and it is still there afterwards. On a host with cgroup v1,
# cgroup_v1_override { pids = "demo" } names a group for each controller.

variable "cgroup" {
  type        = string
  default     = "/sys/fs/cgroup/demo"
  description = "Directory of an existing cgroup v2 group"
}

job "cgroup-override" {
  type = "batch"

  group "contained" {
    task "where" {
      driver = "raw_exec"

      config {
        command            = "/bin/cat"
        args               = ["/proc/self/cgroup"]
        cgroup_v2_override = var.cgroup
      }
    }
  }
}
