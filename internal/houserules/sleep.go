package houserules

import (
	"go/ast"
	"strings"
)

// Sleeps reports calls of time.Sleep in tests. Inside the function given to
// synctest.Test a sleep only moves the fake clock, and is fine. A helper that
// is called from there says so at the end of the line: "// fake time".
func Sleeps(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if !f.Test {
			continue
		}
		fake := f.fakeTime()
		ast.Inspect(f.AST, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if calls(call, "time", "Sleep") && !fake[f.Line(call.Pos())] {
				found = append(found, f.Finding(call.Pos(), "time.Sleep in a test: run it under testing/synctest"))
			}
			return !calls(call, "synctest", "Test")
		})
	}
	return found
}

// fakeTime is the lines whose comment says that time is fake there.
func (f *File) fakeTime() map[int]bool {
	lines := map[int]bool{}
	for _, group := range f.AST.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "// fake time") {
				lines[f.Line(c.Pos())] = true
			}
		}
	}
	return lines
}

// calls says whether the call is of pkg.name.
func calls(call *ast.CallExpr, pkg, name string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg
}
