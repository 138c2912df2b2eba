// Testgate reads the output of "go test -json" and tells what a reader of a
// CI log wants to know: which packages passed, the whole output of what
// failed, and every skipped test with its reason.
//
//	go test -json ./... | go run ./internal/testgate -strict -allow 'CENTRALA_CONFORMANCE'
//
// It exits 1 when a test failed, when nothing ran at all and, with -strict,
// when a test was skipped whose reason matches no -allow pattern.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
)

func main() {
	var rules rules
	flag.BoolVar(&rules.strict, "strict", false, "a skipped test is a failure")
	flag.Func("allow", "`regexp` of a skip reason that -strict accepts (repeatable)", rules.allow)
	flag.Parse()

	sum, err := read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testgate:", err)
		os.Exit(1)
	}
	if !rules.judge(sum, os.Stdout) {
		os.Exit(1)
	}
}

// rules say what a run must satisfy beyond having no failure.
type rules struct {
	strict  bool
	allowed []*regexp.Regexp
}

func (r *rules) allow(pattern string) error {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	r.allowed = append(r.allowed, re)
	return nil
}

// accepts says whether a skip for this reason is allowed under -strict.
func (r *rules) accepts(reason string) bool {
	for _, re := range r.allowed {
		if re.MatchString(reason) {
			return true
		}
	}
	return !r.strict
}
