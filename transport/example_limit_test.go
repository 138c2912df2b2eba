package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// Two clients that share a limiter share the vendor's quota.
func ExampleNewWindow() {
	fake := vendor()
	account := transport.NewWindow(2, time.Minute)
	var clients [2]*transport.Client
	for i := range clients {
		clients[i] = must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"},
			transport.WithTransport(fake.Transport()), transport.WithLimiters(account)))
	}
	get := &transport.Op{Name: "acme.get", Safety: transport.Read}
	for i := range 3 {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		_, err := clients[i%2].Do(ctx, get, transport.Request{})
		fmt.Println(errors.Is(err, transport.ErrRateLimited), transport.OutcomeOf(err))
		cancel()
	}
	// Output:
	// false done
	// false done
	// true not-sent
}

// Half of a quota of points, with what the vendor says about it.
func ExampleShare() {
	points := transport.NewWindow(1000, time.Minute, transport.FixedWindow(), transport.Learn("complexity"), transport.Share(0.5))
	permit, err := points.Acquire(context.Background(), 800)
	fmt.Println(permit.Cost, err)
	points.Settle(permit, transport.Feedback{Sent: true, Cost: 20}) // it was cheaper than thought
	permit, err = points.Acquire(context.Background(), 480)
	fmt.Println(permit.Cost, err)
	// Output:
	// 500 <nil>
	// 480 <nil>
}

func ExampleNewBucket() {
	bucket := transport.NewBucket(10, 2)
	for range 2 {
		_, err := bucket.Acquire(context.Background(), 1)
		fmt.Println(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := bucket.Acquire(ctx, 1)
	fmt.Println(errors.Is(err, transport.ErrRateLimited), errors.Is(err, context.DeadlineExceeded))
	// Output:
	// <nil>
	// <nil>
	// true true
}

func ExampleNewConcurrency() {
	slots := transport.NewConcurrency(1)
	permit, err := slots.Acquire(context.Background(), 1)
	fmt.Println(permit.Cost, err)
	slots.Settle(permit, transport.Feedback{Sent: true})
	_, err = slots.Acquire(context.Background(), 1)
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// <nil>
}

func ExampleNewLearnedConcurrency() {
	slots := transport.NewLearnedConcurrency(1, "concurrency")
	first, _ := slots.Acquire(context.Background(), 1)
	slots.Settle(first, transport.Feedback{Sent: true, Header: http.Header{"Ratelimit-Policy": {`"concurrency";q=2`}}})
	for range 2 {
		_, err := slots.Acquire(context.Background(), 1)
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// <nil>
}

func ExampleNewDaily() {
	quota := transport.NewDaily(1, time.UTC)
	_, err := quota.Acquire(context.Background(), 1)
	fmt.Println(err)
	_, err = quota.Acquire(context.Background(), 1)
	fmt.Println(errors.Is(err, transport.ErrQuota), errors.Is(err, transport.ErrRateLimited))
	// Output:
	// <nil>
	// true false
}

func ExampleNewLearned() {
	limit := transport.NewLearned(1, "")
	permit, err := limit.Acquire(context.Background(), 1)
	fmt.Println(err)
	limit.Settle(permit, transport.Feedback{Sent: true, Header: http.Header{"Ratelimit": {`"default";r=1;t=60`}}})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for range 2 {
		_, err = limit.Acquire(ctx, 1)
		fmt.Println(errors.Is(err, transport.ErrRateLimited))
	}
	// Output:
	// <nil>
	// false
	// true
}

func ExamplePerRequest() {
	requests := transport.PerRequest(transport.NewWindow(10, time.Minute))
	permit, err := requests.Acquire(context.Background(), 5000) // points, which this limit does not count
	fmt.Println(permit.Cost, err)
	// Output: 1 <nil>
}

func ExampleAsBackground() {
	fake := vendor()
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"},
		transport.WithTransport(fake.Transport()), transport.WithLimiters(transport.NewWindow(60, time.Minute))))
	nightly := transport.AsBackground(context.Background())
	_, err := c.Do(nightly, &transport.Op{Name: "acme.export", Safety: transport.Read}, transport.Request{})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleBudgetFromHeader() {
	h := http.Header{}
	h.Set("RateLimit-Policy", `"burst";q=100;w=60, "daily";q=1000;w=86400`)
	h.Set("RateLimit", `"burst";r=50;t=30`)
	b := transport.BudgetFromHeader(h, "burst", time.Now())
	fmt.Println(b.Limit, b.Window, b.Remaining, b.Known, b.Reset)
	// Output: 100 1m0s 50 true 31s
}
