//go:build linux

// Command load puts load on a server and measures it, from one process that costs a fraction of what any of the servers
// costs, so that it never is what is measured. It reads its plan as JSON from its input.
//
//	load calls   makes calls for a while and prints one JSON object
//	load hold    opens calls, prints one JSON object, and leaves them open until its input ends
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: load calls|hold <plan.json")
	}
	if err := run(os.Args[1], os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(command string, in io.Reader, out io.Writer) error {
	plans, results := json.NewDecoder(in), json.NewEncoder(out)
	switch command {
	case "calls":
		var plan callPlan
		if err := plans.Decode(&plan); err != nil {
			return fmt.Errorf("plan: %w", err)
		}
		result, err := makeCalls(plan)
		if err != nil {
			return err
		}
		return results.Encode(result)
	case "hold":
		var plan holdPlan
		if err := plans.Decode(&plan); err != nil {
			return fmt.Errorf("plan: %w", err)
		}
		held, err := hold(plan)
		if err != nil {
			return err
		}
		defer held.close()
		if err := results.Encode(held.result); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, in)
		return err
	default:
		return fmt.Errorf("unknown command %q, want calls or hold", command)
	}
}
