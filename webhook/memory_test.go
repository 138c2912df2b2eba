package webhook_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/webhooktest"
)

func TestMemoryStore(t *testing.T) {
	t.Parallel()
	webhooktest.TestStore(t, webhooktest.StoreHarness{
		New:     func(*testing.T) webhook.Store { return webhook.NewMemoryStore() },
		Advance: func(_ *testing.T, _ webhook.Store, d time.Duration) { <-time.After(d) }, // fake time
		Run: func(t *testing.T, name string, test func(*testing.T)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, test)
			})
		},
	})
}

func TestMemoryStore_DropsExpiredKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := webhook.NewMemoryStore()
		fill := func(name string) {
			for i := range 10_000 {
				o, err := s.Begin(t.Context(), webhook.BeginRequest{Key: fmt.Sprint(name, i)})
				require.NoError(t, err)
				require.NoError(t, s.Complete(t.Context(), o.Claim, nil, time.Minute))
			}
		}
		fill("old")
		time.Sleep(time.Hour)
		fill("new")
		left, err := s.Purge(t.Context(), 20_000)
		require.NoError(t, err)
		require.Less(t, left, 3000, "of 10,000 expired keys")
	})
}
