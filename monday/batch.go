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

// batchable is a request that can be part of a batch.
type batchable interface {
	variables(op string) (map[string]any, error)
	// inBatch refuses what a request can only set for itself alone.
	inBatch(op string) error
	// check refuses columns that the board would refuse, when that is wanted.
	check(ctx context.Context, c *Client) error
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
	name: "monday.create_items", op: batchOp("create_items"), field: "create_item",
	vars: []batchVar{
		{"board", "ID!", "board_id"}, {"name", "String!", "item_name"}, {"group", "String", "group_id"},
		{"columns", "JSON", "column_values"}, {"create_labels", "Boolean", "create_labels_if_missing"},
		{"position", "PositionRelative", "position_relative_method"}, {"relative_to", "ID", "relative_to"},
	},
}

var changeBatch = batchKind{
	name: "monday.update_items", op: batchOp("update_items"), field: "change_multiple_column_values",
	vars: []batchVar{
		{"board", "ID!", "board_id"}, {"item", "ID", "item_id"}, {"columns", "JSON!", "column_values"},
		{"create_labels", "Boolean", "create_labels_if_missing"},
	},
}

func batchOp(name string) transport.Op {
	op := mutationOp(name)
	op.Judge = judgeBatch
	return op
}

// batchItem is an item on its way.
type batchItem struct {
	index int
	vars  map[string]any
	size  int
	err   error // refused before it was sent
}

func (k *batchKind) prepare(index int, item batchable) batchItem {
	vars, err := item.variables(k.name)
	if err == nil {
		err = item.inBatch(k.name)
	}
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

const (
	// maxRounds is how often items that met a limit are sent again, maxPause how
	// long is waited for it.
	maxRounds = 4
	maxPause  = time.Minute
)

// do sends a batch, and what met a limit in it again. An error means that the
// batch as a whole failed, and ends the run.
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
		switch {
		case err != nil && round == 0 && transport.OutcomeOf(err) != transport.Unknown:
			r.hold(left, err)
			return err
		case err != nil:
			results = append(results, givenUp(left, err)...)
			return err
		}
		if left = again; len(left) > 0 && !pause(ctx, round, wait) {
			results = append(results, givenUp(left, nil)...)
			return ctx.Err()
		}
	}
	return nil
}

// pause waits before items are sent again, unless that was done often enough
// or would take too long.
func pause(ctx context.Context, round int, wait time.Duration) bool {
	wait = max(wait, time.Second)
	if d, ok := ctx.Deadline(); ok && time.Until(d) < wait {
		return false
	}
	return round+1 < maxRounds && wait <= maxPause && sleep(ctx, wait) == nil
}

// givenUp are the results of items that are not sent again: what is unknown
// about their batch, else why they themselves were refused.
func givenUp(items []batchItem, err error) []BulkResult {
	results := make([]BulkResult, 0, len(items))
	for _, item := range items {
		if item.err == nil || (err != nil && transport.OutcomeOf(err) == transport.Unknown) {
			item.err = err
		}
		results = append(results, BulkResult{Index: item.index, Err: item.err})
	}
	return results
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
	t, err := r.c.send(ctx, op, req, call, &data)
	e, failed := errors.AsType[*Error](err)
	if err != nil && (!failed || e.cause.Outcome != transport.Done && !perItem(e.Problems, len(items))) {
		return nil, nil, 0, err
	}
	r.c.cost.learn(int(parseObject(data["complexity"]).number("query")), len(items), meta.Complexity.Limit)
	var problems []Problem
	if failed {
		problems, wait = e.Problems, e.cause.RetryAfter
		t = told{e.RequestID, e.cause.Status, e.cause.Attempts}
	}
	for n, item := range items {
		result, retry := itemResult(op, t, item, data["i"+strconv.Itoa(n)], problemsOf(problems, n))
		if retry {
			item.err = result.Err
			again = append(again, item)
			continue
		}
		done = append(done, result)
	}
	return done, again, wait, nil
}

// perItem reports whether there are problems and every one belongs to an item.
func perItem(problems []Problem, items int) bool {
	for _, p := range problems {
		if aliasOf(p, items) < 0 {
			return false
		}
	}
	return len(problems) > 0
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

// problemsOf returns the problems of one item.
func problemsOf(problems []Problem, n int) []Problem {
	var own []Problem
	for _, p := range problems {
		if aliasOf(p, n+1) == n {
			own = append(own, p)
		}
	}
	return own
}

// itemResult reads what became of one item of a batch; again says that it did
// nothing and may pass later. An item that is neither there nor refused is
// unknown.
func itemResult(op *operation, t told, item batchItem, raw json.RawMessage, own []Problem) (result BulkResult, again bool) {
	result.Index = item.index
	f := frame{errors: own}
	if len(raw) > 0 && string(raw) != "null" {
		if err := json.Unmarshal(raw, &result.Item); err != nil {
			result.Err = undecodable(op, t, f, err)
		} else if len(own) > 0 {
			result.Err = partial(op, t, f)
		}
		return result, false
	}
	c, p := worst(own, t.status)
	cause := answered(op, t, 0, c.kind, p)
	cause.Outcome, cause.Temporary = transport.Rejected, c.result == transport.ResultRetry
	if c.result == transport.ResultUnclear || len(own) == 0 {
		cause.Kind, cause.Outcome = transport.ErrUnavailable, transport.Unknown
	}
	result.Err = newError(cause, f)
	return result, c.result == transport.ResultRetry
}
