package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is one line of "go test -json"; see "go doc test2json".
type event struct {
	Action     string  `json:"Action"`
	Package    string  `json:"Package"`
	ImportPath string  `json:"ImportPath"`
	Test       string  `json:"Test"`
	Elapsed    float64 `json:"Elapsed"`
	Output     string  `json:"Output"`
}

type name struct{ pkg, test string }

type skip struct {
	name
	reason string
}

// summary is what a whole run came to.
type summary struct {
	passed int
	failed []name
	skips  []skip
}

// read follows a run to its end, printing packages as they pass and the
// output of whatever fails.
func read(in io.Reader, out io.Writer) (summary, error) {
	var sum summary
	pending := map[name]*strings.Builder{}
	dec := json.NewDecoder(in)
	for {
		var e event
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return sum, nil
		}
		if err != nil {
			return sum, fmt.Errorf("reading test events: %w", err)
		}
		sum.take(e, pending, out)
	}
}

func (s *summary) take(e event, pending map[name]*strings.Builder, out io.Writer) {
	id := name{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(out, e.Output)
	case "output":
		if pending[id] == nil {
			pending[id] = new(strings.Builder)
		}
		pending[id].WriteString(e.Output)
	case "pass", "fail", "skip":
		s.finish(e, pending[id], out)
		delete(pending, id)
	}
}

func (s *summary) finish(e event, output *strings.Builder, out io.Writer) {
	id := name{e.Package, e.Test}
	text := ""
	if output != nil {
		text = output.String()
	}
	switch {
	case e.Action == "fail":
		s.failed = append(s.failed, id)
		fmt.Fprintf(out, "FAIL %s %s\n%s", id.pkg, id.test, text)
	case e.Test == "" && e.Action == "pass":
		fmt.Fprintf(out, "ok   %s %.1fs\n", id.pkg, e.Elapsed)
	case e.Test == "": // a package without tests
	case e.Action == "skip" && fuzzInput(e.Test): // an input that says nothing
	case e.Action == "skip":
		s.skips = append(s.skips, skip{id, reason(text)})
	default:
		s.passed++
	}
}

// fuzzInput says whether a test is one input of a fuzz target, which skips
// the inputs it has no opinion on.
func fuzzInput(test string) bool {
	return strings.HasPrefix(test, "Fuzz") && strings.Contains(test, "/")
}

// reason is what a skipped test said, without the framework's own lines.
func reason(output string) string {
	kept := slices.DeleteFunc(strings.Split(output, "\n"), func(line string) bool {
		line = strings.TrimSpace(line)
		return line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- SKIP")
	})
	for i := range kept {
		kept[i] = strings.TrimSpace(kept[i])
	}
	return strings.Join(kept, " ")
}

// judge prints the verdict and says whether the run is good.
func (r *rules) judge(s summary, out io.Writer) bool {
	refused := 0
	for _, k := range s.skips {
		verdict := "skip"
		if !r.accepts(k.reason) {
			verdict = "SKIP NOT ALLOWED"
			refused++
		}
		fmt.Fprintf(out, "%s %s %s: %s\n", verdict, k.pkg, k.test, k.reason)
	}
	fmt.Fprintf(out, "tests: %d passed, %d failed, %d skipped (%d not allowed)\n",
		s.passed, len(s.failed), len(s.skips), refused)
	if s.passed == 0 {
		fmt.Fprintln(out, "no test ran: that is a failure")
	}
	return s.passed > 0 && len(s.failed) == 0 && refused == 0
}
