package houserules

import (
	"go/ast"
	"slices"
)

// Documented reports exported symbols without a doc comment, and packages
// without a package comment. Commands and generated files are left out.
func Documented(t *Tree) []Finding {
	var found []Finding
	for _, p := range t.Packages {
		code := p.code()
		if len(code) == 0 {
			continue
		}
		if !slices.ContainsFunc(code, func(f *File) bool { return f.AST.Doc != nil }) {
			found = append(found, code[0].Finding(code[0].AST.Name.Pos(), "package %s has no package comment", code[0].AST.Name))
		}
		if code[0].AST.Name.Name == "main" {
			continue
		}
		for _, f := range code {
			if !f.Generated {
				found = append(found, undocumented(f)...)
			}
		}
	}
	return found
}

// code is the package's files without its tests.
func (p *Package) code() []*File {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f *File) bool { return f.Test })
}

func undocumented(f *File) []Finding {
	var found []Finding
	for _, d := range f.AST.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && exportedFunc(d) {
				found = append(found, f.Finding(d.Name.Pos(), "%s is not documented", funcName(d)))
			}
		case *ast.GenDecl:
			found = append(found, undocumentedSpecs(f, d)...)
		}
	}
	return found
}

// undocumentedSpecs accepts, for the constants and variables of a block, the
// comment of the block, which tells what they have in common, and a comment
// at the end of the line. Types need a comment each.
func undocumentedSpecs(f *File, d *ast.GenDecl) []Finding {
	var found []Finding
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
				found = append(found, f.Finding(s.Pos(), "%s is not documented", s.Name))
			}
		case *ast.ValueSpec:
			if s.Doc == nil && d.Doc == nil && (s.Comment == nil || !d.Lparen.IsValid()) {
				found = append(found, exportedNames(f, s.Names)...)
			}
		}
	}
	return found
}

func exportedNames(f *File, names []*ast.Ident) []Finding {
	var found []Finding
	for _, n := range names {
		if n.IsExported() {
			found = append(found, f.Finding(n.Pos(), "%s is not documented", n))
		}
	}
	return found
}

// exportedFunc says whether users see the function: its name is exported,
// and so is its receiver's type if it has one.
func exportedFunc(d *ast.FuncDecl) bool {
	recv := receiver(d)
	return d.Name.IsExported() && (d.Recv == nil || ast.IsExported(recv))
}

// receiver names the type a method belongs to, or is "" for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	expr := d.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// funcName is Func or Type.Method.
func funcName(d *ast.FuncDecl) string {
	if recv := receiver(d); recv != "" {
		return recv + "." + d.Name.Name
	}
	return d.Name.Name
}
