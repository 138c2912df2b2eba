package transport_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// queue is a limiter in which every attempt but the first waits long.
type queue struct {
	wait time.Duration
	been bool
}

func (q *queue) Acquire(context.Context, int) (transport.Permit, error) {
	if q.been {
		<-time.After(q.wait) // in fake time
	}
	q.been = true
	return transport.Permit{}, nil
}

func (q *queue) Settle(transport.Permit, transport.Feedback) {}

// A key protects as long as the vendor remembers it: after an unknown outcome
// nothing is sent later than that, however long a limiter or a hint takes.
func TestOp_KeyLife(t *testing.T) {
	t.Parallel()
	lost := transporttest.Fault{Reset: true, After: true}
	for name, tc := range map[string]struct {
		fault   transporttest.Fault
		wait    time.Duration
		outcome transport.Outcome
		sent    int
	}{
		"in time":             {lost, 29 * time.Minute, transport.Done, 2},
		"too late":            {lost, 30 * time.Minute, transport.Unknown, 1},
		"nothing was done":    {transporttest.Fault{Status: 429}, 40 * time.Minute, transport.Done, 2},
		"nothing was sent":    {transporttest.Fault{Refuse: true}, 40 * time.Minute, transport.Done, 1},
		"a hint, in time":     {transporttest.Fault{Status: 500, Header: map[string][]string{"Retry-After": {"1740"}}}, 0, transport.Done, 2},
		"a hint of the limit": {transporttest.Fault{Status: 500, Header: map[string][]string{"Retry-After": {"1800"}}}, 0, transport.Unknown, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake := vendor()
				fake.Inject(tc.fault)
				c, err := transport.New(transport.Config{BaseURL: "https://vendor.test"}, transport.WithTransport(fake.Transport()),
					transport.WithLimiters(&queue{wait: tc.wait}), transport.WithMaxWait(time.Hour), transport.WithBackoff(time.Second, time.Second))
				require.NoError(t, err)
				op := transport.Op{Name: "test.create", Safety: transport.Keyed, KeyHeader: "Idempotency-Key", KeyLife: 30 * time.Minute}
				_, err = c.Do(t.Context(), &op, transport.Request{Body: []byte("{}"), Key: "k"})
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Len(t, fake.Requests(), tc.sent)
			})
		})
	}
}
