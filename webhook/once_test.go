package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

type receipt struct{ ID string }

var errVendor = errors.New("vendor: connection reset")

func ExampleOnce() {
	ctx, store := context.Background(), webhook.NewMemoryStore()
	send := func(_ context.Context, a webhook.Attempt) (string, error) {
		if a.Unsettled {
			return "found by reading back", nil
		}
		fmt.Println("sending, attempt", a.Attempt)
		return "", errors.New("connection reset after the request was written")
	}
	key := webhook.JoinKey("flow", "42", "sms")
	for range 3 {
		id, err := webhook.Once(ctx, store, key, webhook.OnceOptions{}, send)
		fmt.Printf("%q %v\n", id, err)
	}
	// Output:
	// sending, attempt 1
	// "" connection reset after the request was written
	// "found by reading back" <nil>
	// "found by reading back" <nil>
}

// steps is work that fails with the errors given, one per attempt, then succeeds.
func steps(seen *[]webhook.Attempt, errs ...error) func(context.Context, webhook.Attempt) (receipt, error) {
	return func(_ context.Context, a webhook.Attempt) (receipt, error) {
		*seen = append(*seen, a)
		if n := len(*seen); n <= len(errs) && errs[n-1] != nil {
			return receipt{}, errs[n-1]
		}
		return receipt{fmt.Sprint("attempt ", a.Attempt)}, nil
	}
}

func TestOnce_Remembers(t *testing.T) {
	t.Parallel()
	var seen []webhook.Attempt
	s, work := webhook.NewMemoryStore(), steps(&seen)
	for range 3 {
		got, err := webhook.Once(t.Context(), s, "k", webhook.OnceOptions{}, work)
		require.NoError(t, err)
		require.Equal(t, receipt{"attempt 1"}, got)
	}
	require.Len(t, seen, 1)
	_, err := webhook.Once(t.Context(), s, "k", webhook.OnceOptions{}, func(context.Context, webhook.Attempt) (int, error) { return 0, nil })
	require.ErrorContains(t, err, `stored result of "k"`)
}

func TestOnce_Marks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err       error
		unsettled bool // of the second attempt
		dead      bool
		wait      time.Duration
	}{
		"plain":            {err: errVendor, unsettled: true},
		"not done":         {err: webhook.NotDone(errVendor)},
		"wrapped":          {err: fmt.Errorf("step: %w", webhook.NotDone(errVendor))},
		"retry in":         {err: webhook.RetryIn(errVendor, time.Minute), unsettled: true, wait: time.Minute},
		"not done, later":  {err: webhook.RetryIn(webhook.NotDone(errVendor), time.Minute), wait: time.Minute},
		"given up":         {err: webhook.GiveUp(errVendor), dead: true, unsettled: true},
		"not done, no way": {err: webhook.GiveUp(webhook.NotDone(errVendor)), dead: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var seen []webhook.Attempt
				s, work := webhook.NewMemoryStore(), steps(&seen, c.err)
				once := func() error {
					_, err := webhook.Once(t.Context(), s, "k", webhook.OnceOptions{}, work)
					return err
				}
				require.ErrorIs(t, once(), errVendor)
				if c.dead {
					err := once()
					require.ErrorIs(t, err, webhook.ErrDead)
					require.Equal(t, c.unsettled, errors.Is(err, webhook.ErrUnsettled))
					require.NoError(t, s.Reopen(t.Context(), "k"))
				}
				if c.wait > 0 {
					err := once()
					require.ErrorIs(t, err, webhook.ErrInFlight)
					e, ok := errors.AsType[*webhook.KeyError](err)
					require.True(t, ok)
					require.Equal(t, c.wait, e.RetryAfter)
					time.Sleep(c.wait)
				}
				require.NoError(t, once())
				require.Len(t, seen, 2)
				require.Equal(t, c.unsettled, seen[1].Unsettled)
				require.Equal(t, 2, seen[1].Attempt)
			})
		})
	}
}

func TestOnce_MaxAttempts(t *testing.T) {
	t.Parallel()
	var seen []webhook.Attempt
	s, work := webhook.NewMemoryStore(), steps(&seen, errVendor, errVendor, errVendor)
	o := webhook.OnceOptions{MaxAttempts: 3}
	for range 3 {
		_, err := webhook.Once(t.Context(), s, "k", o, work)
		require.ErrorIs(t, err, errVendor)
	}
	_, err := webhook.Once(t.Context(), s, "k", o, work)
	require.ErrorIs(t, err, webhook.ErrDead)
	require.ErrorIs(t, err, webhook.ErrUnsettled)
	require.Len(t, seen, 3)
	require.NotContains(t, err.Error(), errVendor.Error(), "an error's text is not stored")
}

func TestOnce_CrashesCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := webhook.NewMemoryStore()
		for range 2 { // two processes that died
			_, err := s.Begin(t.Context(), webhook.BeginRequest{Key: "k", Lease: time.Minute})
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		var seen []webhook.Attempt
		for range 2 {
			_, err := webhook.Once(t.Context(), s, "k", webhook.OnceOptions{MaxAttempts: 2}, steps(&seen))
			require.ErrorIs(t, err, webhook.ErrDead)
			require.ErrorIs(t, err, webhook.ErrUnsettled)
		}
		require.Empty(t, seen)
	})
}

func TestOnce_OtherContent(t *testing.T) {
	t.Parallel()
	var seen []webhook.Attempt
	s, work := webhook.NewMemoryStore(), steps(&seen)
	_, err := webhook.Once(t.Context(), s, "k", webhook.OnceOptions{Fingerprint: []byte("a")}, work)
	require.NoError(t, err)
	_, err = webhook.Once(t.Context(), s, "k", webhook.OnceOptions{Fingerprint: []byte("b")}, work)
	require.ErrorIs(t, err, webhook.ErrKeyReused)
	require.Len(t, seen, 1)
}

func TestOnce_Panic(t *testing.T) {
	t.Parallel()
	var seen []webhook.Attempt
	s := webhook.NewMemoryStore()
	require.PanicsWithValue(t, "boom", func() {
		_, _ = webhook.Once(t.Context(), s, "k", webhook.OnceOptions{}, func(context.Context, webhook.Attempt) (int, error) { panic("boom") })
	})
	_, err := webhook.Once(t.Context(), s, "k", webhook.OnceOptions{}, steps(&seen))
	require.NoError(t, err)
	require.True(t, seen[0].Unsettled)
}

func TestOnce_HeartbeatOutlivesContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := webhook.NewMemoryStore()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := webhook.Once(ctx, s, "k", webhook.OnceOptions{Lease: 10 * time.Second}, func(context.Context, webhook.Attempt) (int, error) {
			time.Sleep(10 * time.Minute) // deaf to its context
			out, err := s.Begin(t.Context(), webhook.BeginRequest{Key: "k"})
			require.NoError(t, err)
			require.Equal(t, webhook.StateInFlight, out.State)
			return 1, nil
		})
		require.NoError(t, err, "the result is recorded although the context has ended")
	})
}

// broken is a store whose Extend or Complete fails as told.
type broken struct {
	webhook.Store
	extend, complete error
}

func (b *broken) Extend(ctx context.Context, c webhook.Claim, d time.Duration) error {
	if b.extend != nil {
		return b.extend
	}
	return b.Store.Extend(ctx, c, d)
}

func (b *broken) Complete(ctx context.Context, c webhook.Claim, r []byte, d time.Duration) error {
	if b.complete != nil {
		return b.complete
	}
	return b.Store.Complete(ctx, c, r, d)
}

func TestOnce_LeaseLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		after time.Duration
	}{
		"taken":       {webhook.ErrLeaseLost, 10 * time.Second},
		"unreachable": {errors.New("connection refused"), 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, began := &broken{Store: webhook.NewMemoryStore(), extend: c.err}, time.Now()
				_, err := webhook.Once(t.Context(), s, "k", webhook.OnceOptions{Lease: 30 * time.Second}, func(ctx context.Context, _ webhook.Attempt) (int, error) {
					<-ctx.Done()
					return 0, context.Cause(ctx)
				})
				require.ErrorIs(t, err, webhook.ErrLeaseLost)
				require.Equal(t, c.after, time.Since(began))
			})
		})
	}
}

func TestOnce_ResultNotRecorded(t *testing.T) {
	t.Parallel()
	var seen []webhook.Attempt
	down := errors.New("disk full")
	s, work := &broken{Store: webhook.NewMemoryStore(), complete: down}, steps(&seen)
	_, err := webhook.Once(t.Context(), s, "k", webhook.OnceOptions{}, work)
	require.ErrorIs(t, err, down)
	s.complete = nil
	_, err = webhook.Once(t.Context(), s, "k", webhook.OnceOptions{}, work)
	require.NoError(t, err)
	require.True(t, seen[1].Unsettled, "the effect took place, only its record did not")
}

func TestOnce_Commit(t *testing.T) {
	t.Parallel()
	s := webhook.NewMemoryStore()
	var stored string
	o := webhook.OnceOptions{Commit: func(ctx context.Context, c webhook.Claim, result []byte, ttl time.Duration) error {
		stored = string(result)
		return s.Complete(ctx, c, result, ttl)
	}}
	var seen []webhook.Attempt
	_, err := webhook.Once(t.Context(), s, "k", o, steps(&seen))
	require.NoError(t, err)
	require.JSONEq(t, `{"ID":"attempt 1"}`, stored)
}

func TestOnce_BadKey(t *testing.T) {
	t.Parallel()
	var seen []webhook.Attempt
	_, err := webhook.Once(t.Context(), webhook.NewMemoryStore(), "", webhook.OnceOptions{}, steps(&seen))
	require.ErrorContains(t, err, "Key has 0 bytes")
	require.Empty(t, seen)
}
