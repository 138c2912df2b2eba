package houserules

import "go/ast"

// The longest a file and a function may be, in lines. Tests and generated
// files may be longer.
const (
	MaxFileLines = 500
	MaxFuncLines = 80
)

// Sizes reports files and functions that are too long to read in one go.
func Sizes(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Test || f.Generated {
			continue
		}
		if f.Lines > MaxFileLines {
			found = append(found, f.Finding(f.AST.Package, "%d lines: a file has at most %d", f.Lines, MaxFileLines))
		}
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.Line(fn.End()) - f.Line(fn.Pos()) + 1; n > MaxFuncLines {
				found = append(found, f.Finding(fn.Name.Pos(), "%s has %d lines: a function has at most %d", funcName(fn), n, MaxFuncLines))
			}
		}
	}
	return found
}
