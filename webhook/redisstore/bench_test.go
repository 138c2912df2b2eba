package redisstore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/internal/load"
	"github.com/centrala-go/centrala/webhook/redisstore"
)

// BenchmarkStore_Once measures Begin and Complete on a real server.
func BenchmarkStore_Once(b *testing.B) {
	s := redisstore.New(realServer(b), "webhook-bench-"+rand.Text()+":")
	load.Run(b, load.Clients, b.N, func(ctx context.Context, i int) error {
		o, err := s.Begin(ctx, webhook.BeginRequest{Key: fmt.Sprint(i)})
		if err != nil {
			return err
		}
		return s.Complete(ctx, o.Claim, nil, time.Minute) // the keys remove themselves
	})
}
