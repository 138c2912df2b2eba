package webhook_test

import (
	"testing"
	"testing/synctest"
	"time"

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
