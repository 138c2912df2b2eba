// Command timing looks for timing leaks in the verification schemes: each gets
// signatures that are wrong in their first and in their last byte. A control
// that compares by == must be told apart, or the measurement proves nothing.
// The exit status is 1 if a scheme leaks or a control does not.
//
//	go run ./webhook/internal/timing [-rounds 20000] [-batch 200] [-only stripe]
//
// Signatures by a private key hold no secret of the receiver; they are here
// for completeness.
package main

import (
	"flag"
	"log"
	"os"
	"strings"
	"time"

	"github.com/centrala-go/centrala/internal/dudect"
)

func main() {
	var plan dudect.Plan
	flag.IntVar(&plan.Rounds, "rounds", 20_000, "rounds of both classes together")
	flag.IntVar(&plan.Batch, "batch", 200, "most calls timed together")
	flag.DurationVar(&plan.Round, "round", 100*time.Microsecond, "about what a round may take")
	only := flag.String("only", "", "part of the names to measure")
	flag.Parse()
	all, err := subjects(1000)
	if err != nil {
		log.Fatal(err)
	}
	var chosen []dudect.Subject
	for _, s := range all {
		if strings.Contains(s.Name, *only) {
			chosen = append(chosen, s)
		}
	}
	if !plan.Report(os.Stdout, chosen) {
		os.Exit(1)
	}
}
