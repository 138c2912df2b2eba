package mondaytest

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// Limits are the quotas that the fake enforces. What is zero is not limited,
// and announced as plenty. Windows begin with the first request and last 60 s,
// as monday describes them; a day ends at 00:00 UTC.
//
// With any Limits the fake also enforces what holds on every plan: 5,000
// requests in 10 s from one address, and 40 calls a minute each of create_board
// and duplicate_group.
type Limits struct {
	RequestsPerMinute   int
	Concurrency         int
	ComplexityPerMinute int
	RequestsPerDay      int
}

// LowestPlan are the published quotas of the cheapest plan, for a personal
// token, without the daily one.
func LowestPlan() *Limits {
	return &Limits{RequestsPerMinute: 1000, Concurrency: 40, ComplexityPerMinute: 1_000_000}
}

const (
	maxQueryComplexity = 5_000_000
	maxPerAddress      = 5000
	maxCreations       = 40
	mutationCost       = 10_000 // what monday's page names for create_item
	queryCost          = 100
	itemCost           = 20
)

// usage counts what the limits bound; guarded by Server.mu.
type usage struct {
	minute, points window
	address        window
	creations      map[string]*window // by root field
	running        int
	day            string
	today          int // in tenths of a call
}

// window counts in a window that begins with the first use.
type window struct {
	start time.Time
	used  int
}

// left returns what remains of a minute's quota and when the minute ends.
func (w *window) left(limit int, now time.Time) (int, time.Duration) {
	return w.leftOf(limit, time.Minute, now)
}

func (w *window) leftOf(limit int, length time.Duration, now time.Time) (int, time.Duration) {
	if w.start.IsZero() || now.Sub(w.start) >= length {
		*w = window{start: now}
	}
	return limit - w.used, w.start.Add(length).Sub(now)
}

// enter counts a request in, or says which limit it meets. leave must follow
// when it returns nil.
func (s *Server) enter() *failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, u, now := s.cfg.Limits, &s.usage, time.Now()
	if l == nil {
		return nil
	}
	if day := now.UTC().Format(time.DateOnly); day != u.day {
		u.day, u.today = day, 0
	}
	if l.RequestsPerDay > 0 && u.today+callPrice > l.RequestsPerDay*callPrice {
		return &failure{code: "DAILY_LIMIT_EXCEEDED", message: "Daily limit exceeded", status: http.StatusTooManyRequests}
	}
	u.today += refusedPrice // the rest follows
	if left, reset := u.address.leftOf(maxPerAddress, 10*time.Second, now); left < 1 {
		return &failure{code: "IP_RATE_LIMIT_EXCEEDED", message: "Too many requests from this address", status: http.StatusTooManyRequests, retryAfter: seconds(reset)}
	}
	u.address.used++
	if l.RequestsPerMinute > 0 {
		left, reset := u.minute.left(l.RequestsPerMinute, now)
		if left < 1 {
			return &failure{code: "RATE_LIMIT_EXCEEDED", message: "Minute limit rate exceeded", status: http.StatusTooManyRequests, retryAfter: seconds(reset)}
		}
		u.minute.used++
	}
	if l.Concurrency > 0 && u.running >= l.Concurrency {
		return &failure{code: "maxConcurrencyExceeded", message: "Concurrency limit exceeded", status: http.StatusTooManyRequests, retryAfter: 1}
	}
	u.today += callPrice - refusedPrice
	u.running++
	return nil
}

// Prices in tenths of a call: a request that is refused, or asks for nothing
// but the complexity, costs one.
const (
	callPrice    = 10
	refusedPrice = 1
)

// refund takes back what a request that only asked for the complexity did not
// cost; the caller holds s.mu.
func (s *Server) refund(op *ast.OperationDefinition) {
	for _, sel := range op.SelectionSet {
		if f, ok := sel.(*ast.Field); !ok || f.Name != "complexity" {
			return
		}
	}
	s.usage.today -= callPrice - refusedPrice
}

// creation wraps a resolver of which 40 calls are allowed in a minute.
func creation(name string, create resolver) resolver {
	return func(x *run, args arguments) (any, error) {
		s := x.s
		if s.cfg.Limits == nil {
			return create(x, args)
		}
		if s.usage.creations == nil {
			s.usage.creations = map[string]*window{}
		}
		w := s.usage.creations[name]
		if w == nil {
			w = &window{}
			s.usage.creations[name] = w
		}
		if left, reset := w.left(maxCreations, time.Now()); left < 1 {
			return nil, &failure{
				code: "RATE_LIMIT_EXCEEDED", message: "Call limit exceeded for " + name, status: http.StatusTooManyRequests, retryAfter: seconds(reset),
			}
		}
		w.used++
		return create(x, args)
	}
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cfg.Limits != nil {
		s.usage.running--
	}
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// charge takes the complexity of an operation from the minute's budget; the
// caller holds s.mu.
func (x *run) charge(op *ast.OperationDefinition) *failure {
	x.cost = costOf(op, x.vars)
	if x.cost > maxQueryComplexity {
		return &failure{
			code: "ComplexityException", status: http.StatusTooManyRequests,
			message: fmt.Sprintf("Query has complexity of %d, which exceeds max complexity of %d", x.cost, maxQueryComplexity),
		}
	}
	limit, reset := x.s.pointsLeft()
	if limit >= 0 && x.cost > limit {
		return &failure{
			code: "COMPLEXITY_BUDGET_EXHAUSTED", message: "Complexity budget exhausted", status: http.StatusTooManyRequests,
			ext: map[string]any{"retry_in_seconds": seconds(reset)},
		}
	}
	x.before = max(limit, 0)
	x.s.usage.points.used += x.cost
	return nil
}

// pointsLeft returns what is left of the complexity budget, -1 without one.
func (s *Server) pointsLeft() (int, time.Duration) {
	if s.cfg.Limits == nil || s.cfg.Limits.ComplexityPerMinute == 0 {
		return -1, time.Minute
	}
	return s.usage.points.left(s.cfg.Limits.ComplexityPerMinute, time.Now())
}

// costOf adds up the root fields: a mutation has a price, a query one that
// grows with the items it may return.
func costOf(op *ast.OperationDefinition, vars map[string]any) int {
	cost := 1
	for _, sel := range op.SelectionSet {
		f, ok := sel.(*ast.Field)
		switch {
		case !ok, f.Name == "complexity":
		case op.Operation == ast.Mutation:
			cost += mutationCost
		default:
			cost += queryCost + itemCost*limitOf(f, vars)
		}
	}
	return cost
}

// limitOf finds the largest page size at or below a field.
func limitOf(f *ast.Field, vars map[string]any) int {
	n := arguments(f.ArgumentMap(vars)).number("limit")
	for _, sel := range f.SelectionSet {
		if sub, ok := sel.(*ast.Field); ok && sub.Definition != nil {
			n = max(n, limitOf(sub, vars))
		}
	}
	return n
}

func budget(x *run, _ arguments) (any, error) {
	left, reset := x.s.pointsLeft()
	return node{
		"__typename": "Complexity", "before": x.before, "query": x.cost, "after": max(left, 0), "reset_in_x_seconds": seconds(reset),
	}, nil
}

func platformAPI(x *run, _ arguments) (any, error) {
	total := 1000
	if l := x.s.cfg.Limits; l != nil && l.RequestsPerDay > 0 {
		total = l.RequestsPerDay
	}
	return node{"__typename": "PlatformApi", "daily_limit": node{"__typename": "DailyLimit", "base": total, "total": total}}, nil
}

// plenty is announced for what is not limited, so that no client holds back.
const plenty = 1_000_000_000

// announce sets the rate headers; the caller holds s.mu.
func (s *Server) announce(h http.Header) {
	var l Limits
	if s.cfg.Limits != nil {
		l = *s.cfg.Limits
	}
	u, now := &s.usage, time.Now()
	minute, minuteLeft, _ := quota(&u.minute, l.RequestsPerMinute, now)
	points, pointsLeft, reset := quota(&u.points, l.ComplexityPerMinute, now)
	policy := []string{fmt.Sprintf(`"minuteRate";q=%d;w=60`, minute)}
	state := []string{fmt.Sprintf(`"minuteRate";r=%d`, minuteLeft)}
	if l.Concurrency > 0 {
		policy = append(policy, fmt.Sprintf(`"concurrency";q=%d;qu="concurrent-requests"`, l.Concurrency))
		state = append(state, fmt.Sprintf(`"concurrency";r=%d`, max(l.Concurrency-u.running, 0)))
	}
	policy = append(policy, fmt.Sprintf(`"complexityMinute";q=%d;w=60;qu="content-bytes"`, points))
	state = append(state, fmt.Sprintf(`"complexityMinute";r=%d;t=%d`, pointsLeft, seconds(reset)))
	h.Set("RateLimit-Policy", strings.Join(policy, ", "))
	h.Set("RateLimit", strings.Join(state, ", "))
}

// quota is a limit with what is left of it.
func quota(w *window, limit int, now time.Time) (total, left int, reset time.Duration) {
	if limit == 0 {
		return plenty, plenty, time.Minute
	}
	left, reset = w.left(limit, now)
	return limit, max(left, 0), reset
}
