package monday

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// variabler is a request that can be part of a batch.
type variabler interface {
	variables(op string) (map[string]any, error)
}

// batchKind is what the batches of one mutation have in common.
type batchKind struct {
	name string
	op   transport.Op
	// field is the mutation, vars its variables with their types and arguments.
	field string
	vars  []batchVar
}

type batchVar struct{ name, kind, argument string }

var createBatch = batchKind{
	name: "monday.create_items", op: mutationOp("create_items"), field: "create_item",
	vars: []batchVar{
		{"board", "ID!", "board_id"}, {"name", "String!", "item_name"}, {"group", "String", "group_id"},
		{"columns", "JSON", "column_values"}, {"create_labels", "Boolean", "create_labels_if_missing"},
		{"position", "PositionRelative", "position_relative_method"}, {"relative_to", "ID", "relative_to"},
	},
}

var changeBatch = batchKind{
	name: "monday.update_items", op: mutationOp("update_items"), field: "change_multiple_column_values",
	vars: []batchVar{
		{"board", "ID!", "board_id"}, {"item", "ID", "item_id"}, {"columns", "JSON!", "column_values"},
		{"create_labels", "Boolean", "create_labels_if_missing"},
	},
}

// batchItem is an item on its way.
type batchItem struct {
	index int
	vars  map[string]any
	size  int
	err   error // refused before it was sent
}

func (k *batchKind) prepare(index int, item variabler) batchItem {
	vars, err := item.variables(k.name)
	one := batchItem{index: index, vars: vars, err: err}
	for _, v := range vars {
		if s, ok := v.(string); ok {
			one.size += len(s)
		}
	}
	return one
}

// document writes the mutations of n items under the aliases i0, i1 … Values
// are variables, numbered like the aliases; those that no item uses are left
// out.
func (k *batchKind) document(items []batchItem) string {
	var head, body strings.Builder
	for n, item := range items {
		var args []string
		for _, v := range k.vars {
			if _, used := item.vars[v.name]; !used {
				continue
			}
			fmt.Fprintf(&head, "$%s%d: %s, ", v.name, n, v.kind)
			args = append(args, fmt.Sprintf("%s: $%s%d", v.argument, v.name, n))
		}
		fmt.Fprintf(&body, "  i%d: %s(%s) { ...item }\n", n, k.field, strings.Join(args, ", "))
	}
	return fmt.Sprintf("mutation batch(%s) {\n  complexity { query }\n%s}\n%s", strings.TrimSuffix(head.String(), ", "), body.String(), itemFragment)
}

func batchVariables(items []batchItem) map[string]any {
	vars := map[string]any{}
	for n, item := range items {
		for name, v := range item.vars {
			vars[name+strconv.Itoa(n)] = v
		}
	}
	return vars
}

// maxRounds is how often items that met a limit are sent again.
const maxRounds = 4

// do sends a batch, and what met a limit in it again, until every item has a
// result. An error means that the batch as a whole has none.
func (r *bulkRun) do(ctx context.Context, batch []batchItem) error {
	var results []BulkResult
	var left []batchItem
	for _, item := range batch {
		if item.err != nil {
			results = append(results, BulkResult{Index: item.index, Err: item.err})
			continue
		}
		left = append(left, item)
	}
	calls := 0
	defer func() { r.add(results, calls) }()
	for round := 0; len(left) > 0; round++ {
		calls++
		done, again, wait, err := r.send(ctx, left, round)
		results = append(results, done...)
		if err != nil {
			return err
		}
		if len(again) > 0 && round+1 >= maxRounds {
			for _, one := range again {
				results = append(results, BulkResult{Index: one.index, Err: one.err})
			}
			return nil
		}
		if left = again; len(left) > 0 {
			if err := sleep(ctx, max(wait, time.Second)); err != nil {
				return err
			}
		}
	}
	return nil
}

// send sends one request and sorts its results: done, or to be sent again
// under a new key.
func (r *bulkRun) send(ctx context.Context, items []batchItem, round int) (done []BulkResult, again []batchItem, wait time.Duration, err error) {
	op := &operation{Op: r.kind.op, document: r.kind.document(items)}
	var meta Meta
	call := Call{IdempotencyKey: r.key(items, round), APIVersion: r.APIVersion, Meta: &meta}
	req, err := r.c.request(op, batchVariables(items), call)
	if err != nil {
		return nil, nil, 0, err
	}
	req.Cost = r.c.cost.of(len(items))
	var data map[string]json.RawMessage
	err = r.c.send(ctx, op, req, call, &data)
	e, failed := errors.AsType[*Error](err)
	if err != nil && (!failed || !perItem(e, len(items))) {
		return nil, nil, 0, err
	}
	r.c.cost.learn(int(parseObject(data["complexity"]).number("query")), len(items), meta.Complexity.Limit)
	for n, item := range items {
		result, retry := itemResult(op, item, data["i"+strconv.Itoa(n)], e, n)
		if retry {
			item.err = result.Err
			again = append(again, item)
			continue
		}
		done = append(done, result)
	}
	if failed {
		wait = e.cause.RetryAfter
	}
	return done, again, wait, nil
}

// perItem reports whether every problem of an answer belongs to an item. Only
// an answer can be: without one the batch failed as a whole.
func perItem(e *Error, items int) bool {
	if len(e.Problems) == 0 {
		return false
	}
	for _, p := range e.Problems {
		if aliasOf(p, items) < 0 {
			return false
		}
	}
	return true
}

// aliasOf returns the number of the item that a problem belongs to, or -1.
func aliasOf(p Problem, items int) int {
	if len(p.Path) == 0 || !strings.HasPrefix(p.Path[0], "i") {
		return -1
	}
	n, err := strconv.Atoi(p.Path[0][1:])
	if err != nil || n < 0 || n >= items {
		return -1
	}
	return n
}

// itemResult reads what became of one item of a batch; again says that it did
// nothing and may pass later.
func itemResult(op *operation, item batchItem, raw json.RawMessage, e *Error, n int) (result BulkResult, again bool) {
	result.Index = item.index
	if len(raw) > 0 && string(raw) != "null" {
		if err := json.Unmarshal(raw, &result.Item); err == nil {
			return result, false
		}
	}
	var own []Problem
	if e != nil {
		for _, p := range e.Problems {
			if aliasOf(p, n+1) == n {
				own = append(own, p)
			}
		}
	}
	c, p := worst(own, 0)
	cause := &transport.Error{
		Op: op.Name, Method: "POST", Kind: c.kind, Outcome: transport.Rejected, Attempts: 1, Status: 200,
		Code: p.Code, Message: p.Message,
	}
	if e != nil {
		cause.RequestID = e.RequestID
	}
	if c.result == transport.ResultUnclear || len(own) == 0 {
		cause.Kind, cause.Outcome = transport.ErrUnavailable, transport.Unknown
	}
	result.Err = newError(cause, frame{errors: own})
	return result, c.result == transport.ResultRetry
}
