package mondaytest

import (
	_ "embed"
	"slices"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// SDL is the schema that the fake validates documents against: the part of
// monday's schema that it executes. The directive @since marks what API
// versions before the named one do not have.
//
//go:embed schema.graphql
var SDL string

var (
	schema  = loadSchema()
	schemas sync.Map // of older versions, by version
)

func loadSchema() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphql", Input: SDL})
}

// schemaOf returns the schema as it was in a version; "dev" has everything.
func schemaOf(version string) *ast.Schema {
	if version >= currentVersion {
		return schema
	}
	if s, ok := schemas.Load(version); ok {
		return s.(*ast.Schema)
	}
	older := loadSchema()
	for _, t := range older.Types {
		t.Fields = slices.DeleteFunc(t.Fields, func(f *ast.FieldDefinition) bool {
			f.Arguments = slices.DeleteFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return newer(a.Directives, version) })
			return newer(f.Directives, version)
		})
	}
	kept, _ := schemas.LoadOrStore(version, older)
	return kept.(*ast.Schema)
}

// newer reports whether what has these directives came after a version.
func newer(directives ast.DirectiveList, version string) bool {
	since := directives.ForName("since")
	return since != nil && since.Arguments.ForName("version").Value.Raw > version
}
