package houserules_test

import (
	"bytes"
	"io/fs"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/internal/houserules"
)

var wantComment = regexp.MustCompile(`want "([^"]*)"`)

// prove applies a rule to the bad tree under testdata and compares what it
// finds with the want comments there.
func prove(t *testing.T, folder string, rule func(*houserules.Tree) []houserules.Finding) {
	t.Helper()
	fsys := os.DirFS("testdata/" + folder)
	tree, err := houserules.Load(fsys)
	require.NoError(t, err)

	wanted := wants(t, fsys)
	require.NotEmpty(t, wanted, "the bad tree wants nothing")
	for _, f := range rule(tree) {
		at := houserules.Finding{File: f.File, Line: f.Line}
		message, ok := wanted[at]
		require.True(t, ok, "not wanted: %v", f)
		require.Contains(t, f.Message, message)
		delete(wanted, at)
	}
	require.Empty(t, wanted, "wanted, but not found")
}

// wants maps a place (a finding without message) to what is wanted there.
func wants(t *testing.T, fsys fs.FS) map[houserules.Finding]string {
	t.Helper()
	found := map[houserules.Finding]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := fs.ReadFile(fsys, name)
		for i, line := range bytes.Split(src, []byte("\n")) {
			if m := wantComment.FindSubmatch(line); m != nil {
				found[houserules.Finding{File: name, Line: i + 1}] = string(m[1])
			}
		}
		return err
	})
	require.NoError(t, err)
	return found
}
