package webhook_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// secretName is what signatures, digests and tokens are called here.
var secretName = regexp.MustCompile(`(?i)^(sum|sums|mac|digest|signature|signatures|token|want|got|secret)$`)

// plainComparisons finds comparisons of secret values that stop early.
func plainComparisons(fset *gotoken.FileSet, file *ast.File) (found []string) {
	named := func(e ast.Expr) bool {
		if s, ok := e.(*ast.SliceExpr); ok {
			e = s.X
		}
		name, ok := e.(*ast.Ident)
		return ok && secretName.MatchString(name.Name)
	}
	constant := func(e ast.Expr) bool {
		name, isName := e.(*ast.Ident)
		_, isLiteral := e.(*ast.BasicLit)
		return isLiteral || isName && name.Name == "nil"
	}
	ast.Inspect(file, func(n ast.Node) bool {
		bad := false
		switch n := n.(type) {
		case *ast.BinaryExpr:
			bad = (n.Op == gotoken.EQL || n.Op == gotoken.NEQ) && (named(n.X) && !constant(n.Y) || named(n.Y) && !constant(n.X))
		case *ast.SelectorExpr:
			pkg, ok := n.X.(*ast.Ident)
			bad = ok && (pkg.Name == "bytes" || pkg.Name == "reflect") && strings.HasSuffix(n.Sel.Name, "Equal")
		}
		if bad {
			found = append(found, fset.Position(n.Pos()).String())
		}
		return true
	})
	return found
}

// TestSource_ComparesInConstantTime forbids plain comparisons of signatures.
func TestSource_ComparesInConstantTime(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	require.Greater(t, len(files), 20)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "memory.go" { // compares fingerprints, which are no secret
			continue
		}
		fset := gotoken.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, 0)
		require.NoError(t, err)
		require.Empty(t, plainComparisons(fset, file))
	}
	fset := gotoken.NewFileSet()
	bad, err := parser.ParseFile(fset, "bad.go", `package p
func f() { _ = sum == other; _ = bytes.Equal(a, b); _ = got[:4] != x; _ = sum == nil; _ = token != "" }`, 0)
	require.NoError(t, err)
	require.Len(t, plainComparisons(fset, bad), 3)
}
