package flow_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/examples/internal/pgtest"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

// table is a store with one flow of one step, whose attempts the test itself
// makes, and a connection of its own to the same database.
type table struct {
	store flow.Store
	flow  *flow.Flow
	exec  func(t *testing.T, query string)
}

// lapsed is a claim that dies with its process: nobody extends it.
const lapsed = time.Millisecond

func onEveryTable(t *testing.T, test func(t *testing.T, b *table)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "flows.db")
		store, err := flow.OpenSQLite(t.Context(), path, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		db, err := sqlitestore.Open(t.Context(), "sqlite", path)
		require.NoError(t, err)
		defer db.Close()
		test(t, newTable(t, store, func(t *testing.T, query string) {
			t.Helper()
			_, err := db.ExecContext(t.Context(), query)
			require.NoError(t, err)
		}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		onPostgres(t, test)
	})
}

func onPostgres(t *testing.T, test func(t *testing.T, b *table)) {
	t.Helper()
	url := pgtest.Schema(t)
	store, err := flow.OpenPostgres(t.Context(), url, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	conn, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close()
	test(t, newTable(t, store, func(t *testing.T, query string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), query)
		require.NoError(t, err)
	}))
}

func newTable(t *testing.T, store flow.Store, exec func(*testing.T, string)) *table {
	t.Helper()
	t.Cleanup(func() { require.NoError(t, store.Close(context.WithoutCancel(t.Context()))) })
	// The jobs rest: the test claims in their place.
	rest := func(context.Context, string, string) flow.Decision { return flow.Decision{Again: time.Hour} }
	require.NoError(t, store.Run(t.Context(), rest))
	now := time.Now()
	f, created, err := store.Create(t.Context(), &flow.Flow{
		ID: "f1", Kind: "test", Key: "k1", Fingerprint: []byte("f"), Input: []byte("{}"), CreatedAt: now, UpdatedAt: now,
		Steps: []flow.Step{{Name: "mail", Vendor: "v"}},
	}, []string{"mail"})
	require.NoError(t, err)
	require.True(t, created)
	return &table{store: store, flow: f, exec: exec}
}

// claim makes the next attempt, once the one before has lapsed.
func (b *table) claim(t *testing.T, watched bool) webhook.Claim {
	t.Helper()
	for {
		out, err := b.store.Claim(t.Context(), b.flow, "mail", lapsed, watched)
		require.NoError(t, err)
		if out.State == webhook.StateAcquired {
			return out.Claim
		}
		require.Equal(t, webhook.StateInFlight, out.State)
	}
}

func (b *table) announce(t *testing.T, attempt int) error {
	t.Helper()
	return b.store.Announce(t.Context(), "f1", "mail", attempt)
}

func (b *table) rest(t *testing.T, c webhook.Claim, unsettled bool) {
	t.Helper()
	require.NoError(t, b.store.Rest(t.Context(), "f1", "mail", c, webhook.Release{Unsettled: unsettled}, "problem"))
}

func TestStore_KilledBeforeItAnnounced(t *testing.T) {
	t.Parallel()
	onEveryTable(t, func(t *testing.T, b *table) {
		require.False(t, b.claim(t, true).Unsettled)
		require.False(t, b.claim(t, true).Unsettled, "nothing was announced, so nothing was sent")
		require.False(t, b.claim(t, true).Unsettled)
		require.Equal(t, 3, b.flow.Step("mail").Attempts)
		require.NoError(t, b.announce(t, 3))
		require.True(t, b.claim(t, true).Unsettled, "killed after the announcement")
		require.True(t, b.claim(t, true).Unsettled, "a later attempt that announced nothing does not settle it")
	})
}

func TestStore_LateAttemptCannotAnnounce(t *testing.T) {
	t.Parallel()
	onEveryTable(t, func(t *testing.T, b *table) {
		b.claim(t, true)
		require.False(t, b.claim(t, true).Unsettled)
		require.ErrorIs(t, b.announce(t, 1), webhook.ErrLeaseLost, "its lease lapsed, and another attempt has begun")
		require.False(t, b.claim(t, true).Unsettled, "what was refused leaves no trace")
		require.NoError(t, b.announce(t, 3))
		require.NoError(t, b.announce(t, 3), "every request of a call is announced")
	})
}

// The attempt whose lease has lapsed and the one that takes over meet: either
// the first cannot send any more, or the second knows that it may have.
func TestStore_AnnouncementMeetsTakeover(t *testing.T) {
	t.Parallel()
	onEveryTable(t, func(t *testing.T, b *table) {
		b.claim(t, true)
		sent := false
		for range 25 {
			var err error
			var wg sync.WaitGroup
			number := b.flow.Step("mail").Attempts
			wg.Go(func() { err = b.announce(t, number) })
			c := b.claim(t, true)
			wg.Wait()
			sent = sent || err == nil
			require.Equal(t, sent, c.Unsettled)
			if sent {
				b.rest(t, c, false)
				b.claim(t, true)
				sent = false
			}
		}
	})
}

func TestStore_RestedAttempt(t *testing.T) {
	t.Parallel()
	onEveryTable(t, func(t *testing.T, b *table) {
		c := b.claim(t, true)
		require.NoError(t, b.announce(t, 1))
		b.rest(t, c, false) // the vendor said that it did nothing
		require.ErrorIs(t, b.announce(t, 1), webhook.ErrLeaseLost)
		require.False(t, b.claim(t, true).Unsettled)
		c = b.claim(t, true)
		require.False(t, c.Unsettled, "the old announcement is settled")
		b.rest(t, c, true) // the outcome is unknown
		require.True(t, b.claim(t, true).Unsettled)
		require.True(t, b.claim(t, true).Unsettled, "also after an attempt that announced nothing")
	})
}

func TestStore_NoProof(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		watched bool
		then    string
	}{
		"not watched":                      {watched: false},
		"written by an earlier version":    {watched: true, then: "UPDATE flow_steps SET watched = 0"},
		"claimed by an earlier version":    {watched: true, then: "UPDATE flow_steps SET attempts = attempts + 1"},
		"the machine was started again":    {watched: true, then: "UPDATE flow_steps SET boot = 'another'"},
		"not watched, the claim is purged": {watched: false, then: "DELETE FROM webhook_keys"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryTable(t, func(t *testing.T, b *table) {
				b.claim(t, tc.watched)
				if tc.then != "" {
					b.exec(t, tc.then)
				}
				require.True(t, b.claim(t, true).Unsettled)
				require.True(t, b.claim(t, true).Unsettled)
			})
		})
	}
}

// A claim is forgotten a week after its process died; the step is not.
func TestStore_OutlivesItsClaim(t *testing.T) {
	t.Parallel()
	onEveryTable(t, func(t *testing.T, b *table) {
		b.claim(t, true)
		require.NoError(t, b.announce(t, 1))
		b.exec(t, "DELETE FROM webhook_keys")
		c := b.claim(t, true)
		require.True(t, c.Unsettled, "running")
		b.rest(t, c, true)
		b.exec(t, "DELETE FROM webhook_keys")
		require.True(t, b.claim(t, true).Unsettled, "pending")
	})
}

// Recovery empties the table that names the database's epoch.
func TestStore_NoProofAcrossARecovery(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, b *table) {
		b.claim(t, true)
		b.exec(t, "TRUNCATE flow_epoch")
		c := b.claim(t, true)
		require.True(t, c.Unsettled)
		b.rest(t, c, false)
		b.claim(t, true)
		require.False(t, b.claim(t, true).Unsettled, "the same epoch")
	})
}
