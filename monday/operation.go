package monday

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// keyHeader is the header of monday's idempotency.
const keyHeader = "Idempotency-Key"

// operation is one document with the way it may be sent.
type operation struct {
	transport.Op
	document string
}

// operations are all documents that the package can send on its own.
var operations []*operation

// query declares a read; fragments are appended to the document.
func query(name, document string, fragments ...string) *operation {
	return declare(transport.Op{Name: "monday." + name, Safety: transport.Read, Judge: judgeRead}, document, fragments)
}

// mutation declares an effect under an idempotency key. The document also asks
// what it costs, so that the next call takes the right share of the budget.
func mutation(name, document string, fragments ...string) *operation {
	document = strings.Replace(document, "{\n", "{\n  complexity { query }\n", 1)
	return declare(mutationOp(name), document, fragments)
}

func mutationOp(name string) transport.Op {
	return transport.Op{
		Name: "monday." + name, Safety: transport.Keyed, KeyHeader: keyHeader, Judge: judgeMutation, Cost: firstItemCost,
	}
}

func declare(op transport.Op, document string, fragments []string) *operation {
	o := &operation{Op: op, document: strings.Join(append([]string{strings.TrimSpace(document)}, fragments...), "\n")}
	operations = append(operations, o)
	return o
}

// body is a GraphQL request on the wire.
type body struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables,omitempty"`
	OperationName string         `json:"operationName,omitempty"`
}

// request builds the HTTP request of a document.
func (c *Client) request(op *operation, vars map[string]any, call Call) (transport.Request, error) {
	payload, err := json.Marshal(body{Query: op.document, Variables: vars})
	if err != nil {
		return transport.Request{}, transport.Invalid(op.Name, "Variables", "cannot be written as JSON: %v", err)
	}
	return c.httpRequest(op, payload, call)
}

func (c *Client) httpRequest(op *operation, payload []byte, call Call) (transport.Request, error) {
	version := c.version
	if call.APIVersion != "" {
		var err error
		if version, err = checkVersion(op.Name, call.APIVersion); err != nil {
			return transport.Request{}, err
		}
	}
	req := transport.Request{Method: http.MethodPost, Body: payload, Header: http.Header{"Api-Version": {version}}, Cost: c.costs.of(op.Name)}
	if op.Safety == transport.Keyed {
		req.Key = call.IdempotencyKey
		if req.Key == "" {
			req.Key = rand.Text()
		}
		if strings.ContainsAny(req.Key, "\r\n") {
			return transport.Request{}, transport.Invalid(op.Name, "IdempotencyKey", "contains a line break")
		}
	}
	return req, nil
}

// send makes the call and reads its answer.
func (c *Client) send(ctx context.Context, op *operation, req transport.Request, call Call, out any) error {
	resp, err := c.http.Do(ctx, &op.Op, req)
	if err != nil {
		e := wrap(err)
		if call.Meta != nil {
			*call.Meta = metaOfError(e)
		}
		return e
	}
	f := parseFrame(resp.Body)
	c.costs.learn(op.Name, f.cost())
	if call.Meta != nil {
		*call.Meta = metaOf(resp, f, req.Header.Get("Api-Version"))
	}
	if out != nil && len(f.data) > 0 {
		if err := json.Unmarshal(f.data, out); err != nil {
			return undecodable(op, resp, f, err)
		}
	}
	if len(f.errors) > 0 {
		return partial(op, resp, f)
	}
	return nil
}

func metaOf(resp *transport.Response, f frame, asked string) Meta {
	used := resp.Header.Get("Api-Version")
	return Meta{
		RequestID:  f.requestID,
		APIVersion: used,
		Fallback:   used != "" && used != asked,
		Replayed:   resp.Header.Get("Idempotency-Replayed") == "true",
		Attempts:   resp.Attempts,
		Complexity: transport.BudgetFromHeader(resp.Header, "complexityMinute", time.Now()),
		Warnings:   f.warnings,
	}
}

func metaOfError(err error) Meta {
	if e, ok := err.(*Error); ok { //nolint:errorlint // wrap made it
		return Meta{RequestID: e.RequestID, Attempts: e.Attempts()}
	}
	return Meta{}
}
