package bench

import (
	"context"
	"testing"

	"github.com/centrala-go/centrala/transport"
)

func benchmarkPost(b *testing.B, post poster) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if id, err := post(context.Background()); err != nil || id == "" {
			b.Fatal(id, err)
		}
	}
}

var posterNames = []string{"net/http", "centrala without attempt timeout", "centrala", "go-retryablehttp", "heimdall", "failsafe-go", "resty v3", "openai-go"}

// BenchmarkPost is the same POST of a small JSON object through each client,
// without a network.
func BenchmarkPost(b *testing.B) {
	all := posters(b, "https://vendor.test", memory{200, createdJSON})
	all["centrala without attempt timeout"] = ours(b, "https://vendor.test", memory{200, createdJSON}, transport.WithAttemptTimeout(0))
	for _, name := range posterNames {
		b.Run(name, func(b *testing.B) { benchmarkPost(b, all[name]) })
	}
}

// BenchmarkPostLoopback is the same over TCP.
func BenchmarkPostLoopback(b *testing.B) {
	rt := pooled()
	defer rt.CloseIdleConnections()
	base := loopback(b)
	all := posters(b, base, rt)
	all["centrala"] = ours(b, base, nil)
	all["centrala without attempt timeout"] = ours(b, base, nil, transport.WithAttemptTimeout(0))
	for _, name := range posterNames {
		b.Run(name, func(b *testing.B) { benchmarkPost(b, all[name]) })
	}
}
