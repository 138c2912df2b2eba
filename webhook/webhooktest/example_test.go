package webhooktest_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/webhooktest"
)

// A test of your own store; here of one whose time is fake.
func ExampleTestStore() {
	test := func(t *testing.T) {
		t.Parallel()
		webhooktest.TestStore(t, webhooktest.StoreHarness{
			New:     func(*testing.T) webhook.Store { return webhook.NewMemoryStore() },
			Advance: func(_ *testing.T, _ webhook.Store, d time.Duration) { <-time.After(d) },
			Run: func(t *testing.T, name string, test func(*testing.T)) {
				t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
			},
		})
	}
	fmt.Printf("%T\n", test)
	// Output: func(*testing.T)
}

// A test of your own inbox, in a database: time passes by moving the times
// stored back.
func ExampleTestInbox() {
	var open func(t *testing.T, hook func([]webhook.Delivery) error) webhook.Inbox
	var age func(t *testing.T, in webhook.Inbox, d time.Duration)
	test := func(t *testing.T) {
		t.Parallel()
		webhooktest.TestInbox(t, webhooktest.InboxHarness{New: open, Advance: age})
	}
	fmt.Printf("%T\n", test)
	// Output: func(*testing.T)
}
