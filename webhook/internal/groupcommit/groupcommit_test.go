package groupcommit_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook/internal/groupcommit"
)

var limits = groupcommit.Limits{Batch: 4, Items: 8, Bytes: 100, Workers: 1, Timeout: time.Minute}

func one(int) int { return 1 }

// disk is a commit that takes a second and remembers its batches.
type disk struct {
	batches [][]int
	fail    func([]int) error
}

func (d *disk) commit(ctx context.Context, items []int) ([]int, error) {
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if d.fail != nil {
		if err := d.fail(items); err != nil {
			return nil, err
		}
	}
	d.batches = append(d.batches, items)
	squares := make([]int, len(items))
	for i, n := range items {
		squares[i] = n * n
	}
	return squares, nil
}

func TestGroup_Do_Gathers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		g := groupcommit.New(limits, one, d.commit)
		var all sync.WaitGroup
		for i := 1; i <= 6; i++ {
			all.Go(func() {
				got, err := g.Do(t.Context(), []int{i})
				require.NoError(t, err)
				require.Equal(t, []int{i * i}, got)
			})
			synctest.Wait()
		}
		all.Wait()
		require.Equal(t, [][]int{{1}, {2, 3, 4, 5}, {6}}, d.batches)
	})
}

func TestGroup_Do_SplitsLargeCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		g := groupcommit.New(limits, one, d.commit)
		got, err := g.Do(t.Context(), []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
		require.NoError(t, err)
		require.Equal(t, []int{1, 4, 9, 16, 25, 36, 49, 64, 81, 100}, got)
		require.Equal(t, [][]int{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10}}, d.batches)
		got, err = g.Do(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

func TestGroup_Do_Full(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]func(int) int{"items": one, "bytes": func(int) int { return 12 }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := groupcommit.New(limits, size, (&disk{}).commit)
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						_, err := g.Do(t.Context(), []int{1})
						require.NoError(t, err)
					})
				}
				synctest.Wait()
				_, err := g.Do(t.Context(), []int{1})
				require.ErrorIs(t, err, groupcommit.ErrFull)
				all.Wait()
				_, err = g.Do(t.Context(), []int{1})
				require.NoError(t, err, "room again")
			})
		})
	}
}

func TestGroup_Do_Errors(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	for name, c := range map[string]struct {
		err    error
		others error
	}{
		"of all":   {bad, bad},
		"of one":   {groupcommit.Alone(bad), nil},
		"of panic": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := &disk{fail: func(items []int) error {
					for _, n := range items {
						if n == 13 && c.err == nil {
							panic("boom")
						}
						if n == 13 {
							return c.err
						}
					}
					return nil
				}}
				g := groupcommit.New(limits, one, d.commit)
				var all sync.WaitGroup
				errs := make([]error, 4)
				for i, n := range []int{1, 2, 13, 3} {
					all.Go(func() { _, errs[i] = g.Do(t.Context(), []int{n}) })
					synctest.Wait()
				}
				all.Wait()
				require.NoError(t, errs[0])
				require.Error(t, errs[2])
				require.ErrorIs(t, errs[1], c.others)
				require.ErrorIs(t, errs[3], c.others)
			})
		})
	}
}

// TestGroup_Do_TakenBack lets a caller lose patience in the queue: its items
// are gone, and so is the room they took.
func TestGroup_Do_TakenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		g := groupcommit.New(limits, one, d.commit)
		go func() { _, _ = g.Do(t.Context(), []int{1}) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := g.Do(ctx, []int{2, 2, 2, 2, 2, 2, 2})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = g.Do(t.Context(), []int{3, 3, 3, 3, 3, 3, 3})
		require.NoError(t, err, "there is room")
		require.Equal(t, [][]int{{1}, {3, 3, 3, 3}, {3, 3, 3}}, d.batches, "nobody waits for 2 any more")
	})
}

// TestGroup_Do_EndsWithTheCommit holds that nobody gets items back while they
// are being committed.
func TestGroup_Do_EndsWithTheCommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		g := groupcommit.New(limits, one, d.commit)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		began := time.Now()
		got, err := g.Do(ctx, []int{1, 2, 3, 4})
		require.NoError(t, err)
		require.Equal(t, []int{1, 4, 9, 16}, got)
		require.Equal(t, time.Second, time.Since(began))

		ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = g.Do(ctx, []int{1, 2, 3, 4, 5})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 2*time.Second, time.Since(began), "the first batch was waited for")
		time.Sleep(time.Minute)
		require.Equal(t, [][]int{{1, 2, 3, 4}, {1, 2, 3, 4}}, d.batches, "the second did not follow")
	})
}

// TestGroup_Do_Down lets the store go away after one item's fault: the items of
// a batch must not each wait for the time-out in turn.
func TestGroup_Do_Down(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bad, down, tries := errors.New("bad"), errors.New("down"), 0
		g := groupcommit.New(limits, one, func(_ context.Context, items []int) ([]int, error) {
			tries++
			switch {
			case len(items) > 1:
				return nil, groupcommit.Alone(bad)
			case items[0] == 2:
				return nil, down
			}
			time.Sleep(time.Second)
			return items, nil
		})
		errs := make([]error, 5)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { _, errs[i] = g.Do(t.Context(), []int{i}) })
			synctest.Wait()
		}
		all.Wait()
		require.NoError(t, errs[0], "alone")
		require.NoError(t, errs[1])
		for _, err := range errs[2:] {
			require.ErrorIs(t, err, down)
		}
		require.Equal(t, 4, tries, "0, the batch of four, 1 and 2")
	})
}

func TestGroup_Do_Timeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		short := limits
		short.Timeout = time.Millisecond
		_, err := groupcommit.New(short, one, (&disk{}).commit).Do(t.Context(), []int{1})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestGroup_Do_MiscountedResults(t *testing.T) {
	t.Parallel()
	g := groupcommit.New(limits, one, func(context.Context, []int) ([]int, error) { return nil, nil })
	_, err := g.Do(t.Context(), []int{1})
	require.ErrorContains(t, err, "0 results for 1 items")
}
