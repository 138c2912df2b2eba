package redisstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/redisstore"
)

func ExampleNew() {
	server, err := miniredis.Run() // your Redis
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	ctx, client := context.Background(), redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()

	s := redisstore.New(client, "shop:webhook:")
	o, err := s.Begin(ctx, webhook.BeginRequest{Key: "evt_1", Lease: time.Minute})
	fmt.Println(o.State, err)
	fmt.Println(s.Extend(ctx, o.Claim, time.Hour))
	fmt.Println(s.Complete(ctx, o.Claim, []byte("result"), time.Hour))
	fmt.Println(s.Release(ctx, o.Claim, webhook.Release{}))
	outcomes, err := s.BeginBatch(ctx, []webhook.BeginRequest{{Key: "evt_1"}, {Key: "evt_2"}})
	fmt.Println(outcomes[0].State, outcomes[1].State, err)
	fmt.Println(s.Reopen(ctx, "evt_1"))
	fmt.Println(s.Purge(ctx, 1000))
	// Output:
	// acquired <nil>
	// <nil>
	// <nil>
	// webhook: lease lost
	// done acquired <nil>
	// webhook: not found
	// 0 <nil>
}

func ExampleNewLimiter() {
	server, err := miniredis.Run() // your Redis
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()

	l, err := redisstore.NewLimiter(client, "shop:limit:", 0.1, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		wait, err := l.Take(context.Background(), "198.51.100.7")
		fmt.Println(wait.Round(time.Second), err)
	}
	// Output:
	// 0s <nil>
	// 0s <nil>
	// 10s <nil>
}
