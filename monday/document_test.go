package monday_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/centrala-go/centrala/internal/golden"
	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
)

func TestDocuments_Golden(t *testing.T) {
	t.Parallel()
	documents := monday.Documents()
	require.Len(t, documents, monday.DocumentCount(), "operation names are unique")
	for name, document := range documents {
		golden.Equal(t, "documents/"+strings.TrimPrefix(name, "monday.")+".graphql", []byte(document+"\n"))
	}
	files, err := filepath.Glob("testdata/documents/*.graphql")
	require.NoError(t, err)
	require.Len(t, files, len(documents), "no golden file is left over")
}

func TestDocuments_ValidOnTheFake(t *testing.T) {
	t.Parallel()
	validate(t, gqlparser.MustLoadSchema(&ast.Source{Input: mondaytest.SDL}))
}

// Each document is valid on monday's schema of every version for which the
// conformance folder has one and which the document is meant for.
func TestDocuments_ValidOnMonday(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(conformanceFolder(t), "schema-*.graphql"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		schema := mondaySchema(t, file)
		version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "schema-"), ".graphql")
		for name, document := range monday.Documents() {
			_, errs := gqlparser.LoadQueryWithRules(schema, document, rules.NewDefaultRules())
			require.Equal(t, monday.Since(name) > version, errs != nil, "%s on %s: %v", name, version, errs)
		}
	}
}

// The fake's schema must be a part of monday's: a document that it accepts is
// one that monday accepts.
func TestSDL_IsPartOfMonday(t *testing.T) {
	t.Parallel()
	theirs := mondaySchema(t, filepath.Join(conformanceFolder(t), "schema-"+monday.DefaultAPIVersion+".graphql"))
	ours := gqlparser.MustLoadSchema(&ast.Source{Input: mondaytest.SDL})
	for name, def := range ours.Types {
		if def.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		their := theirs.Types[name]
		require.NotNil(t, their, name)
		require.Equal(t, their.Kind, def.Kind, name)
		for _, f := range def.Fields {
			partOf(t, name, f, their.Fields.ForName(f.Name))
		}
		for _, v := range def.EnumValues {
			require.NotNil(t, their.EnumValues.ForName(v.Name), "%s.%s", name, v.Name)
		}
	}
}

func partOf(t *testing.T, typename string, f, their *ast.FieldDefinition) {
	t.Helper()
	if strings.HasPrefix(f.Name, "__") {
		return
	}
	require.NotNil(t, their, "%s.%s", typename, f.Name)
	require.Equal(t, their.Type.String(), f.Type.String(), "%s.%s", typename, f.Name)
	for _, arg := range f.Arguments {
		ta := their.Arguments.ForName(arg.Name)
		require.NotNil(t, ta, "%s.%s(%s)", typename, f.Name, arg.Name)
		require.Equal(t, ta.Type.String(), arg.Type.String(), "%s.%s(%s)", typename, f.Name, arg.Name)
	}
	for _, arg := range their.Arguments {
		if arg.Type.NonNull && arg.DefaultValue == nil {
			require.NotNil(t, f.Arguments.ForName(arg.Name), "%s.%s lacks %s", typename, f.Name, arg.Name)
		}
	}
}

func validate(t *testing.T, schema *ast.Schema) {
	t.Helper()
	for name, document := range monday.Documents() {
		_, errs := gqlparser.LoadQueryWithRules(schema, document, rules.NewDefaultRules())
		require.Empty(t, errs, name)
	}
}

func conformanceFolder(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("CENTRALA_CONFORMANCE")
	if folder == "" {
		t.Skip("CENTRALA_CONFORMANCE does not name a folder with monday's schema")
	}
	return filepath.Join(folder, "monday")
}

// mondaySchema loads a schema of monday's own. It declares again what every
// schema has, which the parser refuses; those definitions are dropped.
func mondaySchema(t *testing.T, file string) *ast.Schema {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	doc, err := parser.ParseSchema(&ast.Source{Input: string(raw)})
	require.NoError(t, err)
	var kept ast.DefinitionList
	for _, d := range doc.Definitions {
		if !strings.HasPrefix(d.Name, "__") && !builtin[d.Name] {
			kept = append(kept, d)
		}
	}
	doc.Definitions = kept
	var directives ast.DirectiveDefinitionList
	for _, d := range doc.Directives {
		if !builtin[d.Name] {
			directives = append(directives, d)
		}
	}
	doc.Directives = directives
	var clean strings.Builder
	formatter.NewFormatter(&clean).FormatSchemaDocument(doc)
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: clean.String()})
	require.NoError(t, err)
	return schema
}

var builtin = map[string]bool{
	"Int": true, "ID": true, "String": true, "Boolean": true, "Float": true,
	"include": true, "skip": true, "deprecated": true, "specifiedBy": true, "oneOf": true,
}
