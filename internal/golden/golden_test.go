package golden_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/internal/golden"
)

// probe stands in for a test whose failure is wanted. Fatalf panics with the
// message, which ends Equal as the real one would.
type probe struct {
	testing.TB
	artifacts string
}

func (p probe) ArtifactDir() string            { return p.artifacts }
func (p probe) Fatalf(format string, v ...any) { panic(fmt.Sprintf(format, v...)) }

// outcome is the message Equal failed with, or "".
func outcome(p probe, name string, got string) (message string) {
	defer func() {
		if r := recover(); r != nil {
			message = r.(string)
		}
	}()
	golden.Equal(p, name, []byte(got))
	return ""
}

// These tests change the working folder or the -update flag, both of which
// belong to the whole process: none of them may run in parallel.

func TestEqual(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll("testdata/sub", 0o750))
	require.NoError(t, os.WriteFile("testdata/sub/page.txt", []byte("one\ntwo\n"), 0o600))
	p := probe{TB: t, artifacts: t.TempDir()}

	require.Empty(t, outcome(p, "sub/page.txt", "one\ntwo\n"))
	require.Contains(t, outcome(p, "missing.txt", "one\n"), "-update")

	message := outcome(p, "sub/page.txt", "one\n2\n")
	require.Contains(t, message, "two")
	require.Contains(t, message, "2")

	kept, err := os.ReadFile(filepath.Join(p.artifacts, "sub", "page.txt"))
	require.NoError(t, err)
	require.Equal(t, "one\n2\n", string(kept))
	diff, err := os.ReadFile(filepath.Join(p.artifacts, "sub", "page.txt.diff"))
	require.NoError(t, err)
	require.Contains(t, string(diff), "+++ got")
}

func TestEqual_LastNewlineCounts(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll("testdata", 0o750))
	require.NoError(t, os.WriteFile("testdata/a", []byte("one\n"), 0o600))

	require.NotEmpty(t, outcome(probe{TB: t, artifacts: t.TempDir()}, "a", "one"))
}

func TestEqual_Update(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, flag.Set("update", "true"))
	t.Cleanup(func() { require.NoError(t, flag.Set("update", "false")) })

	require.Empty(t, outcome(probe{TB: t}, "new/page.txt", "fresh\n"))

	written, err := os.ReadFile("testdata/new/page.txt")
	require.NoError(t, err)
	require.Equal(t, "fresh\n", string(written))
}
