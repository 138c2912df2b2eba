package houserules

import (
	"go/ast"
	"go/doc"
	"maps"
	"slices"
	"strings"
)

// MissingExamples is the list of entry points that have no example yet, one
// a line. It only shrinks: a line whose entry point has its example, or is
// gone, is a finding too.
const MissingExamples = "internal/houserules/missing_examples.txt"

// Examples reports entry points of the public packages that no example with
// checked output shows. Entry points are
//
//   - constructors (functions named New...) and the methods of a Client or
//     Handler: these need an example named after them, since that is where a
//     reader of the documentation looks;
//   - all other exported functions: for these it is enough that a checked
//     example of the package calls them.
//
// Functions that are handed the user's *testing.T are shown by tests.
// Entry points in the missing list, "folder.Func" or "folder.Type.Method",
// are excused.
func Examples(t *Tree, missing []string) []Finding {
	var found []Finding
	excused := map[string]int{}
	for i, line := range missing {
		if line != "" && !strings.HasPrefix(line, "#") {
			excused[line] = i + 1
		}
	}
	for _, p := range t.Packages {
		if !p.public() {
			continue
		}
		shown := p.shown()
		for _, e := range p.entries() {
			id := p.Dir + "." + funcName(e.decl)
			switch {
			case shown.covers(e):
			case excused[id] > 0:
				delete(excused, id)
			default:
				found = append(found, e.file.Finding(e.decl.Name.Pos(), "%s has no example with checked output", id))
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(excused)) {
		found = append(found, Finding{MissingExamples, excused[id], id + " has its example or is gone: remove the line"})
	}
	return found
}

// public says whether users can import the package.
func (p *Package) public() bool {
	code := p.code()
	return len(code) > 0 && code[0].AST.Name.Name != "main" &&
		!within(p.Dir, "examples/...") && !slices.Contains(strings.Split(p.Dir, "/"), "internal")
}

// entry is a function or method that users call.
type entry struct {
	file  *File
	decl  *ast.FuncDecl
	named bool // it needs an example of its own
}

func (p *Package) entries() []entry {
	var all []entry
	for _, f := range p.code() {
		if f.Generated {
			continue
		}
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !exportedFunc(fn) || plumbing[fn.Name.Name] || takesTest(fn) {
				continue
			}
			switch receiver(fn) {
			case "":
				all = append(all, entry{f, fn, strings.HasPrefix(fn.Name.Name, "New")})
			case "Client", "Handler":
				all = append(all, entry{f, fn, true})
			}
		}
	}
	return all
}

// plumbing is methods that others call on the user's behalf, or whose name
// says it all.
var plumbing = map[string]bool{
	"CloseIdleConnections": true, "Error": true, "Format": true, "GoString": true, "LogValue": true,
	"MarshalJSON": true, "MarshalText": true, "ServeHTTP": true, "String": true,
}

func takesTest(fn *ast.FuncDecl) bool {
	params := fn.Type.Params.List
	if len(params) == 0 {
		return false
	}
	expr := params[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	sel, ok := expr.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == "testing"
}

// showing is what the checked examples of a package show.
type showing struct {
	names []string        // what the examples are named after
	calls map[string]bool // the last part of every name their bodies mention
}

func (s showing) covers(e entry) bool {
	want := strings.ReplaceAll(funcName(e.decl), ".", "_")
	return !e.named && s.calls[e.decl.Name.Name] || slices.ContainsFunc(s.names, func(name string) bool {
		return name == want || strings.HasPrefix(name, want+"_")
	})
}

func (p *Package) shown() showing {
	s := showing{calls: map[string]bool{}}
	for _, f := range p.Files {
		if !f.Test {
			continue
		}
		for _, ex := range doc.Examples(f.AST) {
			if ex.Output == "" && !ex.EmptyOutput {
				continue
			}
			s.names = append(s.names, ex.Name)
			ast.Inspect(ex.Code, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					s.calls[id.Name] = true
				}
				return true
			})
		}
	}
	return s
}
