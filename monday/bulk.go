package monday

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"sync"

	"github.com/centrala-go/centrala/transport"
)

// Bulk says how a number of items is written. The zero value is fine.
type Bulk struct {
	// BatchSize is how many items go into one request at most, 1 to 50; 0 means
	// 25, which stays within monday's published complexity and its 60 s for a
	// call. Batches are made smaller so that they fill the minute's complexity
	// evenly, once an answer has told what an item costs (not with a Key, which
	// wants the same batches each time), and when their values are large.
	BatchSize int
	// Parallel is how many batches are under way at once; 0 means 1. monday
	// advises one at a time for a board: parallel writes meet its locks.
	Parallel int
	// Key makes the run repeatable: batches and imports are sent under keys
	// derived from it, so that running the same items again within 30 minutes,
	// after a crash for example, doubles none. "" means random keys.
	Key string
	// From leaves out the items before this index, to go on where an earlier run
	// ended; see BulkReport.Next.
	From int
	// IngestFrom makes CreateItems import the items, as IngestItems does, when
	// there are at least that many and all go into one board and group and into
	// cells, and when the API version has imports; 0 never does. All items are
	// then held in memory, and the results name the items without their other
	// fields.
	IngestFrom int
	// Progress is told after each batch, one call at a time.
	Progress func(BulkProgress)
	// APIVersion replaces the client's.
	APIVersion string
}

const (
	defaultBatch = 25
	maxBatch     = 50
	// maxBatchBytes bounds the values of a batch.
	maxBatchBytes = 512 << 10
)

// BulkProgress is what Bulk.Progress is told.
type BulkProgress struct {
	// Done counts the items that have a result, Failed those among them that
	// have an error, of this run.
	Done, Failed int
	// Results are those of the batch.
	Results []BulkResult
}

// BulkResult is what became of one item.
type BulkResult struct {
	// Index is the item's place in the input.
	Index int
	// Item is what monday returned; its ID is empty when it returned none.
	Item Item
	// Err is why there is no item. transport.OutcomeOf tells whether it may exist
	// all the same, and Done that it does: monday only had errors beside it.
	Err error
}

// BulkReport is what became of all items.
type BulkReport struct {
	// Results are in the order of the input.
	Results []BulkResult
	// Next is the index of the first item without a result: where to go on, with
	// Bulk.From, when the run ended early. All from there on did nothing.
	Next int
	// Calls is how many batches were sent.
	Calls int
}

// Failed returns the results that have an error.
func (r BulkReport) Failed() []BulkResult {
	return slices.DeleteFunc(slices.Clone(r.Results), func(b BulkResult) bool { return b.Err == nil })
}

// CreateItems creates any number of items; pass a slice as
// slices.Values(list). Each batch is one request with many mutations, which
// monday runs in order and not as a whole: every item has a result of its own,
// and those that met a limit or a lock are sent again in a batch of their own.
//
// The error is that of a batch that failed as a whole (no permission, network
// down, ctx over); the report then tells what happened until then. Items of a
// batch whose outcome is unknown have results that match
// transport.ErrOutcomeUnknown: look them up by a unique value before sending
// them again, or run them again with the same Key.
func (c *Client) CreateItems(ctx context.Context, items iter.Seq[CreateItemRequest], b Bulk) (BulkReport, error) {
	if b.IngestFrom <= 0 {
		return runBulk(ctx, c, &createBatch, items, b)
	}
	if err := b.validate(createBatch.name); err != nil {
		return BulkReport{}, err
	}
	all := slices.Collect(items)
	if rows, ok := importable(all); ok && len(all)-b.From >= b.IngestFrom && c.imports(b) {
		return c.ingestAll(ctx, all[0], rows, b)
	}
	return runBulk(ctx, c, &createBatch, slices.Values(all), b)
}

// UpdateItems changes any number of items, as CreateItems creates them.
func (c *Client) UpdateItems(ctx context.Context, items iter.Seq[ChangeColumnValuesRequest], b Bulk) (BulkReport, error) {
	return runBulk(ctx, c, &changeBatch, items, b)
}

func (b Bulk) validate(op string) error {
	switch {
	case b.BatchSize < 0 || b.BatchSize > maxBatch:
		return transport.Invalid(op, "BatchSize", "is %d, want 1 to %d", b.BatchSize, maxBatch)
	case b.Parallel < 0:
		return transport.Invalid(op, "Parallel", "is negative")
	case b.From < 0:
		return transport.Invalid(op, "From", "is negative")
	}
	return nil
}

// bulkRun is a run under way.
type bulkRun struct {
	c    *Client
	kind *batchKind
	Bulk
	slots chan struct{}

	mu     sync.Mutex
	report BulkReport
	held   []BulkResult // of batches that failed as a whole and did nothing
	failed int
	err    error
}

// runBulk cuts the items into batches and runs them.
func runBulk[T batchable](ctx context.Context, c *Client, kind *batchKind, items iter.Seq[T], b Bulk) (BulkReport, error) {
	if err := b.validate(kind.name); err != nil {
		return BulkReport{}, err
	}
	run := &bulkRun{c: c, kind: kind, Bulk: b, slots: make(chan struct{}, max(b.Parallel, 1))}
	var wg sync.WaitGroup
	for batch := range run.batches(ctx, anyItem(items)) {
		wg.Go(func() {
			defer func() { <-run.slots }()
			if err := run.do(ctx, batch); err != nil {
				run.stop(err) // those under way are not cut off: they may be taking effect
			}
		})
	}
	wg.Wait()
	return run.finish()
}

func anyItem[T batchable](items iter.Seq[T]) iter.Seq[batchable] {
	return func(yield func(batchable) bool) {
		for i := range items {
			if !yield(i) {
				return
			}
		}
	}
}

func (r *bulkRun) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err != nil
}

// stop keeps the first error.
func (r *bulkRun) stop(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}

// add books the results of a batch.
func (r *bulkRun) add(results []BulkResult, calls int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Calls += calls
	r.report.Results = append(r.report.Results, results...)
	for _, one := range results {
		if one.Err != nil {
			r.failed++
		}
	}
	if r.Progress != nil && len(results) > 0 {
		r.Progress(BulkProgress{Done: len(r.report.Results), Failed: r.failed, Results: results})
	}
}

// hold keeps the results of a batch that did nothing. They count only when a
// later item has one: who goes on at Next must not send that one again.
func (r *bulkRun) hold(batch []batchItem, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, item := range batch {
		r.held = append(r.held, BulkResult{Index: item.index, Err: err})
	}
}

func (r *bulkRun) finish() (BulkReport, error) {
	last := -1
	for _, one := range r.report.Results {
		last = max(last, one.Index)
	}
	for _, one := range r.held {
		if one.Index < last {
			r.report.Results = append(r.report.Results, one)
		}
	}
	slices.SortFunc(r.report.Results, func(a, b BulkResult) int { return a.Index - b.Index })
	r.report.Next = r.From
	for _, one := range r.report.Results {
		if one.Index != r.report.Next {
			break
		}
		r.report.Next++
	}
	return r.report, r.err
}

// batches cuts the input. A batch is cut when it may be sent, so that its size
// can follow what earlier ones have cost; its slot is taken then.
func (r *bulkRun) batches(ctx context.Context, items iter.Seq[batchable]) iter.Seq[[]batchItem] {
	return func(yield func([]batchItem) bool) {
		var batch []batchItem
		index, bytes, size := -1, 0, 0
		flush := func() bool { return len(batch) == 0 || yield(batch) }
		for item := range items {
			if index++; index < r.From {
				continue
			}
			one := r.kind.prepare(index, item)
			if err := r.check(ctx, item, &one); err != nil {
				r.stop(err)
				break
			}
			if len(batch) > 0 && (len(batch) == size || bytes+one.size > maxBatchBytes) {
				if !flush() {
					return
				}
				batch, bytes = nil, 0
			}
			if len(batch) == 0 {
				r.slots <- struct{}{}
				if r.stopped() {
					<-r.slots
					return
				}
				size = r.size()
			}
			batch, bytes = append(batch, one), bytes+one.size
		}
		flush()
	}
}

// check compares an item with its board, when that is wanted. An error is that
// of reading the board.
func (r *bulkRun) check(ctx context.Context, item batchable, one *batchItem) error {
	var err error
	if one.err == nil {
		err = item.check(ctx, r.c)
	}
	if _, refused := errors.AsType[*transport.FieldError](err); refused {
		one.err, err = err, nil
	}
	return err
}

// size is how many items the next batch may have.
func (r *bulkRun) size() int {
	size := r.BatchSize
	if size == 0 {
		size = defaultBatch
	}
	if r.Key != "" {
		return size
	}
	return r.c.cost.fit(size)
}

// key is the idempotency key of a batch: the same for the same batch and round
// of a repeated run.
func (r *bulkRun) key(batch []batchItem, round int) string {
	if r.Key == "" {
		return ""
	}
	return r.Key + "/" + strconv.Itoa(batch[0].index) + "-" + strconv.Itoa(batch[len(batch)-1].index) + "/" + strconv.Itoa(round)
}
