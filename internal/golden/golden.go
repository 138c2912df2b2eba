// Package golden compares what a test produced with a file kept under the
// package's testdata folder. Run the package's tests with -update to rewrite
// the files, then read the change in version control before committing it.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files under testdata")

// Equal fails the test unless got equals the file testdata/name. A missing
// file is a failure that says how to write it. On a difference the line diff
// is in the failure, and the test's artifact folder (kept by go test
// -artifacts) receives both what was produced and the diff.
func Equal(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	if *update {
		write(t, path, got)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("golden: %v (run this package's tests with -update to write it)", err)
	}
	if bytes.Equal(want, got) {
		return
	}
	diff := "--- want\n+++ got\n" + cmp.Diff(lines(want), lines(got))
	folder := t.ArtifactDir()
	write(t, filepath.Join(folder, filepath.FromSlash(name)), got)
	write(t, filepath.Join(folder, filepath.FromSlash(name)+".diff"), []byte(diff))
	t.Fatalf("golden: %s differs (run with -update if the change is wanted)\n%s", path, diff)
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatalf("golden: %v", err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatalf("golden: %v", err)
	}
}

// lines keeps the line ends, so that a missing last newline shows.
func lines(b []byte) []string {
	return strings.SplitAfter(string(b), "\n")
}
