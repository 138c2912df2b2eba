package chatfuel_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/chatfuel"
	"github.com/centrala-go/centrala/chatfuel/chatfueltest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// A vendor that fails about every third request: nobody gets a message twice,
// and what the client says is what the vendor did.
func TestClient_Send_Storm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, chatfueltest.Config{})
		b.srv.InjectSeeded(7,
			transporttest.Fault{Probability: 0.08, Reset: true},
			transporttest.Fault{Probability: 0.08, Reset: true, After: true},
			transporttest.Fault{Probability: 0.05, Refuse: true},
			transporttest.Fault{Probability: 0.05, Status: 503},
			transporttest.Fault{Probability: 0.05, Status: 429},
			transporttest.Fault{Probability: 0.05, Status: 200, Body: `{"success":false,"result":"no"}`},
			transporttest.Fault{Probability: 0.03, Stall: time.Hour, After: true},
		)
		said := map[string]transport.Outcome{}
		for i := range 500 {
			user := strconv.Itoa(i)
			_, err := b.c.Send(t.Context(), chatfuel.SendRequest{UserID: user, BlockName: "x"})
			said[user] = transport.OutcomeOf(err)
		}
		got := map[string]int{}
		for _, m := range b.srv.Messages() {
			got[m.UserID]++
		}
		count := map[transport.Outcome]int{}
		for user, outcome := range said {
			count[outcome]++
			switch outcome {
			case transport.Done:
				require.Equal(t, 1, got[user])
			case transport.Rejected, transport.NotSent:
				require.Zero(t, got[user])
			case transport.Unknown:
				require.LessOrEqual(t, got[user], 1)
			}
		}
		require.Greater(t, count[transport.Done], 300)
		require.NotZero(t, count[transport.Unknown])
		require.NotZero(t, count[transport.Rejected])
	})
}
