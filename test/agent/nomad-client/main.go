// Asks an agent as programs that use Nomad's own client library do, and ends with what it does not like.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/nomad/api"
)

const jobFile = `
job "web/front" {
  type = "service"
  meta { team = "blue" }

  group "group" {
    network {
      port "http" {}
    }

    task "task" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "trap 'echo caught' USR1; printf 'one\ntwo\n' > local/file; echo ready; while :; do sleep 0.02; done"]
      }

      resources {
        cpu    = 20
        memory = 64
      }
    }
  }
}
`

const jobID = "web/front"

func main() {
	config := api.DefaultConfig()
	config.Address = "unix://" + os.Args[1]
	client, err := api.NewClient(config)
	must("make a client", err)

	job := registerJob(client)
	alloc := runningAllocation(client)
	checkJob(client, job)
	checkFiles(client, alloc)
	checkAllocation(client, alloc)
	checkLogs(client, alloc)
	checkExec(client, alloc)
	checkHost(client, alloc)
	checkEvents(client)
	removeJob(client)
	fmt.Println("all is well")
}

func must(attempt string, err error) {
	if err != nil {
		fail("%s: %v", attempt, err)
	}
}

func want(is bool, what string, values ...any) {
	if !is {
		fail("it is not so that %s: %+v", what, values)
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

// The first answer that is wanted. The deadline only decides how long a failure takes.
func eventually(what string, ask func() bool) {
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if ask() {
			return
		}
		if time.Now().After(end) {
			fail("it did not happen that %s", what)
		}
	}
}
