package houserules

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Unit is a snippet made into a Go file.
type Unit struct {
	Imports []string
	file    *ast.File
	fset    *token.FileSet
	// whole marks a complete program, which gets no leniency.
	whole bool
}

// leading is the import declarations a list of statements may start with.
var leading = regexp.MustCompile(`^(\s*(//[^\n]*|import\s*\([^)]*\)|import\s+[^\n(]*)\n)+`)

// Unit parses a snippet. A complete file is taken as it is. Anything else,
// declarations or statements, is completed the way a reader would: packages
// it mentions are imported if packages maps their name to a path, a list of
// statements becomes the body of a function with a ctx, and what it declares
// need not be used.
func (s Snippet) Unit(packages map[string]string) (Unit, error) {
	if strings.HasPrefix(strings.TrimLeft(s.Source, " \t\n"), "package ") {
		u, err := parseUnit(s.at(0) + s.Source)
		u.whole = true
		return u, err
	}
	if _, err := parseUnit("package p\n" + s.Source); err == nil {
		return s.complete(packages, s.at(0)+s.Source)
	}
	imports := leading.FindString(s.Source)
	body := s.Source[len(imports):]
	head := s.at(0) + imports + "func _(ctx context.Context) "
	text := "{\n" + s.at(strings.Count(imports, "\n")) + body + "\n}\n"
	if n := results(body); n > 0 {
		head += "(" + strings.TrimSuffix(strings.Repeat("any, ", n), ", ") + ") "
		text = strings.TrimSuffix(text, "}\n") + "panic(0)\n}\n"
	}
	return s.complete(packages, head+text)
}

// at makes the positions of what follows those of the document.
func (s Snippet) at(offset int) string {
	return fmt.Sprintf("//line %s:%d\n", s.File, s.Line+offset)
}

// complete adds the imports that the text needs and does not have.
func (s Snippet) complete(packages map[string]string, text string) (Unit, error) {
	u, err := parseUnit("package p\n" + text)
	if err != nil {
		return u, err
	}
	var imports strings.Builder
	had := map[string]bool{}
	for _, spec := range u.file.Imports {
		name := path.Base(strings.Trim(spec.Path.Value, `"`))
		if spec.Name != nil {
			name = spec.Name.Name
		}
		had[name] = true
	}
	ast.Inspect(u.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && packages[x.Name] != "" && !had[x.Name] {
			had[x.Name] = true
			fmt.Fprintf(&imports, "import %s %q\n", x.Name, packages[x.Name])
		}
		return true
	})
	return parseUnit("package p\n" + imports.String() + text)
}

func parseUnit(src string) (Unit, error) {
	u := Unit{fset: token.NewFileSet()}
	var err error
	u.file, err = parser.ParseFile(u.fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return u, err
	}
	for _, spec := range u.file.Imports {
		full, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return u, err
		}
		u.Imports = append(u.Imports, full)
	}
	return u, nil
}

// results counts the values that the statements return.
func results(body string) int {
	u, err := parseUnit("package p\nfunc _() {\n" + body + "\n}\n")
	if err != nil {
		return 0
	}
	n := 0
	ast.Inspect(u.file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			n = max(n, len(node.Results))
		}
		return true
	})
	return n
}

// Check compiles the unit and reports what the compiler would.
func (u Unit) Check(imp types.Importer) []Finding {
	var found []Finding
	conf := types.Config{
		Importer: imp,
		Error: func(err error) {
			e, ok := errors.AsType[types.Error](err)
			if !ok || e.Soft && !u.whole {
				return
			}
			at := u.fset.Position(e.Pos)
			found = append(found, Finding{at.Filename, at.Line, "does not compile: " + e.Msg})
		},
	}
	// The error repeats the first of those reported above.
	_, _ = conf.Check("p", u.fset, []*ast.File{u.file}, nil)
	return found
}

// PackageNames maps the names that documents use without importing them to
// import paths: this module's packages and a few others.
func PackageNames(t *Tree) map[string]string {
	names := map[string]string{
		"http": "net/http", "httptest": "net/http/httptest", "url": "net/url", "slog": "log/slog",
		"json": "encoding/json", "sql": "database/sql", "synctest": "testing/synctest",
		"pgx": "github.com/jackc/pgx/v5", "pgxpool": "github.com/jackc/pgx/v5/pgxpool",
		"redis": "github.com/redis/go-redis/v9", "require": "github.com/stretchr/testify/require",
	}
	for _, std := range []string{"bytes", "cmp", "context", "errors", "fmt", "io", "iter", "log", "maps", "os", "slices", "strings", "sync", "testing", "time"} {
		names[std] = std
	}
	for _, p := range t.Packages {
		if p.public() && !slices.Contains(strings.Split(p.Dir, "/"), ".") {
			names[p.code()[0].AST.Name.Name] = path.Join(Module, p.Dir)
		}
	}
	return names
}
