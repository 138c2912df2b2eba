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

// keyLife is how long a key protects: monday remembers it for 30 minutes, and
// the last attempt needs some time on its way.
const keyLife = 29 * time.Minute

// operation is one document with the way it may be sent.
type operation struct {
	transport.Op
	document string
	since    string // the oldest version that knows it, "" for all supported
}

// from says which version brought what the document asks for.
func (o *operation) from(version string) *operation {
	o.since = version
	return o
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
		Name: "monday." + name, Safety: transport.Keyed, KeyHeader: keyHeader, KeyLife: keyLife, Judge: judgeMutation, Cost: firstItemCost,
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
	version, err := c.versionFor(op, call.APIVersion)
	if err != nil {
		return transport.Request{}, err
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

// versionFor returns the version to ask for. One that does not know what the
// document asks for is refused here: monday's answer would be a schema error.
func (c *Client) versionFor(op *operation, asked string) (string, error) {
	version := c.version
	if asked != "" {
		var err error
		if version, err = checkVersion(op.Name, asked); err != nil {
			return "", err
		}
	}
	if version < op.since { // "dev" is above all
		return "", transport.Invalid(op.Name, "APIVersion", "is %s, and this needs %s or newer", version, op.since)
	}
	return version, nil
}

// send makes the call and reads its answer.
func (c *Client) send(ctx context.Context, op *operation, req transport.Request, call Call, out any) (told, error) {
	asked := req.Header.Get("Api-Version")
	resp, err := c.http.Do(ctx, noting(&op.Op, call.Meta, asked), req)
	if err != nil {
		err = wrap(err)
		call.Meta.failed(err)
		return told{}, err
	}
	f := parseFrame(resp.Body)
	c.costs.learn(op.Name, f.cost())
	if call.Meta != nil {
		*call.Meta = metaOf(resp, f, asked)
	}
	t := toldBy(resp, f)
	if out != nil && len(f.data) > 0 {
		if err := json.Unmarshal(f.data, out); err != nil {
			return t, undecodable(op, t, f, err)
		}
	}
	if len(f.errors) > 0 {
		return t, partial(op, t, f)
	}
	return t, nil
}

// told is what an answer says beside data and errors, for errors about it.
type told struct {
	requestID        string
	status, attempts int
}

func toldBy(resp *transport.Response, f frame) told {
	return told{orElse(f.requestID, resp.Header.Get("X-Request-Id")), resp.Status, resp.Attempts}
}
