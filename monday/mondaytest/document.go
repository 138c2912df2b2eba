package mondaytest

import (
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// queryRules are the validations that GraphQL prescribes.
var queryRules = rules.NewDefaultRules()

// maxDocuments is how many documents are remembered.
const maxDocuments = 256

// document parses and validates a document, and remembers it: clients send few
// ones again and again. The caller holds s.mu.
func (s *Server) document(version, query string) (*ast.QueryDocument, gqlerror.List) {
	key := version + " " + query
	if doc := s.documents[key]; doc != nil {
		return doc, nil
	}
	doc, errs := gqlparser.LoadQueryWithRules(schemaOf(version), query, queryRules)
	if errs != nil {
		return nil, errs
	}
	if len(s.documents) >= maxDocuments {
		clear(s.documents)
	}
	s.documents[key] = doc
	return doc, nil
}

// isMutation reports whether the operation to execute is a valid mutation.
func (s *Server) isMutation(version string, p posted) bool {
	doc, errs := s.document(version, p.Query)
	if errs != nil {
		return false
	}
	op := doc.Operations.ForName(p.OperationName)
	return op != nil && op.Operation == ast.Mutation
}
