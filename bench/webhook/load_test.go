package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// pace is how fast a round of durable events went.
type pace struct {
	perSecond float64
	p50, p99  time.Duration
}

// putFunc makes event i durable.
type putFunc func(ctx context.Context, i int) error

// drive puts a round of events, numbered from first on, from as many clients
// at once.
func drive(b *testing.B, clients, first int, put putFunc) pace {
	b.Helper()
	took := make([]time.Duration, round)
	errs := make([]error, clients)
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for c := range clients {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < round && errs[c] == nil; i = int(next.Add(1)) - 1 {
				start := time.Now()
				errs[c] = put(b.Context(), first+i)
				took[i] = time.Since(start)
			}
		})
	}
	all.Wait()
	total := time.Since(began)
	require.NoError(b, errors.Join(errs...))
	slices.Sort(took)
	return pace{round / total.Seconds(), took[round/2], took[round*99/100]}
}

var kib = bytes.Repeat([]byte("x"), 1<<10)

// inProcess puts events that are all new.
func inProcess(_ *testing.B, in webhook.Inbox, _ int) putFunc {
	return func(ctx context.Context, i int) error {
		_, err := in.Put(ctx, webhook.InboxEvent{Source: "load", Key: strconv.Itoa(i), Body: kib})
		return err
	}
}

// post sends events over TCP to a Handler in front of the inbox, every fifth
// one a repetition.
func post(b *testing.B, in webhook.Inbox, clients int) putFunc {
	b.Helper()
	h, err := webhook.NewHandler(webhook.Config{
		Source: "load", AllowUnverified: true, Inbox: in,
		Key: func(e webhook.Event) string { return e.Header.Get("X-Key") },
	}, nil)
	require.NoError(b, err)
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	b.Cleanup(transport.CloseIdleConnections)
	return func(ctx context.Context, i int) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, bytes.NewReader(kib))
		if err != nil {
			return err
		}
		r.Header.Set("X-Key", strconv.Itoa(i-i%5/4))
		resp, err := transport.RoundTrip(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
}

// bareGroup is the least a group commit can be: loops that gather what came
// while the last commit waited for the disk, and insert it.
type bareGroup struct {
	waiting chan bareCall
	insert  func(context.Context, []bareCall) error
}

type bareCall struct {
	key  string
	body []byte
	done chan error
}

func newBareGroup(b *testing.B, loops int, insert func(context.Context, []bareCall) error) *bareGroup {
	b.Helper()
	g := &bareGroup{make(chan bareCall, webhook.InboxBatch), insert}
	var all sync.WaitGroup
	for range loops {
		all.Go(func() { g.loop(context.WithoutCancel(b.Context())) })
	}
	b.Cleanup(func() {
		close(g.waiting)
		all.Wait()
	})
	return g
}

func (g *bareGroup) loop(ctx context.Context) {
	for first := range g.waiting {
		batch := []bareCall{first}
		batch = g.more(batch)
		err := g.insert(ctx, batch)
		for _, c := range batch {
			c.done <- err
		}
	}
}

// more adds what waits already.
func (g *bareGroup) more(batch []bareCall) []bareCall {
	for len(batch) < webhook.InboxBatch {
		select {
		case c, open := <-g.waiting:
			if !open {
				return batch
			}
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

func (g *bareGroup) put(_ context.Context, i int) error {
	c := bareCall{strconv.Itoa(i), kib, make(chan error, 1)}
	g.waiting <- c
	return <-c.done
}
