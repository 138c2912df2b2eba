package houserules_test

import (
	"bytes"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/internal/houserules"
)

func TestHouse_DocumentsCompile(t *testing.T) {
	t.Parallel()
	clean(t, compile(t, house(t)))
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	prove(t, "documents", func(tree *houserules.Tree) []houserules.Finding { return compile(t, tree) })
}

// compile checks all Go code blocks of a tree's documents against this module.
func compile(t *testing.T, tree *houserules.Tree) []houserules.Finding {
	t.Helper()
	snippets, err := houserules.Snippets(tree)
	require.NoError(t, err)
	names := houserules.PackageNames(tree)
	var found []houserules.Finding
	var units []houserules.Unit
	var imports []string
	for _, s := range snippets {
		unit, err := s.Unit(names)
		if err != nil {
			found = append(found, houserules.Finding{File: s.File, Line: s.Line, Message: "does not parse: " + err.Error()})
			continue
		}
		units = append(units, unit)
		imports = append(imports, unit.Imports...)
	}
	imp := exports(t, imports)
	for _, u := range units {
		found = append(found, u.Check(imp)...)
	}
	return found
}

// exports imports packages from what the go command compiled.
func exports(t *testing.T, imports []string) types.Importer {
	t.Helper()
	slices.Sort(imports)
	imports = slices.Compact(imports)
	files := map[string]string{}
	if len(imports) > 0 {
		args := append([]string{"list", "-e", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}, imports...)
		for line := range strings.Lines(string(goCommand(t, args...))) {
			name, file, _ := strings.Cut(strings.TrimSpace(line), " ")
			files[name] = file
		}
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(name string) (io.ReadCloser, error) {
		return os.Open(files[name])
	})
}

// goCommand runs the go command in the repository's root.
func goCommand(t *testing.T, args ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return out
}
