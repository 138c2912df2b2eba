package booksy_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/booksy"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// A vendor that fails about every third request: what the client says about
// each booking must be what the vendor holds.
func TestClient_Create_Storm(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string]booksytest.Config{"read back": listed, "at most once": guide} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, fake)
				b.srv.InjectSeeded(7,
					transporttest.Fault{Probability: 0.08, Reset: true},
					transporttest.Fault{Probability: 0.08, Reset: true, After: true},
					transporttest.Fault{Probability: 0.05, Status: 503},
					transporttest.Fault{Probability: 0.05, Status: 502, After: true},
					transporttest.Fault{Probability: 0.05, Status: 429},
					transporttest.Fault{Probability: 0.03, Stall: time.Hour, After: true},
				)
				outcomes := map[transport.Outcome]int{}
				for i := range 320 {
					r := jan
					r.Date = time.Date(2026, 11, 1+i/16, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
					r.Time = fmt.Sprintf("%02d:%02d", 9+i%16/2, i%2*30)
					r.CustomerPhone = fmt.Sprintf("+48600%06d", i)
					a, err := b.c.Create(t.Context(), r)
					outcome := transport.OutcomeOf(err)
					outcomes[outcome]++
					require.NotErrorIs(t, err, booksy.ErrSlotTaken, "each slot is asked for once")
					agrees(t, b.srv, r, a, outcome)
				}
				require.Greater(t, outcomes[done], 200)
				if fake.ListPath != "" {
					require.LessOrEqual(t, outcomes[unknown], 3, "only where reading back failed too")
					return
				}
				require.NotZero(t, outcomes[unknown])
			})
		})
	}
}

// agrees compares what the client said with what the vendor holds.
func agrees(t *testing.T, srv *booksytest.Server, r booksy.CreateRequest, a booksy.Appointment, outcome transport.Outcome) {
	t.Helper()
	var held []string
	for _, v := range srv.Appointments() {
		if v.CustomerPhone == r.CustomerPhone {
			held = append(held, v.ID)
		}
	}
	switch outcome {
	case done:
		require.Equal(t, []string{a.ID}, held)
	case rejected, notSent:
		require.Empty(t, held)
	}
	require.LessOrEqual(t, len(held), 1, "nothing is doubled")
}
