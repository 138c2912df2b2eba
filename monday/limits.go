package monday

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// Limits are the quotas of an account; see monday's page "Rate limits". Zero
// fields start at the lowest plan. Concurrency and the quotas per minute are
// then learned from the RateLimit headers of monday's answers, and what other
// programs use of the latter is left to them. All counting is per account and app: clients that share
// an account should share limiters through transport.WithLimiters.
type Limits struct {
	// RequestsPerMinute is 1,000; 2,500 on Pro; 5,000 on Enterprise.
	RequestsPerMinute int
	// Concurrency is how many requests may be under way: 40; 100 on Pro; 250 on
	// Enterprise.
	Concurrency int
	// ComplexityPerMinute is 1,000,000 on trial and free accounts; 10,000,000
	// for personal tokens and 5,000,000 for apps otherwise.
	ComplexityPerMinute int
	// RequestsPerDay refuses calls beyond it with transport.ErrQuota, without
	// sending them, until midnight UTC; 0 leaves it to monday to refuse.
	RequestsPerDay int
}

func (l Limits) validate() error {
	for _, f := range []struct {
		name  string
		value int
	}{
		{"RequestsPerMinute", l.RequestsPerMinute}, {"Concurrency", l.Concurrency},
		{"ComplexityPerMinute", l.ComplexityPerMinute}, {"RequestsPerDay", l.RequestsPerDay},
	} {
		if f.value < 0 {
			return transport.Invalid("monday.New", "Limits."+f.name, "is negative")
		}
	}
	return nil
}

// The quotas of the lowest plan.
const (
	lowestPerMinute   = 1000
	lowestConcurrency = 40
	lowestComplexity  = 1_000_000
)

// limiters makes the limiters in the order of acquisition: those that can be
// waited for longest first, the slot last.
func (l Limits) limiters() []transport.Limiter {
	perMinute, slots, points := l.RequestsPerMinute, l.Concurrency, l.ComplexityPerMinute
	if perMinute == 0 {
		perMinute = lowestPerMinute
	}
	if slots == 0 {
		slots = lowestConcurrency
	}
	if points == 0 {
		points = lowestComplexity
	}
	list := []transport.Limiter{
		transport.NewWindow(points, time.Minute, transport.Learn("complexityMinute")),
		transport.PerRequest(transport.NewWindow(perMinute, time.Minute, transport.Learn("minuteRate"))),
		transport.NewLearnedConcurrency(slots, "concurrency"),
	}
	if l.RequestsPerDay > 0 {
		list = append([]transport.Limiter{transport.PerRequest(transport.NewDaily(l.RequestsPerDay, time.UTC))}, list...)
	}
	return list
}

// firstItemCost is what monday's page names for creating or changing an item;
// more has been seen.
const firstItemCost = 10_000

// callCosts are the points that the last call of each operation cost.
type callCosts struct{ byOp sync.Map }

// of returns the last cost, 0 when unknown.
func (c *callCosts) of(op string) int {
	points, _ := c.byOp.Load(op)
	n, _ := points.(int)
	return n
}

func (c *callCosts) learn(op string, points int) {
	if points > 0 {
		c.byOp.Store(op, min(points, maxQueryPoints))
	}
}

// maxQueryPoints is what one request may cost.
const maxQueryPoints = 5_000_000

// manyBatches is from how many batches a minute on their size does not matter.
const manyBatches = 20

// itemCost is what one item of a batch costs in points, and how many there are
// in a minute, as measured; 0 as long as it is not.
type itemCost struct{ points, budget atomic.Int64 }

// of estimates a batch.
func (c *itemCost) of(items int) int {
	points := int(c.points.Load())
	if points == 0 {
		points = firstItemCost
	}
	return points * items
}

// learn takes the cost of a batch over, rounded up, and the minute's budget.
func (c *itemCost) learn(points, items, budget int) {
	if points > 0 && items > 0 {
		c.points.Store(int64((min(points, maxQueryPoints) + items - 1) / items))
	}
	if budget > 0 {
		c.budget.Store(int64(budget))
	}
}

// fit returns the batch size up to size with which batches fill a minute's
// budget best: as many equal ones as it takes.
func (c *itemCost) fit(size int) int {
	points, budget := int(c.points.Load()), int(c.budget.Load())
	if points == 0 || budget == 0 {
		return size
	}
	size = max(min(size, maxQueryPoints/points), 1)
	perMinute := max(budget/points, 1)
	if perMinute >= manyBatches*size {
		return size // what a whole batch more or less would fill is little
	}
	batches := (perMinute + size - 1) / size
	return max(perMinute/batches, 1)
}
