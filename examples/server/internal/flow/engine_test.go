package flow_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/examples/internal/pgtest"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

// effect is an effect whose attempts are scripted; the last entry repeats.
type effect struct {
	settles bool
	script  []error

	mu       sync.Mutex
	attempts []flow.Attempt
}

func (e *effect) Do(_ context.Context, f *flow.Flow, at flow.Attempt) (flow.Result, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.attempts = append(e.attempts, at)
	if n := len(e.script); n > 0 {
		if err := e.script[min(len(e.attempts), n)-1]; err != nil {
			return flow.Result{}, err
		}
	}
	return flow.Result{Ref: "ref-" + f.Key, Data: map[string]string{"key": f.Key}}, nil
}

func (e *effect) Settles() bool { return e.settles }

func (e *effect) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.attempts)
}

var (
	errRefused = &transport.Error{Op: "test.do", Outcome: transport.Rejected, Kind: transport.ErrConflict}
	errDown    = &transport.Error{Op: "test.do", Outcome: transport.NotSent, Kind: transport.ErrUnavailable}
	errUnknown = &transport.Error{Op: "test.do", Outcome: transport.Unknown, Kind: transport.ErrUnavailable}
)

type bundle struct {
	first, lead, second *effect
	engine              *flow.Engine
	store               flow.Store
}

// onEveryStore runs a test on each database.
func onEveryStore(t *testing.T, test func(t *testing.T, open opener)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, func(t *testing.T, log *slog.Logger) (flow.Store, error) {
			t.Helper()
			return flow.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "flows.db"), log)
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, func(t *testing.T, log *slog.Logger) (flow.Store, error) {
			t.Helper()
			return flow.OpenPostgres(t.Context(), pgtest.Schema(t), log)
		})
	})
}

type opener func(t *testing.T, log *slog.Logger) (flow.Store, error)

// setup runs an engine with one kind of flow: first, then lead and second.
func setup(t *testing.T, open opener, first *effect) *bundle {
	t.Helper()
	b := &bundle{first: first, lead: &effect{}, second: &effect{}}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	var err error
	b.store, err = open(t, log)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		require.NoError(t, b.store.Close(ctx))
	})
	b.engine = flow.NewEngine(b.store, 2*time.Second, log, flow.Kind{Name: "test", Steps: []flow.StepKind{
		{Name: "first", Vendor: "v", Effect: b.first},
		{Name: "lead", Vendor: "v", After: "first", Despite: true, Effect: b.lead},
		{Name: "second", Vendor: "v", After: "first", Effect: b.second},
	}})
	require.NoError(t, b.engine.Run(t.Context()))
	return b
}

func (b *bundle) await(t *testing.T, id string, steps ...string) *flow.Flow {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	var f *flow.Flow
	for _, s := range steps {
		var err error
		f, err = b.engine.Await(ctx, id, s)
		require.NoError(t, err)
		require.True(t, f.Step(s).State.Final(), "%s is %s: %s", s, f.Step(s).State, f.Step(s).Error)
	}
	return f
}

func TestEngine_RunsEveryStepOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		b := setup(t, open, &effect{})
		var wg sync.WaitGroup
		ids := make([]string, 8)
		for i := range ids {
			wg.Go(func() {
				f, err := b.engine.Start(t.Context(), "test", "k1", map[string]string{"a": "b"})
				if err == nil {
					ids[i] = f.ID
				}
			})
		}
		wg.Wait()
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		f := b.await(t, ids[0], "first", "lead", "second")
		require.Equal(t, flow.Done, f.State())
		require.Equal(t, "ref-k1", f.Step("first").Ref)
		require.JSONEq(t, `{"key":"k1"}`, string(f.Step("first").Result))
		require.Equal(t, []int{1, 1, 1}, []int{b.first.count(), b.lead.count(), b.second.count()})
	})
}

func TestEngine_RefusesAnotherInputUnderTheSameKey(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		b := setup(t, open, &effect{})
		_, err := b.engine.Start(t.Context(), "test", "k1", "one")
		require.NoError(t, err)
		_, err = b.engine.Start(t.Context(), "test", "k1", "two")
		require.ErrorIs(t, err, flow.ErrKeyReused)
	})
}

func TestEngine_FailedWithoutEffectMayBeStartedAgain(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		b := setup(t, open, &effect{script: []error{errRefused, nil}})
		f, err := b.engine.Start(t.Context(), "test", "k1", "in")
		require.NoError(t, err)
		f = b.await(t, f.ID, "first", "lead", "second")
		require.Equal(t, flow.Failed, f.State())
		require.Contains(t, f.Step("second").Error, "withheld")
		require.Zero(t, b.lead.count()+b.second.count())

		again, err := b.engine.Start(t.Context(), "test", "k1", "in")
		require.NoError(t, err)
		require.Equal(t, f.ID, again.ID)
		require.Equal(t, flow.Done, b.await(t, f.ID, "first", "lead", "second").State())
		require.Equal(t, 2, b.first.count())
	})
}

func TestEngine_TriesAgainWhenTheVendorIsDown(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		b := setup(t, open, &effect{script: []error{errDown, nil}})
		f, err := b.engine.Start(t.Context(), "test", "k1", "in")
		require.NoError(t, err)
		f = b.await(t, f.ID, "first")
		require.Equal(t, flow.Done, f.Step("first").State)
		require.Equal(t, 2, f.Step("first").Attempts)
		require.False(t, b.first.attempts[1].Unsettled)
	})
}

func TestEngine_TriesAgainWhenItsTurnIsLost(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		lost := &transport.Error{Op: "test.do", Outcome: transport.NotSent, Err: webhook.ErrLeaseLost}
		b := setup(t, open, &effect{script: []error{lost, nil}})
		f, err := b.engine.Start(t.Context(), "test", "k1", "in")
		require.NoError(t, err)
		require.Equal(t, flow.Done, b.await(t, f.ID, "first").Step("first").State)
	})
}

func TestEngine_UnknownIsNeverRepeatedBlindly(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		b := setup(t, open, &effect{script: []error{errUnknown}})
		f, err := b.engine.Start(t.Context(), "test", "k1", "in")
		require.NoError(t, err)
		f = b.await(t, f.ID, "first", "lead", "second")
		require.Equal(t, flow.Unknown, f.State())
		require.Equal(t, flow.Done, f.Step("lead").State, "the lead is recorded all the same")
		require.Equal(t, flow.Failed, f.Step("second").State)
		require.Equal(t, 1, b.first.count())
		require.Zero(t, b.second.count())

		again, err := b.engine.Start(t.Context(), "test", "k1", "in")
		require.NoError(t, err)
		require.Equal(t, flow.Unknown, again.Step("first").State)
	})
}

func TestEngine_UnknownIsSettledWhereTheEffectCan(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		b := setup(t, open, &effect{settles: true, script: []error{errUnknown, nil}})
		f, err := b.engine.Start(t.Context(), "test", "k1", "in")
		require.NoError(t, err)
		f = b.await(t, f.ID, "first")
		require.Equal(t, flow.Done, f.Step("first").State)
		require.True(t, b.first.attempts[1].Unsettled)
		require.False(t, b.first.attempts[1].Since.IsZero())
	})
}

// The periodic job deletes what has expired; a second connection looks on.
func TestStore_ForgetsClaimsWhoseTimeIsOver(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "flows.db")
	setup(t, func(t *testing.T, log *slog.Logger) (flow.Store, error) {
		t.Helper()
		s, err := flow.OpenSQLite(t.Context(), path, log)
		if err != nil {
			return nil, err
		}
		for key, keep := range map[string]time.Duration{"old": time.Millisecond, "young": time.Hour} {
			_, err = s.Claims().Begin(t.Context(), webhook.BeginRequest{Key: key, Lease: time.Millisecond, Keep: keep})
			require.NoError(t, err)
		}
		return s, nil
	}, &effect{})
	db, err := sqlitestore.Open(t.Context(), "sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	var keys int
	require.Eventually(t, func() bool {
		err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM webhook_keys").Scan(&keys)
		return err == nil && keys == 1
	}, 4*time.Minute, 50*time.Millisecond)
}

func TestStore_ListPages(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		b := setup(t, open, &effect{})
		for i := range 5 {
			_, err := b.engine.Start(t.Context(), "test", fmt.Sprint("k", i), i)
			require.NoError(t, err)
		}
		page, err := b.store.List(t.Context(), 3, 0)
		require.NoError(t, err)
		require.Len(t, page, 3)
		require.Equal(t, "k4", page[0].Key)
		require.Len(t, page[0].Steps, 3)
		rest, err := b.store.List(t.Context(), 3, page[2].Seq)
		require.NoError(t, err)
		require.Len(t, rest, 2)
		require.Equal(t, "k0", rest[1].Key)
		_, err = b.store.Flow(t.Context(), "nothing")
		require.ErrorIs(t, err, flow.ErrNotFound)
	})
}
