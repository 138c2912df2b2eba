package houserules

import "go/ast"

// Sleeps reports calls of time.Sleep in tests. Inside the function given to
// synctest.Test a sleep only moves the fake clock, and is fine.
func Sleeps(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if !f.Test {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if calls(call, "time", "Sleep") {
				found = append(found, f.Finding(call.Pos(), "time.Sleep in a test: run it under testing/synctest"))
			}
			return !calls(call, "synctest", "Test")
		})
	}
	return found
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
