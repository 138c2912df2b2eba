package monday

import (
	"context"
	"encoding/json"

	"github.com/centrala-go/centrala/transport"
)

// Request is a document of the caller's own.
type Request struct {
	// Document is the GraphQL text. Put values into Variables, never into it.
	Document string
	// Variables are the document's variables.
	Variables map[string]any
	// OperationName picks one of several operations.
	OperationName string

	Call
}

// Query sends a document of queries and decodes its data into T. Errors, waits
// and retries are those of the typed methods. When monday gives data beside
// errors, both are returned.
func Query[T any](ctx context.Context, c *Client, r Request) (T, error) {
	return raw[T](ctx, c, r, "query", &operation{
		Op: transport.Op{Name: "monday.query", Safety: transport.Read, Judge: judgeRead},
	})
}

// Mutate sends a document of mutations under an idempotency key and decodes
// its data into T. A document may hold several mutations: monday runs them in
// order, and one that fails leaves the others in effect; data is returned
// beside the error then. Select little: monday does not keep an answer over
// 1 MB under the key, and a retry would do the work again.
func Mutate[T any](ctx context.Context, c *Client, r Request) (T, error) {
	return raw[T](ctx, c, r, "mutation", &operation{Op: mutationOp("mutate")})
}

// Do sends any document and returns its data as it is: the way to what the
// package has no method for. A document with a mutation is sent under an
// idempotency key.
func (c *Client) Do(ctx context.Context, r Request) (json.RawMessage, error) {
	if kindOf(r.Document) == "mutation" {
		return Mutate[json.RawMessage](ctx, c, r)
	}
	return Query[json.RawMessage](ctx, c, r)
}

func raw[T any](ctx context.Context, c *Client, r Request, kind string, op *operation) (T, error) {
	var out T
	if got := kindOf(r.Document); got != kind {
		return out, transport.Invalid(op.Name, "Document", "holds a %s, want a %s", got, kind)
	}
	op.document = r.Document
	payload, err := json.Marshal(body{Query: r.Document, Variables: r.Variables, OperationName: r.OperationName})
	if err != nil {
		return out, transport.Invalid(op.Name, "Variables", "cannot be written as JSON: %v", err)
	}
	req, err := c.httpRequest(op, payload, r.Call)
	if err != nil {
		return out, err
	}
	_, err = c.send(ctx, op, req, r.Call, &out)
	return out, err
}
