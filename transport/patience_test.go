package transport_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func TestOp_Patience(t *testing.T) {
	t.Parallel()
	for patience, outcome := range map[time.Duration]transport.Outcome{
		0: transport.Unknown, 4 * time.Second: transport.Unknown, 6 * time.Second: transport.Done, -time.Hour: transport.Unknown,
	} {
		synctest.Test(t, func(t *testing.T) {
			fake := vendor()
			fake.Inject(transporttest.Fault{Stall: 15 * time.Second, After: true})
			c, err := transport.New(transport.Config{BaseURL: "https://vendor.test"}, transport.WithTransport(fake.Transport()),
				transport.WithAttemptTimeout(10*time.Second))
			require.NoError(t, err)
			start := time.Now()
			_, err = c.Do(t.Context(), &transport.Op{Name: "test.send", Patience: patience}, transport.Request{Body: []byte("{}")})
			require.Equal(t, outcome, transport.OutcomeOf(err), "%v: %v", patience, err)
			require.Equal(t, min(10*time.Second+max(patience, 0), 15*time.Second), time.Since(start))
		})
	}
}
