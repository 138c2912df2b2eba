package mondaytest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
)

// node is an object of the answer: fields by name, each a value or a function
// of the field's arguments; "__typename" tells its type.
type node map[string]any

// field computes a field that takes arguments.
type field func(args map[string]any) (any, error)

// run is the execution of one operation.
type run struct {
	s            *Server
	version      string
	schema       *ast.Schema // of the version
	origin       string      // where uploads go
	vars         map[string]any
	files        map[string]*upload
	errors       []any
	refused      *failure // a failure that sets the answer's status
	cost, before int
}

// execute parses, validates and runs a document; the caller holds s.mu.
func (x *run) execute(p posted) *answer {
	s := x.s
	x.schema = schemaOf(x.version)
	doc, errs := s.document(x.version, p.Query)
	if errs != nil {
		return s.reply(nil, problemsOf(errs))
	}
	op := doc.Operations.ForName(p.OperationName)
	if op == nil {
		return s.reply(nil, []any{fail("InvalidArgumentException", "no operation named %q", p.OperationName).problem(nil)})
	}
	vars, err := validator.VariableValues(x.schema, op, p.Variables)
	if err != nil {
		return s.reply(nil, problemsOf(gqlerror.List{gqlerror.Wrap(err)}))
	}
	x.vars, x.files = vars, p.files
	if f := x.charge(op); f != nil {
		return refuse(f)
	}
	s.refund(op)
	roots, typename := queries, "Query"
	if op.Operation == ast.Mutation {
		roots, typename = mutations, "Mutation"
	}
	root := node{"__typename": typename}
	for name, r := range roots {
		root[name] = field(func(args map[string]any) (any, error) { return r(x, arguments(args)) })
	}
	data, ok := x.object(root, op.SelectionSet, nil)
	if !ok {
		data = nil
	}
	a := s.reply(data, x.errors)
	if f := x.refused; f != nil && !anyEffect(data) {
		a.status = f.status
		if f.retryAfter > 0 {
			a.header.Set("Retry-After", strconv.Itoa(f.retryAfter))
		}
	}
	return a
}

// anyEffect reports whether a root field has a value.
func anyEffect(data ordered) bool {
	return slices.ContainsFunc(data, func(p pair) bool { return p.name != "complexity" && p.value != nil })
}

// reply makes the usual answer with status 200.
func (s *Server) reply(data any, problems []any) *answer {
	out := ordered{{"data", data}}
	if len(problems) > 0 {
		out = append(out, pair{"errors", problems})
	}
	out = append(out, pair{"account_id", accountID}, pair{"extensions", map[string]any{"request_id": "req-" + s.id()}})
	return &answer{status: http.StatusOK, header: http.Header{}, body: encode(out)}
}

// problemsOf words the complaints of parser and validator like monday.
func problemsOf(errs gqlerror.List) []any {
	out := make([]any, 0, len(errs))
	for _, e := range errs {
		message, code := e.Message, "undefinedField"
		if e.Rule == "" && !strings.Contains(message, "$") {
			message, code = "Parse error on "+message, "parseError"
		}
		out = append(out, map[string]any{
			"message": message, "locations": e.Locations, "extensions": map[string]any{"code": code, "rule": e.Rule},
		})
	}
	return out
}

// object resolves a selection; it reports false when a field that must not be
// null is, so that the object is null itself.
func (x *run) object(n node, set ast.SelectionSet, path []any) (ordered, bool) {
	var out ordered
	for _, f := range x.collect(n, set, nil) {
		at := append(slices.Clone(path), f.Alias)
		v, ok := x.value(n, f, at)
		if !ok {
			return nil, false
		}
		out = append(out, pair{f.Alias, v})
	}
	return out, true
}

// collect flattens fragments and merges fields with one response name.
func (x *run) collect(n node, set ast.SelectionSet, into []*ast.Field) []*ast.Field {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			i := slices.IndexFunc(into, func(f *ast.Field) bool { return f.Alias == sel.Alias })
			if i < 0 {
				into = append(into, sel)
				continue
			}
			merged := *into[i]
			merged.SelectionSet = slices.Concat(merged.SelectionSet, sel.SelectionSet)
			into[i] = &merged
		case *ast.InlineFragment:
			if n.is(sel.TypeCondition) {
				into = x.collect(n, sel.SelectionSet, into)
			}
		case *ast.FragmentSpread:
			if n.is(sel.Definition.TypeCondition) {
				into = x.collect(n, sel.Definition.SelectionSet, into)
			}
		}
	}
	return into
}

// is reports whether the node has a type or implements an interface.
func (n node) is(typename string) bool {
	own, _ := n["__typename"].(string)
	if typename == "" || typename == own {
		return true
	}
	return slices.ContainsFunc(schema.PossibleTypes[typename], func(d *ast.Definition) bool { return d.Name == own })
}

func (x *run) value(n node, f *ast.Field, path []any) (any, bool) {
	v := n[f.Name]
	if compute, ok := v.(field); ok {
		got, err := compute(f.ArgumentMap(x.vars))
		if err != nil {
			why := asFailure(err)
			if why.status != 0 {
				x.refused = why
			}
			x.errors = append(x.errors, why.problem(path))
			return nil, !f.Definition.Type.NonNull
		}
		v = got
	}
	return x.complete(v, f, path)
}

func (x *run) complete(v any, f *ast.Field, path []any) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case node:
		if v == nil {
			return nil, true
		}
		return x.object(v, f.SelectionSet, path)
	case []node:
		list := make([]any, 0, len(v))
		for i, n := range v {
			o, ok := x.object(n, f.SelectionSet, append(slices.Clone(path), i))
			if !ok {
				return nil, !f.Definition.Type.NonNull
			}
			list = append(list, o)
		}
		return list, true
	}
	if f.SelectionSet != nil {
		panic(fmt.Sprintf("mondaytest: field %s is %T, want an object", f.Name, v))
	}
	return v, true
}
