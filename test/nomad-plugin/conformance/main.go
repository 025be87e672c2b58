// Asks a driver plugin what a Nomad client would, over the library that a Nomad client uses, and ends with what it does not like.
//
//	conformance list
//	conformance SCENARIO COMMAND [ARGUMENT...]
package main

import (
	"fmt"
	"os"
)

const usage = `usage:
  conformance list                              names the scenarios
  conformance SCENARIO COMMAND [ARGUMENT...]    runs one of them against the plugin that the command starts`

func main() {
	arguments := os.Args[1:]
	if len(arguments) == 1 && arguments[0] == "list" {
		for _, scenario := range scenarios {
			fmt.Println(scenario.name)
		}
		return
	}
	if len(arguments) < 2 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	for _, scenario := range scenarios {
		if scenario.name == arguments[0] {
			os.Exit(play(scenario.run, arguments[1:]))
		}
	}
	fmt.Fprintf(os.Stderr, "there is no scenario %q; \"conformance list\" names them\n", arguments[0])
	os.Exit(2)
}
